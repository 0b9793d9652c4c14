/**
 * Runs one cell: messages that are sent once, repeated, and out of order, all struck by the same fault at the same
 * step; then waits until all are answered. On Telegram and Discord they are four in three chats; at the web socket two,
 * and one in the owner's Telegram chat, which shares the conversation.
 */
import { growsInMessage, messageId, type Written } from "./chats.ts";
import type { Cell } from "./cell.ts";
import { allOf, askAgain, chatsOf, type Messages, messagesIn, speak } from "./cell-messages.ts";
import { block, bringBack, greetOwner, strikeReport } from "./dead-letters.ts";
import type { Held } from "./driver.ts";
import { readAnswer } from "./model.ts";
import { isAnswered } from "./oracle.ts";
import { callOff, order, unspent } from "./ordered-fault.ts";
import { gatherOrphans, watchOrphans } from "./orphans.ts";
import { OWNER_CHAT, type Rig } from "./rig.ts";
import { breakCalls, deal, gather } from "./strike.ts";
import { until } from "./until.ts";

/** A message without a complete answer after this is lost. */
export const LOST_AFTER_MS = 120_000;
/** An answer that came in undisturbed for so long is shown growing. The quickest in a group takes 1.7 s. */
const GROWS_WITHIN_MS = 1_000;

export type CellRun = {
  readonly cell: Cell;
  readonly written: readonly Written[];
  /** How many of those were written since nobody had heard others; on Discord a call is sent once. */
  readonly again: number;
  /** In how many of the chats the fault has struck. */
  readonly struck: number;
  readonly chats: number;
  /** From the fault to the last complete answer; null when one is missing. */
  readonly recoverMs: number | null;
  /** What else was wrong: a commit of an overtaken process, a dead letter told of twice, a message read twice. */
  readonly violations: readonly string[];
};

/** Runs it in chats that nothing else uses meanwhile. `round` makes the message ids new. */
export async function runCell(rig: Rig, cell: Cell, round: number): Promise<CellRun> {
  const chats = chatsOf(cell, round);
  const messages = messagesIn(chats, round);
  const { repeated, reordered } = messages;
  const first = allOf(messages);
  const trespassesBefore = rig.discord.violations.length;
  const isRefused = cell.fault.kind === "dead_letter";
  const noticesBefore = isRefused ? await greetOwner(rig, messageId(OWNER_CHAT, round * 10)) : 0;
  if (cell.channel === "job") await greet(rig, chats, round);
  await prepare(rig, cell, chats);
  const struck = strike(rig, cell, chats, messages);
  speak(rig, messages, cell);
  const { count, at, orphans } = await struck;
  void rig.repeat(repeated);
  if (reordered) void rig.repeat(reordered[1]);
  const untold = isRefused ? await bringBack(rig, chats, noticesBefore) : [];
  const written = [...first, ...(await askAgain(rig, first, cell))];
  const owed = written.filter((one) => !rig.isRefused(one));
  const isRecovered = await until(
    () => owed.every((one) => isAnswered(one, rig.shown)),
    at + LOST_AFTER_MS - Date.now(),
  );
  const recoverMs = isRecovered ? Date.now() - at : null;
  await spent(rig, cell, chats);
  await Promise.all([repeated, ...(reordered ?? [])].map((one) => rig.repeat(one)));
  const trespasses = orphans.length > 0 ? await watchOrphans(rig, orphans) : [];
  return {
    cell,
    written,
    again: written.length - first.length,
    chats: chats.length,
    struck: count - (await missed(rig, cell)),
    recoverMs,
    violations: [
      ...untold,
      ...trespasses,
      ...written.flatMap((one) => misreadings(rig, one)),
      ...chats
        .filter((chat) => growsInMessage(chat) && !hasGrown(rig, chat))
        .map((chat) => `no answer grew in ${chat}`),
      ...chats
        .filter((chat) => cell.needs === "look" && !rig.discord.wasRead(chat))
        .map((chat) => `no look into ${chat}`),
      ...chats.filter((chat) => !owed.some((one) => one.chat === chat)).map((chat) => `nobody was heard in ${chat}`),
      ...rig.discord.violations.slice(trespassesBefore),
    ],
  };
}

/**
 * Whether an answer was shown in a group before it was there: it was edited, or its beginning was given up. An answer
 * that had no time for it is excused: its agent was through before the turn was taken up again.
 */
function hasGrown(rig: Rig, chat: number): boolean {
  if (rig.wasEdited(chat) || rig.deadPreviews()(chat).length > 0) return true;
  return rig.driver.undisturbed.longestMs(chat) < GROWS_WITHIN_MS;
}

/** What the model was told twice, and what the chat shows in the wrong order. */
function misreadings(rig: Rig, { chat, id }: Written): readonly string[] {
  const parts = rig.shown(chat).map(readAnswer);
  const begins = parts.findIndex(({ begun }) => begun.includes(id));
  const ends = parts.findIndex(({ ended }) => ended.includes(id));
  return [
    ...(rig.model.readTwice.has(id) ? [`the model read ${id} twice`] : []),
    ...(ends >= 0 && ends < begins ? [`the end of the answer to ${id} came first`] : []),
  ];
}

/** `orphans`: processes that live on without their session, still held. */
type Struck = { readonly count: number; readonly at: number; readonly orphans: readonly Held[] };

/** No bot may write first: somebody has written in each chat before. */
async function greet(rig: Rig, chats: readonly number[], round: number): Promise<void> {
  const hellos = chats.map((chat) => ({ chat, id: messageId(chat, round * 10 + 9) }));
  for (const hello of hellos) rig.say(hello);
  await until(() => hellos.every((hello) => isAnswered(hello, rig.shown)));
}

/** Orders what the fault needs of others. It must be there before anybody writes. */
async function prepare(rig: Rig, { fault }: Cell, chats: readonly number[]): Promise<void> {
  switch (fault.kind) {
    case "blow":
    case "discord_call":
      return;
    case "orphan":
      return rig.standIn.order({ count: chats.length, invocation: "turn", fault: { kind: "orphan", afterEvents: 1 } });
    case "dead_letter":
      return block(rig, chats);
    case "aws":
    case "model":
    case "platform":
    case "preview_deleted":
    case "webhook_cut":
      return order(rig, fault, chats);
  }
}

/**
 * Lies in wait at once, so that it misses no arrival; resolves when the fault has struck, or at once if it was only
 * ordered.
 */
async function strike(rig: Rig, { fault }: Cell, chats: readonly number[], messages: Messages): Promise<Struck> {
  switch (fault.kind) {
    case "blow": {
      const held = await gather(rig, fault.at, chats, fault.nth);
      await rig.repeat(messages.repeated);
      const at = Date.now();
      await deal(rig, fault.blow, held);
      return { count: held.length, at, orphans: [] };
    }
    case "orphan": {
      const orphans = await gatherOrphans(rig, fault.at, chats);
      return { count: orphans.length, at: Date.now(), orphans };
    }
    case "discord_call": {
      const held = await gather(rig, fault.at, chats, fault.nth);
      const at = Date.now();
      breakCalls(rig, fault, allOf(messages));
      for (const victim of held) victim.release({ kind: "go_on" });
      return { count: held.length, at, orphans: [] };
    }
    case "dead_letter":
      return { ...(await strikeReport(rig, fault, chats)), orphans: [] };
    case "aws":
    case "model":
    case "platform":
    case "preview_deleted":
    case "webhook_cut":
      return { count: chats.length, at: Date.now(), orphans: [] };
  }
}

/** A call that is carried out is answered before all faults have struck, and looked for later. */
async function spent(rig: Rig, { fault, needs }: Cell, chats: readonly number[]): Promise<void> {
  if (fault.kind !== "discord_call") return;
  const hasLooked = () => chats.every((chat) => rig.discord.wasRead(chat));
  await until(() => (needs === "look" ? hasLooked() : rig.discord.http.faultsLeft === 0));
}

/** How many of the ordered faults have struck nobody; they are called off, for the next cell is not to meet them. */
async function missed(rig: Rig, { fault, needs }: Cell): Promise<number> {
  if (fault.kind === "blow" || fault.kind === "orphan" || fault.kind === "dead_letter") return 0;
  const left = await unspent(rig, fault);
  await callOff(rig);
  // A slow machine needs fewer faults until it looks, and that it has looked is seen by itself.
  return needs === "look" ? 0 : left;
}
