/** `claw jobs`: what the assistant does by itself and when; adding, changing, running and removing it. */
import { type Command, InvalidArgumentError } from "commander";
import * as v from "valibot";
import { printableLine } from "../../local/terminal-text.ts";
import { JOB_BOUNDS } from "../../protocol/own-work-bounds.ts";
import { type Address, findAddress } from "../address.ts";
import { askAdmin } from "../admin-api.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { jobAnswer, type JobAnswer, jobsAnswer, runsAnswer, timezoneOf } from "../job-answers.ts";
import { changedLine, type Clock, showJob, showJobs, showJobsStatus, showRuns } from "../job-lines.ts";
import { type JobFlags, needsTimezone, readJobChange, readNewJob } from "../job-options.ts";
import { describe } from "../table.ts";
import { askAndPrint, complainOf, print, type Shown } from "./ask.ts";
import { complain, type Verb, type VerbGroup, type VerbOptions } from "./verb.ts";

type WriteOptions = VerbOptions & JobFlags;
type RunsOptions = VerbOptions & { readonly limit: number };

const PATH = "/admin/api/jobs";
const CONFIG = "/admin/api/config";
const RUNS_SHOWN = 20;

const list: Verb = {
  name: "list",
  isDefault: true,
  summary: "all jobs: when, what is next, what came of the last run",
  run: (options) =>
    askAndPrint("jobs list", [PATH], options, ([answer, config]) => shownJobs(answer, clockOf(config)), [CONFIG]),
};

const status: Verb = {
  name: "status",
  summary: "how many there are, the next one, how many fail",
  run: (options) =>
    askAndPrint("jobs status", [PATH], options, ([answer, config]) => shownStatus(answer, clockOf(config)), [CONFIG]),
};

const show: Verb = {
  name: "show",
  summary: "all about one job",
  declare: declareId,
  run: (options, [id = ""]) =>
    askAndPrint("jobs show", [jobPath(id)], options, ([answer, config]) => shownJob(answer, clockOf(config)), [CONFIG]),
};

const runs: Verb<RunsOptions> = {
  name: "runs",
  summary: "the run log of one job, or of everything: outcome, delivery, cost",
  declare: (command) =>
    command
      .argument("[id]", "one of npm run claw -- jobs, also one that is gone (default: all, and heartbeats and hooks)")
      .option("--limit <n>", "most runs", readLimit, RUNS_SHOWN),
  run(options, [id]) {
    const path = id === undefined ? "/admin/api/runs" : `${jobPath(id)}/runs`;
    const shown = ([answer, config]: readonly unknown[]) => shownRuns(answer, clockOf(config));
    return askAndPrint("jobs runs", [`${path}?limit=${options.limit}`], options, shown, [CONFIG]);
  },
};

const add: Verb<WriteOptions> = {
  name: "add",
  summary: "makes a job: a time (--at, --every, --cron) and what (--remind, --ask, --event)",
  declare: (command) =>
    declareFlags(command).option("--name <name>", "what it is called (default: as its text begins)"),
  async run(options) {
    const address = findAddress(options);
    if (!address.ok) return complain("jobs add", EXIT.unusable, address.error);
    const clock = await readClock(address.value, needsTimezone(options));
    const body = readNewJob(options, clock);
    if (!body.ok) return complain("jobs add", EXIT.unusable, body.error);
    return await write("jobs add", options, address.value, { method: "POST", path: PATH, body: body.value });
  },
};

const edit: Verb<WriteOptions> = {
  name: "edit",
  summary: "changes what the flags name of a job; the rest stays",
  declare: (command) => declareFlags(declareId(command)).option("--name <name>", "what it is called; its id stays"),
  async run(options, [id = ""]) {
    const address = findAddress(options);
    if (!address.ok) return complain("jobs edit", EXIT.unusable, address.error);
    const found = await askAdmin(address.value, jobPath(id));
    if (!found.ok) return complainOf("jobs edit", found.error);
    const parsed = v.safeParse(jobAnswer, found.value);
    if (!parsed.success) return complain("jobs edit", EXIT.failed, "the assistant is of another release");
    const clock = await readClock(address.value, needsTimezone(options));
    const body = readJobChange(options, parsed.output.job, clock);
    if (!body.ok) return complain("jobs edit", EXIT.unusable, body.error);
    return await write("jobs edit", options, address.value, { method: "PATCH", path: jobPath(id), body: body.value });
  },
};

const remove: Verb = {
  name: "rm",
  summary: "removes a job; what is under way of it ends, and its run log stays",
  declare: declareId,
  run: (options, [id = ""]) =>
    carryOut("jobs rm", options, { method: "DELETE", path: jobPath(id) }, ({ id: gone }) => `${gone} is removed.`),
};

const enable: Verb = {
  name: "enable",
  summary: "switches a job on; failures before do not count any more",
  declare: declareId,
  run: (options, [id = ""]) =>
    carryOut("jobs enable", options, { method: "PATCH", path: jobPath(id), body: { enabled: true } }),
};

const disable: Verb = {
  name: "disable",
  summary: "switches a job off; it stays",
  declare: declareId,
  run: (options, [id = ""]) =>
    carryOut("jobs disable", options, { method: "PATCH", path: jobPath(id), body: { enabled: false } }),
};

const run: Verb = {
  name: "run",
  summary: "runs a job now, besides its times and also if it is off",
  declare: declareId,
  async run(options, [id = ""]) {
    const address = findAddress(options);
    if (!address.ok) return complain("jobs run", EXIT.unusable, address.error);
    const answer = await askAdmin(address.value, `${jobPath(id)}/run`, { method: "POST" });
    if (!answer.ok) return complainOf("jobs run", answer.error);
    const lines = [printableLine(`${id} runs now; npm run claw -- jobs runs ${id} shows what comes of it.`)];
    return print("jobs run", options, { json: answer.value, lines });
  },
};

export const jobVerbs: VerbGroup = {
  name: "jobs",
  summary: "what it does by itself (list): reminders and other jobs, their runs",
  verbs: [list, show, add, edit, remove, enable, disable, run, runs, status],
};

function declareId(command: Command): Command {
  return command.argument("<id>", "one of npm run claw -- jobs");
}

function declareFlags(command: Command): Command {
  return command
    .option("--at <time>", "once: 20m from now, '2026-12-01 09:00', 'tomorrow 9:00', or with an offset")
    .option("--every <duration>", "again and again: 30m, 2h, 1d")
    .option("--cron <expression>", "five fields, or six with seconds: '0 8 * * 1-5'")
    .option("--tz <zone>", "of --at or --cron, such as Europe/Berlin (default: the assistant's)")
    .option("--exact", "at the full hour exactly; else such a job may come up to five minutes later")
    .option("--remind <text>", "say this word for word; costs nothing")
    .option("--ask <text>", "ask the model this, each time in a conversation of its own")
    .option("--event <text>", "tell the model this in the owner's own conversation")
    .option("--to <chat>", "where the answer goes: owner, telegram:42, or a session (default: owner)")
    .option("--webhook <url>", "POST the outcome there instead")
    .option("--none", "tell nobody; jobs runs shows what came of it")
    .option("--model <name>", "of --ask: this model first")
    .option("--timeout <duration>", "of --ask: longest run, such as 10m; 0: the longest that there is")
    .option("--keep", "of --at: stays, switched off, when it has run");
}

function jobPath(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}

type Write = { readonly method: "POST" | "PATCH" | "DELETE"; readonly path: string; readonly body?: object };

/** Changes a job and says how it is now. */
async function carryOut(
  verb: string,
  options: VerbOptions,
  change: Write,
  say?: (job: JobAnswer) => string,
): Promise<ExitCode> {
  const address = findAddress(options);
  if (!address.ok) return complain(verb, EXIT.unusable, address.error);
  return await write(verb, options, address.value, change, say);
}

async function write(
  verb: string,
  options: VerbOptions,
  address: Address,
  { path, ...change }: Write,
  say?: (job: JobAnswer) => string,
): Promise<ExitCode> {
  const answer = await askAdmin(address, path, change);
  if (!answer.ok) return complainOf(verb, answer.error);
  const parsed = v.safeParse(jobAnswer, answer.value);
  if (!parsed.success) return print(verb, options, { json: answer.value, lines: describe(answer.value) });
  const clock = await readClock(address, !options.json);
  const line = say?.(parsed.output.job) ?? changedLine(parsed.output.job, clock);
  return print(verb, options, { json: answer.value, lines: [printableLine(line)] });
}

async function readClock(address: Address, isNeeded: boolean): Promise<Clock> {
  const config = isNeeded ? await askAdmin(address, CONFIG) : null;
  return clockOf(config?.ok ? config.value : null);
}

function clockOf(config: unknown): Clock {
  return { now: Date.now(), timezone: timezoneOf(config) };
}

// What another release answers in its own form is shown as it is.

function shownJobs(answer: unknown, clock: Clock): Shown {
  const parsed = v.safeParse(jobsAnswer, answer);
  return { json: answer, lines: parsed.success ? showJobs(parsed.output.jobs, clock) : describe(answer) };
}

function shownStatus(answer: unknown, clock: Clock): Shown {
  const parsed = v.safeParse(jobsAnswer, answer);
  if (!parsed.success) return { json: answer, lines: describe(answer) };
  return { json: parsed.output.status, lines: showJobsStatus(parsed.output.status, clock) };
}

function shownJob(answer: unknown, clock: Clock): Shown {
  const parsed = v.safeParse(jobAnswer, answer);
  return { json: answer, lines: parsed.success ? showJob(parsed.output.job, clock) : describe(answer) };
}

function shownRuns(answer: unknown, clock: Clock): Shown {
  const parsed = v.safeParse(runsAnswer, answer);
  return { json: answer, lines: parsed.success ? showRuns(parsed.output.runs, clock) : describe(answer) };
}

/** Throws what commander turns into a wrong usage. */
function readLimit(text: string): number {
  const limit = Number(text);
  if (/^\d{1,4}$/.test(text) && limit >= 1 && limit <= JOB_BOUNDS.runsListedMax) return limit;
  throw new InvalidArgumentError(`It is a number from 1 to ${JOB_BOUNDS.runsListedMax}`);
}
