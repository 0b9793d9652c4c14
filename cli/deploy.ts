/** `npm run deploy`: brings the assistant into a Cloudflare and an AWS account, and every change of it after that. */
import { resolve } from "node:path";
import { Command, Option } from "commander";
import { isAgreed } from "./confirmation.ts";
import { againOf } from "./deploy/again.ts";
import { composePlan } from "./deploy/compose-plan.ts";
import { writeDeployment } from "./deploy/deployment-file.ts";
import { jsonReport, type Report, textReport } from "./deploy/events.ts";
import { errorFacts } from "./deploy/explain.ts";
import { type Facts, known } from "./deploy/facts.ts";
import { gather } from "./deploy/gather.ts";
import { stepsBefore, stepsOf } from "./deploy/modes.ts";
import { nextLines } from "./deploy/next.ts";
import { prepareMode } from "./deploy/prepare.ts";
import { type RunEnd, runSteps } from "./deploy/runner.ts";
import type { SettingsRead } from "./deploy/settings.ts";
import type { Mode } from "./deploy/step.ts";
import { stopOnSignals } from "./deploy/stop-on-signals.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";

const ROOT = resolve(import.meta.dirname, "..");

type Options = {
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
  readonly rollback?: true;
  readonly rotate?: true;
  readonly only?: "secrets";
  readonly smoke: boolean;
};

await new Command("deploy")
  .description("Brings the assistant into your Cloudflare and AWS accounts. Its settings: the environment, .dev.vars.")
  .option("--dry-run", "show the plan; needs no account and no network")
  .option("--yes", "do not ask")
  .option("--json", "print one JSON line per event for scripts")
  .option("--rollback", "go back to the release before this one")
  .option("--rotate", "make a new key for the Worker's way to AWS, and remove the old one")
  .addOption(new Option("--only <part>", "set the secrets again, and nothing else").choices(["secrets"]))
  .option("--no-smoke", "send no test message")
  .addHelpText("after", "\nRun it again after a failure: it goes on where it stopped. Step by step: docs/deploy.md")
  .addHelpText("after", "\nExit codes: 0 done, 1 failed or not agreed to, 2 wrong usage")
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? EXIT.done : EXIT.unusable))
  .action(async (options: Options) => {
    process.exitCode = await deploy(options);
  })
  .parseAsync();
// A socket that is still being closed keeps nobody waiting.
process.exit();

async function deploy(options: Options): Promise<ExitCode> {
  const mode = modeOf(options);
  if (mode === null) return complain(EXIT.unusable, "--rollback, --rotate and --only exclude each other");
  if (options.dryRun && mode !== "deploy") return complain(EXIT.unusable, "--dry-run shows a deployment only");
  const again = againOf("deploy", process.argv.slice(2));
  const write = (line: string) => void process.stdout.write(`${line}\n`);
  const report = options.json ? jsonReport(write) : textReport(write, again);
  const stop = stopOnSignals("deploy", again);
  try {
    const start = gather(ROOT);
    const surroundings = { report, now: () => performance.now(), stop };
    const before = stepsBefore(mode, start.read, options.dryRun === true);
    const prepared = await runSteps(before, start.facts, surroundings);
    if (prepared.kind !== "done") return exitOf(prepared);
    const facts = await prepareMode(mode, prepared.facts);
    const steps = stepsOf({ mode, settings: start.read.settings, hasSmoke: options.smoke });
    report({ event: "plan", plan: composePlan(mode, facts, steps, notesOf(mode, facts, start.read)) });
    if (options.dryRun) return EXIT.done;
    if (!(await isWanted(options))) return complain(EXIT.failed, "nothing was changed");
    writeDeployment(facts.stateDir, facts.settings.name, { ...facts.file, url: known(facts.accounts, "accounts").url });
    const end = await runSteps(steps, facts, surroundings);
    if (end.kind === "done") tellDone(end.facts, report, mode === "deploy" && (facts.live ?? null) === null);
    return exitOf(end);
  } catch (error) {
    const { error: what, advice } = errorFacts(error);
    return complain(EXIT.failed, [what, ...advice].join("\n  "));
  }
}

function modeOf({ rollback, rotate, only }: Options): Mode | null {
  const chosen: Mode[] = [];
  if (rollback) chosen.push("rollback");
  if (rotate) chosen.push("rotate");
  if (only === "secrets") chosen.push("secrets");
  return chosen.length > 1 ? null : (chosen[0] ?? "deploy");
}

async function isWanted({ yes, json }: Options): Promise<boolean> {
  if (yes) return true;
  if (json || !process.stdin.isTTY) {
    console.error("deploy: nobody can be asked here; add --yes");
    return false;
  }
  return await isAgreed("Go on?", { input: process.stdin, output: process.stdout });
}

function notesOf(mode: Mode, { earlier }: Facts, { notes }: SettingsRead): readonly string[] {
  if (mode === "deploy") return notes;
  if (earlier === undefined) return [];
  return [
    `This goes back to ${earlier.release}, with version ${earlier.runtimeVersion} of the agent. The next npm run deploy goes forward again.`,
  ];
}

function tellDone(facts: Facts, report: Report, isFirst: boolean): void {
  const { url } = known(facts.accounts, "accounts");
  const { name } = facts.settings;
  report({
    event: "done",
    name,
    url,
    release: known(facts.release, "release"),
    next: nextLines(facts.settings, isFirst),
  });
}

function exitOf(end: RunEnd): ExitCode {
  return end.kind === "done" ? EXIT.done : EXIT.failed;
}

function complain(exit: ExitCode, message: string): ExitCode {
  console.error(`deploy: ${message}`);
  return exit;
}
