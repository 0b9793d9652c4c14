/** The results as text for people. Pure. */
import type { BudgetRun } from "./budget-run.ts";
import type { UpgradeRun } from "./upgrade-run.ts";
import type { LongTurn } from "./long-turns.ts";
import { isLongTurnGreen } from "./long-turns.ts";
import { digestOf, type RandomPlan, type RandomRun } from "./random-run.ts";
import { FIRST_ANSWER_MAX_MS, type Restart } from "./restart.ts";
import { type CellVerdict, isGreen } from "./table-run.ts";
import type { CellRun } from "./cell-run.ts";

/** One line of progress. */
export function progressLine(run: CellRun, done: number, all: number): string {
  const ms = run.recoverMs === null ? "never answered" : `answered after ${run.recoverMs} ms`;
  return `${String(done).padStart(3)}/${all}  ${run.cell.step.padEnd(9)} ${run.cell.name}, ${ms}`;
}

/** Step x fault -> lost, doubled, ms to recover. */
export function tableText(verdicts: readonly CellVerdict[]): string {
  const rows = verdicts.map((verdict) => {
    const { cell, struck, chats, again, lost, doubled, excused, stale, violations } = verdict;
    const notes = [
      ...(struck < chats ? [`struck only ${struck} of ${chats} chats`] : []),
      ...(again > 0 ? [`${again} not heard, and asked again`] : []),
      ...(excused.length > 0 ? [`${excused.length} shown again, marked resent_after_unknown`] : []),
      ...(stale.length > 0 ? [`${stale.length} below a beginning that was given up`] : []),
      ...lost.map(({ id }) => `lost ${id}`),
      ...doubled.map(({ id }) => `doubled ${id}`),
      ...violations,
    ];
    return [
      cell.step,
      cell.name,
      String(lost.length),
      String(doubled.length),
      recoverText(verdict),
      isGreen(verdict) ? "ok" : "RED",
      notes.join(", "),
    ];
  });
  const recovered = verdicts.flatMap(({ recoverMs }) => recoverMs ?? []).toSorted((a, b) => a - b);
  const never = verdicts.length - recovered.length;
  const reds = verdicts.filter((verdict) => !isGreen(verdict)).length;
  const times = `median ${recovered[Math.floor(recovered.length / 2)] ?? 0} ms to recover, longest ${recovered.at(-1) ?? 0} ms, ${never} never`;
  const summary = `${verdicts.length} cells, 4 messages each on Telegram and Discord, 3 at the web socket: ${reds} red; ${times}`;
  return [...align([["step", "fault", "lost", "doubled", "recover ms", "", ""], ...rows]), "", summary].join("\n");
}

/** Ids in, ids out. */
export function randomText({ seed, messages, chats, kills }: RandomPlan, run: RandomRun): string {
  const answered = run.acknowledged.filter((message) => !run.lost.includes(message));
  const { workerd, agent, standIn } = run.killed;
  return [
    `seed ${seed}: ${messages} messages over ${chats} chats on Telegram and Discord`,
    `killed while busy: workerd ${workerd} of ${kills.workerd}, agents ${agent} of ${kills.agent}, stand-in ${standIn} of ${kills.standIn}`,
    `ids in   ${run.acknowledged.length} acknowledged, digest ${digestOf(run.acknowledged)}`,
    `ids out  ${answered.length} completely answered, digest ${digestOf(answered)}`,
    `lost ${run.lost.length}, doubled ${run.doubled.length}, shown again and marked resent_after_unknown ${run.excused.length}`,
    `read twice by the model ${run.readTwice.length}`,
    `last answer ${run.settledMs} ms after the last kill; ${run.modelCalls} model calls`,
    ...run.lost.map(({ chat, id }) => `LOST ${id} in chat ${chat}`),
    ...run.doubled.map(({ chat, id }) => `DOUBLED ${id} in chat ${chat}`),
  ].join("\n");
}

export function longTurnText(turn: LongTurn): string {
  const { name, timesShown, resumed, modelCalls } = turn;
  const verdict = isLongTurnGreen(turn) ? "ok" : "RED";
  return `${name}: answered ${timesShown} times, re-attached ${resumed} times, asked the model ${modelCalls} times: ${verdict}`;
}

export function restartText({ readyMs, firstAnswerMs, lastAnswerMs, lost, doubled }: Restart): string {
  return `ready ${readyMs} ms, first answer ${firstAnswerMs ?? "never"} ms (at most ${FIRST_ANSWER_MAX_MS}), last of 9 ${lastAnswerMs ?? "never"} ms, lost ${lost.length}, doubled ${doubled.length}`;
}

function recoverText({ recoverMs }: CellRun): string {
  return recoverMs === null ? "never" : String(recoverMs);
}

function align(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** The run at a nearly used up budget. */
export function budgetText({ limit, spent, call, parked, lost, doubled, excused }: BudgetRun): string {
  const dollars = (microUsd: number) => `$${(microUsd / 1_000_000).toFixed(4)}`;
  const beyond = Math.max(0, spent - limit);
  return [
    `spent ${dollars(spent)} of ${dollars(limit)}: ${dollars(beyond)} too much, ${(beyond / call).toFixed(1)} calls of ${dollars(call)}`,
    `${parked} conversations waited until more was allowed`,
    `${lost.length} lost, ${doubled.length} doubled, ${excused.length} shown again and marked`,
  ].join("\n");
}

/** A release and the way back. */
export function upgradeText({ written, lost, doubled, excused, readTwice, directions }: UpgradeRun): string {
  return [
    ...directions.map(
      ({ name, held, streaming, killed, revived, moved, begun, stale }) =>
        `${name}: ${held} turns under way, ${streaming} of them answering, ${moved.length} not ended where they began; ` +
        `${revived} of ${killed} killed ones went on with the other version; ${begun} begun since, ${stale.length} on the version of before`,
    ),
    `${written} messages: ${lost.length} lost, ${doubled.length} doubled, ${excused.length} shown again and marked, ${readTwice.length} read twice by the model`,
    ...directions.flatMap(({ name, moved }) => moved.map(({ chat, id }) => `MOVED ${id} in chat ${chat} (${name})`)),
    ...directions.flatMap(({ name, stale }) =>
      stale.map(({ chat, turnId }) => `STALE ${turnId} in chat ${chat} (${name})`),
    ),
    ...lost.map(({ chat, id }) => `LOST ${id} in chat ${chat}`),
    ...doubled.map(({ chat, id }) => `DOUBLED ${id} in chat ${chat}`),
  ].join("\n");
}
