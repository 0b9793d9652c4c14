/**
 * Runs one cell: four messages in three chats (one sent once, one that the platform repeats, two that arrive in the
 * wrong order), all struck by the same fault at the same step; then waits until all are answered.
 */
import { setTimeout as pause } from "node:timers/promises";
import { messageId, type Written } from "./chats.ts";
import type { Blow, Cell } from "./cells.ts";
import type { Held } from "./driver.ts";
import { AT_LENGTH, WITH_TOOL } from "./model.ts";
import { isAnswered } from "./oracle.ts";
import type { Rig } from "./rig.ts";
import { changedTables, readStores } from "./stores.ts";

/** A message without a complete answer after this is lost. */
export const LOST_AFTER_MS = 120_000;
/** How long the victims may take to come to the place where they are struck. */
const REACHED_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 20;

export type CellRun = {
  readonly cell: Cell;
  readonly written: readonly Written[];
  /** How many of the three chats were there when the fault struck. */
  readonly struck: number;
  /** From the fault to the last complete answer; null when one is missing. */
  readonly recoverMs: number | null;
  /** What a process changed that had been overtaken; empty is right. */
  readonly trespasses: readonly string[];
};

/** Runs it in three chats that nothing else uses meanwhile. `round` makes the message ids new. */
export async function runCell(
  rig: Rig,
  cell: Cell,
  chats: readonly [number, number, number],
  round: number,
): Promise<CellRun> {
  const [once, repeated, reordered] = chats;
  const message = (chat: number, index: number): Written => ({ chat, id: messageId(chat, round * 10 + index) });
  const written = [message(once, 1), message(repeated, 1), message(reordered, 1), message(reordered, 2)];
  const [first, twice, earlier, later] = [written[0]!, written[1]!, written[2]!, written[3]!];
  const words = `${WITH_TOOL} ${AT_LENGTH}`;
  const struck = strike(rig, cell, chats, () => rig.repeat(twice));
  rig.say(first, words);
  rig.say(twice, words);
  rig.sayReordered(earlier, later, words);
  const { count, at, orphans } = await struck;
  void rig.repeat(twice);
  void rig.repeat(later);
  const recoverMs = await untilAnswered(rig, written, at);
  await Promise.all([rig.repeat(twice), rig.repeat(earlier)]);
  const trespasses = await watchOrphans(rig, orphans);
  return { cell, written, struck: count - (await unspent(rig, cell)), recoverMs, trespasses };
}

/** `orphans`: processes that live on without their session, still held. */
type Struck = { readonly count: number; readonly at: number; readonly orphans: readonly Held[] };

/** Prepares the fault; resolves when it has struck. `meanwhile` happens while the victims are held. */
async function strike(
  rig: Rig,
  { fault }: Cell,
  chats: readonly number[],
  meanwhile: () => Promise<void>,
): Promise<Struck> {
  switch (fault.kind) {
    case "aws": {
      const { fault: awsFault, invocation = "turn" } = fault;
      await rig.standIn.order({ count: chats.length, invocation, fault: awsFault });
      return { count: chats.length, at: Date.now(), orphans: [] };
    }
    case "model":
      for (const chat of chats) rig.model.fail(chat, fault.fault);
      return { count: chats.length, at: Date.now(), orphans: [] };
    case "webhook_cut":
      rig.telegram.cutNextPosts(chats.length);
      return { count: chats.length, at: Date.now(), orphans: [] };
    case "platform":
      for (const chatId of chats) rig.telegram.fail({ ...fault.fault, method: "sendMessage", chatId });
      return { count: chats.length, at: Date.now(), orphans: [] };
    case "orphan": {
      await rig.standIn.order({ count: chats.length, invocation: "turn", fault: { kind: "orphan", afterEvents: 1 } });
      const orphans = await gather(rig, fault.at, chats);
      return { count: orphans.length, at: Date.now(), orphans };
    }
    case "blow": {
      const held = await gather(rig, fault.at, chats);
      await meanwhile();
      const at = Date.now();
      await deal(rig, fault.blow, held);
      return { count: held.length, at, orphans: [] };
    }
  }
}

/** How many of the ordered faults have struck nobody. */
async function unspent(rig: Rig, { fault }: Cell): Promise<number> {
  switch (fault.kind) {
    case "aws":
      return rig.standIn.faultsLeft();
    case "model":
      return rig.model.faultsLeft;
    case "platform":
    case "webhook_cut":
      return rig.telegram.faultsLeft;
    case "blow":
    case "orphan":
      return 0;
  }
}

/** Waits until every chat is held at the point, or for those that come in time. */
async function gather(
  rig: Rig,
  at: Parameters<Rig["driver"]["hold"]>[0],
  chats: readonly number[],
): Promise<readonly Held[]> {
  const held: Held[] = [];
  const { promise: complete, resolve } = Promise.withResolvers<void>();
  const callOff = rig.driver.hold(at, chats, (victim) => {
    held.push(victim);
    if (held.length === chats.length) resolve();
  });
  const late = new AbortController();
  await Promise.race([complete, pause(REACHED_WITHIN_MS, null, { signal: late.signal }).catch(() => null)]);
  late.abort();
  callOff();
  return held;
}

async function deal(rig: Rig, blow: Blow, held: readonly Held[]): Promise<void> {
  switch (blow.kind) {
    case "kill":
      await kill(rig, blow.what, held);
      for (const victim of held) victim.release({ kind: "go_on" });
      return;
    case "write":
      for (const victim of held) victim.release({ kind: "go_on", arm: [blow.write] });
      return;
    case "evict":
    case "fail":
      for (const victim of held) victim.release(blow);
  }
}

async function kill(rig: Rig, what: Extract<Blow, { kind: "kill" }>["what"], held: readonly Held[]): Promise<void> {
  switch (what) {
    case "everything":
      await Promise.all([rig.edge.kill(), rig.standIn.kill()]);
      await rig.standIn.start();
      return rig.edge.start();
    case "workerd":
      await rig.edge.kill();
      return rig.edge.start();
    case "stand-in":
      await rig.standIn.kill();
      return rig.standIn.start();
    case "agent":
      for (const { pid } of held) if (pid !== null) rig.standIn.killAgent(pid);
  }
}

/** Lets the orphans go on to their end, and says what of the stores they have changed. */
async function watchOrphans(rig: Rig, orphans: readonly Held[]): Promise<readonly string[]> {
  if (orphans.length === 0) return [];
  const pids = new Set(orphans.map(({ pid }) => pid));
  await until(() => [...rig.standIn.busyAgents.keys()].every((pid) => pids.has(pid)));
  const before = readStores(rig.storesDir);
  for (const orphan of orphans) orphan.release({ kind: "go_on" });
  await until(() => [...rig.standIn.busyAgents.keys()].every((pid) => !pids.has(pid)));
  return changedTables(before, readStores(rig.storesDir));
}

async function until(isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + REACHED_WITHIN_MS; !isSo() && Date.now() < end;) await pause(LOOK_EVERY_MS);
}

async function untilAnswered(rig: Rig, written: readonly Written[], since: number): Promise<number | null> {
  while (!written.every((message) => isAnswered(message, rig.shown))) {
    if (Date.now() - since > LOST_AFTER_MS) return null;
    await pause(LOOK_EVERY_MS);
  }
  return Date.now() - since;
}
