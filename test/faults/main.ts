/** `npm run test:faults`: breaks the assistant at every step. Exit codes: 0 all green, 1 something is red, 2 wrong usage. */
import { Command, InvalidArgumentError } from "commander";
import { isBudgetGreen, runBudget } from "./budget-run.ts";
import type { Cell } from "./cell.ts";
import { CELLS } from "./cells.ts";
import { TABLE_EDITS, type Weakening, WEAKENINGS } from "./edits.ts";
import { deployText, isDeployGreen, runDeployFaults } from "./deploy-run.ts";
import { GATEWAY_DAY, isDayGreen, runGatewayDay, timeScaleEdit } from "./gateway-day.ts";
import { dayText } from "./gateway-report.ts";
import { isLongTurnGreen, runLongTurns } from "./long-turns.ts";
import { type RandomPlan, type RandomRun, runRandom } from "./random-run.ts";
import { budgetText, longTurnText, progressLine, randomText, restartText, tableText, upgradeText } from "./report.ts";
import { FIRST_ANSWER_MAX_MS, runRestart } from "./restart.ts";
import { isGreen, runTable } from "./table-run.ts";
import { isUpgradeGreen, runUpgrade, UPGRADE } from "./upgrade-run.ts";
import { buildVariant, type Edit } from "./variant.ts";

const PARTS = ["table", "long", "restart", "budget", "upgrade", "deploy", "random", "gateway"] as const;
type Part = (typeof PARTS)[number];
/** Those that a build without a safety turns red. */
const WEAKENABLE: readonly Part[] = ["table", "upgrade", "random", "gateway"];

type Options = {
  readonly only?: string;
  readonly rigs: number;
  readonly seed?: number;
  readonly messages: number;
  readonly without?: Weakening;
};

const whole = (text: string): number => {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError("a whole number from 1 is needed");
  return number;
};

const program = new Command("test:faults")
  .description("Breaks the assistant at every step of a message's way and looks at what arrives in the chats.")
  .argument("[parts...]", `which parts: ${PARTS.join(", ")} (default: all)`)
  .option("--only <text>", "of the table, only cells with this in their name")
  .option("--rigs <n>", "cells that run at the same time", whole, 3)
  .option("--seed <n>", "of the random run, and of the day of the Gateway", whole)
  .option("--messages <n>", "of the random run, from 20; a kill for every five", whole, 1_000)
  .option(
    `--without <safety>`,
    `a build without a safety, to see the suite turn red: ${Object.keys(WEAKENINGS).join(", ")}`,
    readWeakening,
  )
  .addHelpText("after", "\nExit codes: 0 all green, 1 something is red, 2 wrong usage.")
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .action(async (chosen: readonly string[], options: Options) => {
    const unknown = chosen.find((name) => !PARTS.some((part) => part === name));
    if (unknown !== undefined) program.error(`error: no part is called ${unknown}; there are ${PARTS.join(", ")}`);
    const parts = PARTS.filter((name) => chosen.length === 0 || chosen.includes(name));
    const misfit = misfitOf(parts, options);
    if (misfit !== null) program.error(`error: ${misfit}`);
    for (const part of parts) {
      console.log(`\n== ${part} ==`);
      if (!(await RUN[part](options))) process.exitCode = 1;
    }
    console.log(process.exitCode ? "\nRED" : "\nall green");
  });

// Guards end our children when we are gone.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

const RUN: Readonly<Record<Part, (options: Options) => Promise<boolean>>> = {
  async table({ only = "", rigs, without }) {
    const cells = cellsNamed(only);
    let done = 0;
    console.error("building with fail points");
    const verdicts = await runTable(cells, {
      builds: await buildVariant([...TABLE_EDITS, ...weakened(without)]),
      rigs,
      onRun: (run) => {
        console.error(progressLine(run, (done += 1), cells.length));
        if (done === cells.length) console.error("waiting for answers that come twice");
      },
    });
    console.log(tableText(verdicts));
    return verdicts.every(isGreen);
  },
  async long() {
    const turns = await runLongTurns();
    for (const turn of turns) console.log(longTurnText(turn));
    return turns.every(isLongTurnGreen);
  },
  async restart() {
    const restart = await runRestart();
    console.log(restartText(restart));
    const isQuick = restart.firstAnswerMs !== null && restart.firstAnswerMs <= FIRST_ANSWER_MAX_MS;
    return isQuick && restart.lost.length === 0 && restart.doubled.length === 0;
  },
  async budget() {
    const run = await runBudget((line) => console.error(line));
    console.log(budgetText(run));
    return isBudgetGreen(run);
  },
  async upgrade({ without }) {
    const run = await runUpgrade(UPGRADE, weakened(without), (line) => console.error(line));
    console.log(upgradeText(run));
    return isUpgradeGreen(run);
  },
  async deploy() {
    const run = await runDeployFaults((line) => console.error(line));
    console.log(deployText(run));
    return isDeployGreen(run);
  },
  async random({ seed = Date.now() % 1_000_000, messages, without }) {
    const plan = planFor(seed, messages);
    console.log(`seed ${seed}`);
    const run = await runRandom(plan, await buildVariant(weakened(without)), (line) => console.error(line));
    console.log(randomText(plan, run));
    return run.lost.length === 0 && run.doubled.length === 0 && run.readTwice.length === 0 && isKillingDone(plan, run);
  },
  async gateway({ seed = Date.now() % 1_000_000, without }) {
    const plan = { ...GATEWAY_DAY, seed };
    console.log(`seed ${seed}, time scale ${plan.timeScale}`);
    const builds = await buildVariant([timeScaleEdit(plan.timeScale), ...weakened(without)]);
    const day = await runGatewayDay(plan, builds, (line) => console.error(line));
    console.log(dayText(plan, day));
    return isDayGreen(plan, day);
  },
};

await program.parseAsync();

function cellsNamed(only: string): readonly Cell[] {
  return CELLS.filter(({ name }) => name.includes(only));
}

/** Why the options do not fit the parts: what they ask for would be left out, and look proved. */
function misfitOf(parts: readonly Part[], { only, without, messages }: Options): string | null {
  if (only !== undefined && parts.join() !== "table")
    return "--only is about the table alone: test:faults table --only ...";
  if (only !== undefined && cellsNamed(only).length === 0) return `no cell of the table has "${only}" in its name`;
  const unweakened = parts.find((part) => !WEAKENABLE.includes(part));
  if (without !== undefined && unweakened) return `--without is about ${WEAKENABLE.join(", ")}, not ${unweakened}`;
  return messages < 20 ? "--messages must be at least 20" : null;
}

function weakened(without: Weakening | undefined): readonly Edit[] {
  return without === undefined ? [] : WEAKENINGS[without];
}

function readWeakening(text: string): Weakening {
  if (isWeakening(text)) return text;
  throw new InvalidArgumentError(Object.keys(WEAKENINGS).join(", "));
}

function isWeakening(text: string): text is Weakening {
  return Object.hasOwn(WEAKENINGS, text);
}

/** A kill for every five messages: three of ten of workerd, one of twenty of the stand-in, the rest of agents. */
function planFor(seed: number, messages: number): RandomPlan {
  const kills = Math.ceil(messages / 5);
  const workerd = Math.ceil(kills * 0.3);
  const standIn = Math.ceil(kills * 0.05);
  return {
    seed,
    messages,
    chats: Math.ceil(messages / 10),
    kills: { workerd, standIn, agent: kills - workerd - standIn },
  };
}

/** A victim that is not busy in time is left out. An agent that dies with the stand-in counts for either. */
function isKillingDone({ kills }: RandomPlan, { killed }: RandomRun): boolean {
  return killed.workerd >= kills.workerd && killed.agent + killed.standIn >= kills.agent + kills.standIn;
}
