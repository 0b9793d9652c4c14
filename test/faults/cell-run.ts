/**
 * Runs one cell: four messages in three chats (one sent once, one that the platform repeats, two that arrive in the
 * wrong order), all struck by the same fault at the same step; then waits until all are answered.
 */
import { messageId, type Written } from "./chats.ts";
import type { Cell } from "./cells.ts";
import { block, bringBack, greetOwner, strikeReport } from "./dead-letters.ts";
import type { Held } from "./driver.ts";
import { AT_LENGTH, WITH_TOOL } from "./model.ts";
import { isAnswered } from "./oracle.ts";
import { order, unspent } from "./ordered-fault.ts";
import { watchOrphans } from "./orphans.ts";
import { OWNER_CHAT, type Rig } from "./rig.ts";
import { deal, gather } from "./strike.ts";
import { until } from "./until.ts";

/** A message without a complete answer after this is lost. */
export const LOST_AFTER_MS = 120_000;
/** Every answer has two parts and a file written before it. */
const WORDS = `${WITH_TOOL} ${AT_LENGTH}`;

export type CellRun = {
  readonly cell: Cell;
  readonly written: readonly Written[];
  /** In how many of the three chats the fault has struck. */
  readonly struck: number;
  /** From the fault to the last complete answer; null when one is missing. */
  readonly recoverMs: number | null;
  /** What else was wrong: a commit of an overtaken process, a dead letter told of twice. */
  readonly violations: readonly string[];
};

/** The four messages, by what happens to them. */
type Messages = {
  readonly once: Written;
  readonly repeated: Written;
  readonly earlier: Written;
  readonly later: Written;
};

/** Runs it in three chats that nothing else uses meanwhile. `round` makes the message ids new. */
export async function runCell(
  rig: Rig,
  cell: Cell,
  chats: readonly [number, number, number],
  round: number,
): Promise<CellRun> {
  const message = (chat: number, index: number): Written => ({ chat, id: messageId(chat, round * 10 + index) });
  const [first, second, third] = chats;
  const messages: Messages = {
    once: message(first, 1),
    repeated: message(second, 1),
    earlier: message(third, 1),
    later: message(third, 2),
  };
  const written = Object.values(messages);
  const isRefused = cell.fault.kind === "dead_letter";
  const noticesBefore = isRefused ? await greetOwner(rig, messageId(OWNER_CHAT, round)) : 0;
  const struck = strike(rig, cell, chats, messages);
  speak(rig, messages, isRefused ? "" : WORDS);
  const { count, at, orphans } = await struck;
  void rig.repeat(messages.repeated);
  void rig.repeat(messages.later);
  const untold = isRefused ? await bringBack(rig, chats, noticesBefore) : [];
  const isRecovered = await until(
    () => written.every((one) => isAnswered(one, rig.shown)),
    at + LOST_AFTER_MS - Date.now(),
  );
  const recoverMs = isRecovered ? Date.now() - at : null;
  await Promise.all([rig.repeat(messages.repeated), rig.repeat(messages.earlier)]);
  const trespasses = orphans.length > 0 ? await watchOrphans(rig, orphans) : [];
  return {
    cell,
    written,
    struck: count - (await missed(rig, cell)),
    recoverMs,
    violations: [...untold, ...trespasses],
  };
}

function speak(rig: Rig, { once, repeated, earlier, later }: Messages, words: string): void {
  rig.say(once, words);
  rig.say(repeated, words);
  rig.sayReordered(earlier, later, words);
}

/** `orphans`: processes that live on without their session, still held. */
type Struck = { readonly count: number; readonly at: number; readonly orphans: readonly Held[] };

/** Prepares the fault before anybody writes; resolves when it has struck, or at once if it was only ordered. */
async function strike(rig: Rig, { fault }: Cell, chats: readonly number[], messages: Messages): Promise<Struck> {
  switch (fault.kind) {
    case "blow": {
      const held = await gather(rig, fault.at, chats);
      await rig.repeat(messages.repeated);
      const at = Date.now();
      await deal(rig, fault.blow, held);
      return { count: held.length, at, orphans: [] };
    }
    case "orphan": {
      await rig.standIn.order({ count: chats.length, invocation: "turn", fault: { kind: "orphan", afterEvents: 1 } });
      const orphans = await gather(rig, fault.at, chats);
      return { count: orphans.length, at: Date.now(), orphans };
    }
    case "dead_letter":
      block(rig, chats);
      return { ...(await strikeReport(rig, fault, chats)), orphans: [] };
    case "aws":
    case "model":
    case "platform":
    case "webhook_cut":
      await order(rig, fault, chats);
      return { count: chats.length, at: Date.now(), orphans: [] };
  }
}

/** How many of the ordered faults have struck nobody. */
async function missed(rig: Rig, { fault }: Cell): Promise<number> {
  return fault.kind === "blow" || fault.kind === "orphan" || fault.kind === "dead_letter" ? 0 : unspent(rig, fault);
}
