/** Runs cells of the table, several at a time, each in chats of its own. */
import { setTimeout as pause } from "node:timers/promises";
import { type CellRun, runCell } from "./cell-run.ts";
import type { Cell } from "./cell.ts";
import { judge } from "./oracle.ts";
import { Rig, type RigOptions } from "./rig.ts";
import { type Excuses, type Verdict, verdictOf } from "./verdict.ts";

/** Longer than the build of the table relies on a nonce (edits.ts), as Discord's minutes are longer than ours. */
const NONCE_WINDOW_MS = 6_800;
/** Doubled answers come late: an unknown outcome is resent after 10 s. */
const SETTLE_MS = 12_000;

export type CellVerdict = CellRun & Verdict;

export type TableOptions = Pick<RigOptions, "builds"> & {
  readonly rigs: number;
  /** Called when a cell is through, before its final verdict. */
  readonly onRun: (run: CellRun) => void;
  readonly settleMs?: number;
};

/** Runs all `cells`; the verdicts are in their order. */
export async function runTable(cells: readonly Cell[], options: TableOptions): Promise<readonly CellVerdict[]> {
  const queue = [...cells.entries()];
  const verdicts = new Map<number, CellVerdict>();
  const work = async () => {
    const rig = await Rig.open({
      builds: options.builds,
      delayMs: () => 10,
      hasFailPoints: true,
      processMax: 12,
      nonceWindowMs: NONCE_WINDOW_MS,
    });
    try {
      const runs = new Map<number, CellRun>();
      for (let next = queue.shift(); next; next = queue.shift()) {
        const [index, cell] = next;
        const run = await runCell(rig, cell, runs.size + 1);
        runs.set(index, run);
        options.onRun(run);
      }
      await pause(options.settleMs ?? SETTLE_MS);
      const excuses = rig.excuses();
      for (const [index, run] of runs) verdicts.set(index, await judgeRun(rig, run, excuses));
    } finally {
      await rig.close();
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.rigs, cells.length) }, work));
  return cells.flatMap((_, index) => verdicts.get(index) ?? []);
}

/** Whether nothing was lost, doubled without excuse, or changed by an overtaken process, and the fault did strike. */
export function isGreen({ cell, lost, doubled, excused, stale, violations, struck, chats }: CellVerdict): boolean {
  const excusable = cell.mayDouble || excused.length + stale.length === 0;
  return lost.length === 0 && doubled.length === 0 && excusable && violations.length === 0 && struck === chats;
}

async function judgeRun(rig: Rig, run: CellRun, excuses: Excuses): Promise<CellVerdict> {
  const acknowledged = run.written.filter((message) => rig.isAcknowledged(message));
  const verdict = await verdictOf(acknowledged, rig.shown, excuses);
  return { ...run, ...verdict, violations: [...run.violations, ...leftBehind(rig, run)] };
}

/** What nobody should see in the end, though nothing is owed there: an answer twice, and a place that waits for one. */
function leftBehind(rig: Rig, { cell, written }: CellRun): readonly string[] {
  const unheard = written.filter((message) => rig.isRefused(message));
  const chats = cell.leavesPlaceholder ? [] : [...new Set(written.map(({ chat }) => chat))];
  return [
    ...judge(unheard, rig.shown).doubled.map(({ id }) => `${id} was refused and answered twice`),
    ...chats.filter((chat) => rig.discord.isWaiting(chat)).map((chat) => `a place waits for its answer in ${chat}`),
  ];
}
