/** `npm run destroy`: exports what a deployment holds, then removes it from both accounts. */
import { join, resolve } from "node:path";
import { Command } from "commander";
import { isConfirmed } from "./confirmation.ts";
import { againOf } from "./deploy/again.ts";
import { deploymentNames } from "./deploy/deployment-file.ts";
import { type DestroyData, openDestroyData } from "./deploy/destroy-data.ts";
import { readMemo } from "./deploy/destroy-memo.ts";
import {
  type DestroyPlan,
  type Doomed,
  isNothing,
  nothingThere,
  planDestruction,
  renderDestruction,
} from "./deploy/destroy-plan.ts";
import { destroySteps } from "./deploy/destroy-steps.ts";
import { jsonReport, textReport } from "./deploy/events.ts";
import { errorFacts } from "./deploy/explain.ts";
import { type Facts, known } from "./deploy/facts.ts";
import { gather } from "./deploy/gather.ts";
import { runSteps } from "./deploy/runner.ts";
import { askAccounts } from "./deploy/steps/accounts.ts";
import { stopOnSignals } from "./deploy/stop-on-signals.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";

const ROOT = resolve(import.meta.dirname, "..");
const EXPORTS_FOLDER = "exports";

type Options = {
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
  readonly keepData?: true;
  readonly export: boolean;
};

await new Command("destroy")
  .description("Exports what a deployment holds, then removes it from your Cloudflare and AWS accounts.")
  .option("--dry-run", "show what goes; only looks")
  .option("--yes", "do not ask")
  .option("--json", "print one JSON line per event for scripts")
  .option("--keep-data", "leave the bucket and the table")
  .option("--no-export", "export nothing first")
  .addHelpText("after", "\nRun it again after a failure: it goes on where it stopped.")
  .addHelpText("after", "\nExit codes: 0 done, 1 failed or not agreed to, 2 wrong usage")
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? EXIT.done : EXIT.unusable))
  .action(async (options: Options) => {
    process.exitCode = await destroy(options);
  })
  .parseAsync();
// A socket that is still being closed keeps nobody waiting.
process.exit();

async function destroy(options: Options): Promise<ExitCode> {
  const write = (line: string) => void process.stdout.write(`${line}\n`);
  const again = againOf("destroy", process.argv.slice(2));
  const report = options.json ? jsonReport(write) : textReport(write, again);
  try {
    const { read, facts } = gather(ROOT);
    // Settings of the Worker may be wrong here: they are not used.
    const [wrong] = read.problems.filter(({ variable }) => /^(?:DEPLOY_|AWS_|CLOUDFLARE_)/.test(variable));
    if (wrong) return complain(EXIT.unusable, `${wrong.variable} ${wrong.problem}`);
    const surroundings = { report, now: () => performance.now(), stop: stopOnSignals("destroy", again) };
    const asked = await runSteps([askAccounts], facts, surroundings);
    if (asked.kind !== "done") return EXIT.failed;
    const data = openDestroyData(facts.settings);
    const doomed = await lookAround(asked.facts, data);
    const { name } = doomed;
    const names = deploymentNames(facts.stateDir);
    if (isSurprise(doomed, names, options)) return complain(EXIT.failed, nothingThere(name, names));
    const exportFolder = join(facts.stateDir, EXPORTS_FOLDER, `${name}-${fileTime(Date.now())}`);
    const chosen = { keepsData: options.keepData === true, exports: options.export };
    const plan = planDestruction(doomed, chosen, exportFolder);
    if (options.json) write(JSON.stringify({ event: "plan", plan }));
    else for (const line of renderDestruction(plan)) write(line);
    if (options.dryRun) return EXIT.done;
    if (!(await isWanted(options, name))) return complain(EXIT.failed, "nothing was removed");
    const end = await runSteps(
      destroySteps({ doomed, data, options: chosen, exportFolder }),
      asked.facts,
      surroundings,
    );
    if (end.kind !== "done") return EXIT.failed;
    write(doneLine(options, plan));
    return EXIT.done;
  } catch (error) {
    const { error: what, advice } = errorFacts(error);
    return complain(EXIT.failed, [what, ...advice].join("\n  "));
  }
}

/** Somebody who only looks, or is asked, meant another one. A script that removes it twice has got what it wanted. */
function isSurprise(doomed: Doomed, names: readonly string[], { dryRun, yes }: Options): boolean {
  return isNothing(doomed) && !names.includes(doomed.name) && (dryRun === true || yes !== true);
}

function doneLine({ json }: Options, { name, exportTo }: DestroyPlan): string {
  if (json) return JSON.stringify({ event: "done", name, exportedTo: exportTo });
  return `${name} is gone${exportTo === null ? "" : `; its export: ${exportTo}`}`;
}

/** What is there; reads only. */
async function lookAround(facts: Facts, data: DestroyData): Promise<Doomed> {
  const { settings, stateDir, stack, live } = facts;
  const { aws } = known(facts.accounts, "accounts");
  const { RelayUserName: user, BucketName, TableName } = stack?.outputs ?? {};
  const memo = readMemo(stateDir, settings.name);
  const [keys, bucket, table] = await Promise.all([
    user === undefined ? [] : aws.accessKeys(user).catch(noneIfGone),
    findBucket(data, BucketName ?? memo?.bucket ?? null),
    findTable(data, TableName ?? memo?.table ?? null),
  ]);
  const has = { hasWorker: (live ?? null) !== null, hasStack: (stack ?? null) !== null };
  const { name, channels } = settings;
  return { name, ...has, keys: keys.map(({ id }) => id), bucket, table, channels, elsewhere: settings.elsewhere };
}

async function findBucket(data: DestroyData, name: string | null): Promise<Doomed["bucket"]> {
  const count = name === null ? null : await data.countBucket(name);
  return name === null || count === null ? null : { name, count };
}

async function findTable(data: DestroyData, name: string | null): Promise<Doomed["table"]> {
  const items = name === null ? null : await data.countTable(name);
  return name === null || items === null ? null : { name, items };
}

/** A stack of which a part is deleted already may have no user any more. */
function noneIfGone(error: unknown): readonly [] {
  if (error instanceof Error && error.name === "NoSuchEntityException") return [];
  throw error;
}

async function isWanted({ yes, json }: Options, name: string): Promise<boolean> {
  if (yes) return true;
  if (json || !process.stdin.isTTY) {
    console.error("destroy: nobody can be asked here; add --yes");
    return false;
  }
  const warning = `None of this comes back. The id of the deployment is ${name}.`;
  return await isConfirmed(warning, name, { input: process.stdin, output: process.stdout });
}

/** Sorts by time, and is a name on every disk. */
function fileTime(now: number): string {
  return new Date(now).toISOString().slice(0, 19).replaceAll(":", "-");
}

function complain(exit: ExitCode, message: string): ExitCode {
  console.error(`destroy: ${message}`);
  return exit;
}
