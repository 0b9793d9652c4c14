/**
 * Fifty conversations at a budget that is nearly used up: how far it is exceeded, with a `kill -9` of everything in the
 * middle, and whether all that waited is answered once when the owner allows more.
 */
import { setTimeout as pause } from "node:timers/promises";
import * as v from "valibot";
import { messageId, type Written } from "./chats.ts";
import { isAnswered, type Judgement } from "./oracle.ts";
import { OWNER_CHAT, Rig } from "./rig.ts";
import { until } from "./until.ts";
import { buildVariant } from "./variant.ts";
import { verdictOf } from "./verdict.ts";

const CHATS = 50;
const FIRST_CHAT = 40_000;
/** What is left of the budget when all write, in model calls as the first one was. */
const CALLS_LEFT = 12;
/** A process for each conversation takes its time on a laptop. */
const PATIENCE_MS = 300_000;
/** A second answer would come within a lease's watch and a resend. */
const SETTLE_MS = 15_000;

const usage = v.object({
  today: v.object({ calls: v.number(), microUsd: v.number() }),
  running: v.number(),
  waiting: v.number(),
});

export type BudgetRun = Judgement & {
  /** In millionths of a dollar: what may be spent, what was when nothing went on any more, and what one call costs. */
  readonly limit: number;
  readonly spent: number;
  readonly call: number;
  /** Chats that were told to wait. */
  readonly parked: number;
  /** Shown twice as the ledger says: allowed. */
  readonly excused: readonly Written[];
};

/** Whether the budget was exceeded by one call of each turn that ran at most, and nobody was forgotten. */
export function isBudgetGreen({ limit, spent, call, parked, lost, doubled }: BudgetRun): boolean {
  return spent <= limit + CHATS * call && parked > 0 && lost.length === 0 && doubled.length === 0;
}

/** One round; `note` is told how far it is. */
export async function runBudget(note: (line: string) => void): Promise<BudgetRun> {
  const rig = await Rig.open({
    builds: await buildVariant([]),
    delayMs: () => 200,
    hasFailPoints: false,
    processMax: CHATS + 5,
  });
  try {
    const readUsage = async () => v.parse(usage, await rig.ask("GET", "usage"));
    const allow = (microUsd: number) =>
      rig.ask("PATCH", "config", { values: { "budget.dailyUsd": microUsd / 1_000_000 } });
    const first: Written = { chat: OWNER_CHAT, id: messageId(OWNER_CHAT, 1) };
    rig.say(first);
    await until(() => isAnswered(first, rig.shown));
    await until(async () => (await readUsage()).today.calls === 1);
    const call = (await readUsage()).today.microUsd;
    const limit = call * (1 + CALLS_LEFT);
    await allow(limit);

    const written = Array.from({ length: CHATS }, (_, index): Written => {
      const chat = FIRST_CHAT + index;
      return { chat, id: messageId(chat, 1) };
    });
    for (const message of written) rig.say(message);
    note(`${CHATS} conversations, ${CALLS_LEFT} calls left`);
    await until(() => written.some((message) => isAnswered(message, rig.shown)), PATIENCE_MS);
    await Promise.all([rig.edge.kill(), rig.standIn.kill()]);
    await rig.standIn.start();
    await rig.edge.start();
    note("everything was killed and is back");

    const hasText = ({ chat }: Written) => rig.shown(chat).length > 0;
    await until(async () => written.every(hasText) && (await readUsage()).running === 0, PATIENCE_MS);
    const { today } = await readUsage();
    const parked = written.filter((message) => !isAnswered(message, rig.shown)).length;
    note(`${CHATS - parked} answered, ${parked} wait`);
    await allow(limit + CHATS * call * 1_000);
    await until(() => written.every((message) => isAnswered(message, rig.shown)), PATIENCE_MS);
    await pause(SETTLE_MS);
    const { lost, doubled, excused } = await verdictOf(written, rig.shown, rig.excuses());
    return { lost, doubled, excused, limit, spent: today.microUsd, call, parked };
  } finally {
    await rig.close();
  }
}
