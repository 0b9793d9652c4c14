/** `/cron`: shows the owner the jobs, adds one, and changes, runs or removes it. */
import { assertNever } from "../../protocol/assert.ts";
import type { JobInput, JobView } from "../../protocol/jobs.ts";
import { momentText } from "../../protocol/job-text.ts";
import { scheduleOf } from "../../protocol/job-when.ts";
import { inlineCode } from "../../protocol/texts/inline-code.ts";
import { textsFor } from "../../protocol/texts/language.ts";
import { jobScheduler } from "../../worker/objects.ts";
import { type Attempt, keepAttempt, readAttempt } from "./command-attempt.ts";
import type { CronRequest } from "./command-cron-request.ts";
import { keepShownJobs, readShownJobs } from "./command-cron-shown.ts";
import {
  isOver,
  type Reader,
  renderAdded,
  renderJob,
  renderJobs,
  renderRefusal,
  renderRuns,
} from "./command-cron-text.ts";
import type { Errand } from "./command-errand.ts";
import type { Said } from "./command-said.ts";

type CronErrand = Pick<Errand, "session" | "id" | "language" | "now">;
type OneJob = Extract<CronRequest, { what: "show" | "run" | "enable" | "disable" | "remove" }>;
type Add = Extract<CronRequest, { what: "add" }>;
type CronAttempt = Extract<Attempt, { kind: "cron" }>;

/** Runs that are shown, the newest. */
const RUNS_SHOWN = 15;
/** Ids of jobs of one name that are named. */
const IDS_SHOWN = 20;

/** Carries the command out. Throws if the scheduler cannot be asked; it can then be repeated. */
export async function answerCron(request: CronRequest, errand: CronErrand): Promise<Said> {
  const { jobs: texts } = textsFor(errand.language);
  switch (request.what) {
    case "list":
      return { text: await list(errand) };
    case "help":
      return { text: texts.howTo };
    case "malformed":
      return { text: texts.problem[request.problem] };
    case "add":
      return add(request, errand);
    case "runs":
      return { text: await runs(request.job, errand) };
    case "show":
    case "run":
    case "enable":
    case "disable":
    case "remove":
      return one(request, errand);
    default:
      return assertNever(request);
  }
}

async function list(errand: CronErrand): Promise<string> {
  const jobs = await schedulerOf(errand).listJobs({ includeDisabled: true });
  const { sql } = errand.session;
  keepShownJobs(
    sql,
    errand.id,
    jobs.map(({ id }) => id),
  );
  return renderJobs(jobs, readerOf(errand));
}

async function add({ name, when, payload }: Add, errand: CronErrand): Promise<Said> {
  const { session, language } = errand;
  const texts = textsFor(language).jobs;
  // "In 20 minutes" counts from the first try: the same job, however often it is asked for.
  const { at } = begin(errand, null);
  const { timezone } = session.policy().behaviour;
  const schedule = scheduleOf(when, { now: at, timezone });
  if (!schedule.ok) return { text: texts.problem[schedule.error] };
  const job: JobInput = { name, schedule: schedule.value, payload, delivery: { mode: "announce", to: "here" } };
  const outcome = await schedulerOf(errand).addJob(job, { session: session.key }, wishOf(errand));
  return outcome.ok ? renderAdded(outcome.job, readerOf(errand)) : { text: renderRefusal(outcome.refusal, language) };
}

async function runs(typed: string | null, errand: CronErrand): Promise<string> {
  const scheduler = schedulerOf(errand);
  const meant = typed === null ? [] : await find(typed, errand);
  const job = onlyOf(meant);
  if (typed !== null && job === null) return notOne(typed, meant, errand);
  const found = await scheduler.listRuns({ ...(job && { jobId: job.id }), isWithoutBeats: true, limit: RUNS_SHOWN });
  return renderRuns(found, job, readerOf(errand));
}

async function one(request: OneJob, errand: CronErrand): Promise<Said> {
  const { session, id, language } = errand;
  const before = readAttempt(session.sql, id, "cron")?.job ?? null;
  const meant = before ? [await schedulerOf(errand).findJob(before.id)] : await find(request.job, errand);
  const job = onlyOf(meant);
  const texts = textsFor(language).jobs;
  if (job === null) {
    // Who has removed it once and finds it gone has done so.
    const isDone = before !== null && request.what === "remove";
    return { text: isDone ? texts.removed(inlineCode(before.name)) : notOne(request.job, meant, errand) };
  }
  if (request.what === "show") return show(job, errand);
  begin(errand, { id: job.id, name: job.name });
  return { text: await change(request.what, job, errand) };
}

async function show(job: JobView, errand: CronErrand): Promise<Said> {
  const [last = null] = await schedulerOf(errand).listRuns({ jobId: job.id, limit: 1 });
  return renderJob(job, last, readerOf(errand));
}

/** Each of them has the same effect once or twice. */
async function change(what: Exclude<OneJob["what"], "show">, job: JobView, errand: CronErrand): Promise<string> {
  const { language } = errand;
  const { id, name } = job;
  const scheduler = schedulerOf(errand);
  const texts = textsFor(language).jobs;
  const label = inlineCode(name);
  if (what === "enable" && !job.enabled && isOver(job, errand.now)) return texts.isOver(label);
  switch (what) {
    case "remove": {
      const outcome = await scheduler.removeJob(id);
      return outcome.ok || outcome.refusal.code === "job_unknown"
        ? texts.removed(label)
        : renderRefusal(outcome.refusal, language);
    }
    case "run": {
      const outcome = await scheduler.runJob(id, wishOf(errand));
      return outcome.ok ? texts.started(label) : renderRefusal(outcome.refusal, language);
    }
    case "enable":
    case "disable": {
      const outcome = await scheduler.updateJob(id, { enabled: what === "enable" });
      if (!outcome.ok) return renderRefusal(outcome.refusal, language);
      return what === "enable" ? texts.switchedOn(label, dueText(outcome.job, errand)) : texts.switchedOff(label);
    }
    default:
      return assertNever(what);
  }
}

function dueText({ state }: JobView, errand: CronErrand): string {
  const { timezone, language, now } = readerOf(errand);
  const { list } = textsFor(language).jobs;
  return state.nextRunAt === null ? list.over : momentText(state.nextRunAt, now, timezone, language);
}

/** The job that somebody means by a number of the list that they saw last, by its id or by its name, which several may have. */
async function find(typed: string, errand: CronErrand): Promise<readonly JobView[]> {
  const scheduler = schedulerOf(errand);
  const jobs = await scheduler.listJobs({ includeDisabled: true });
  if (/^\d{1,4}$/u.test(typed)) {
    const shown = readShownJobs(errand.session.sql) ?? jobs.map(({ id }) => id);
    const id = shown[Number(typed) - 1];
    return jobs.filter((job) => job.id === id);
  }
  const wanted = typed.toLowerCase();
  const byId = jobs.filter((job) => job.id === wanted);
  return byId.length > 0 ? byId : jobs.filter(({ name }) => name.toLowerCase() === wanted);
}

function onlyOf(meant: readonly (JobView | null)[]): JobView | null {
  return meant.length === 1 ? (meant[0] ?? null) : null;
}

/** No job is meant, or several are. */
function notOne(typed: string, meant: readonly (JobView | null)[], { language }: CronErrand): string {
  const { several, unknownJob } = textsFor(language).jobs;
  const ids = meant.flatMap((job) => (job === null ? [] : [inlineCode(job.id)])).slice(0, IDS_SHOWN);
  return ids.length > 1 ? several(inlineCode(typed), ids.join(", ")) : unknownJob(inlineCode(typed));
}

/** From here on something may have been changed: what is found out now counts when the command is repeated. */
function begin({ session, id, now }: CronErrand, job: CronAttempt["job"]): CronAttempt {
  const before = readAttempt(session.sql, id, "cron");
  if (before) return before;
  const attempt: CronAttempt = { kind: "cron", at: now, job };
  keepAttempt(session.sql, id, attempt);
  return attempt;
}

/** Message ids are those of a chat. */
function wishOf({ session, id }: CronErrand): { readonly by: "chat"; readonly id: string } {
  return { by: "chat", id: `${session.key} ${id}` };
}

function readerOf({ session, language, now }: CronErrand): Reader {
  return { language, timezone: session.policy().behaviour.timezone, session: session.key, now };
}

/** A new stub each time: a broken one stays broken. */
function schedulerOf({ session }: CronErrand): ReturnType<typeof jobScheduler> {
  return jobScheduler(session.env, session.ref.agent, session.config());
}
