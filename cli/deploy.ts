/** `npm run deploy`: brings the assistant into a Cloudflare and an AWS account, and every change of it after that. */
import { resolve } from "node:path";
import { Command, Option } from "commander";
import { readSettings } from "../local/settings.ts";
import { loadDeployVariables } from "../local/variables.ts";
import { isAgreed } from "./confirmation.ts";
import { endTools } from "./deploy/child.ts";
import { composePlan } from "./deploy/compose-plan.ts";
import { newDeployment, readDeployment, writeDeployment } from "./deploy/deployment-file.ts";
import { jsonReport, type Report, textReport } from "./deploy/events.ts";
import { errorFacts } from "./deploy/explain.ts";
import { type Facts, known } from "./deploy/facts.ts";
import { stepsBefore, stepsOf } from "./deploy/modes.ts";
import { nextLines } from "./deploy/next.ts";
import { prepareMode } from "./deploy/prepare.ts";
import { type RunEnd, runSteps } from "./deploy/runner.ts";
import { readDeploySettings, type SettingsRead } from "./deploy/settings.ts";
import type { Mode } from "./deploy/step.ts";
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
  const again = `npm run deploy${mode === "deploy" ? "" : ` -- ${commandOf(mode)}`}`;
  const write = (line: string) => void process.stdout.write(`${line}\n`);
  const report = options.json ? jsonReport(write) : textReport(write, again);
  const stop = stopOnSignals(again);
  try {
    const start = gather();
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
    if (end.kind === "done") tellDone(end.facts, report);
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

function commandOf(mode: Exclude<Mode, "deploy">): string {
  return mode === "secrets" ? "--only secrets" : `--${mode}`;
}

/** What this machine knows before anybody is asked. */
function gather(): { readonly read: SettingsRead; readonly facts: Facts } {
  const variables = loadDeployVariables(ROOT);
  const read = readDeploySettings(variables);
  const { settings } = read;
  const { stateDir } = readSettings(variables, { root: ROOT, memoryBytes: 0 }).settings;
  const kept = readDeployment(stateDir, settings.name) ?? newDeployment();
  const file = { ...kept, adminToken: settings.variables.workerSecrets["ADMIN_TOKEN"] ?? kept.adminToken };
  return { read, facts: { root: ROOT, stateDir, settings, file } };
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

function tellDone(facts: Facts, report: Report): void {
  const { url } = known(facts.accounts, "accounts");
  const { name } = facts.settings;
  report({ event: "done", name, url, release: known(facts.release, "release"), next: nextLines(facts.settings) });
}

function exitOf(end: RunEnd): ExitCode {
  return end.kind === "done" ? EXIT.done : EXIT.failed;
}

/** The first signal ends the tools that run, and nothing more is begun; what the clouds have begun they finish. */
function stopOnSignals(again: string): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) return;
      stop.abort();
      console.error(`deploy: stopped; what a cloud has begun it finishes by itself. To go on: ${again}`);
      endTools();
      // Requests that run have nobody who waits for them.
      setTimeout(() => process.exit(EXIT.failed), 3_000).unref();
    });
  }
  return stop.signal;
}

function complain(exit: ExitCode, message: string): ExitCode {
  console.error(`deploy: ${message}`);
  return exit;
}
