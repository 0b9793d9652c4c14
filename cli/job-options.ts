/** What the flags of `claw jobs add` and `edit` mean: a job, or a change of one. Pure; errors are one line. */
import { readDuration } from "../protocol/duration.ts";
import { jobName } from "../protocol/job-name.ts";
import type { JobInput, JobPatch, Payload } from "../protocol/jobs.ts";
import { err, ok, type Result } from "../protocol/result.ts";
import type { JobAnswer } from "./job-answers.ts";
import { type Frame, onlyOne, readSchedule, type ScheduleFlags } from "./job-times.ts";

export type JobFlags = ScheduleFlags & {
  readonly name?: string;
  readonly remind?: string;
  readonly ask?: string;
  readonly event?: string;
  readonly to?: string;
  readonly webhook?: string;
  readonly none?: true;
  readonly model?: string;
  readonly timeout?: string;
  readonly keep?: true;
};

/** A new job. */
export function readNewJob(flags: JobFlags, frame: Frame): Result<JobInput, string> {
  const schedule = readSchedule(flags, null, frame);
  if (!schedule.ok) return schedule;
  const payload = readPayload(flags, null);
  if (!payload.ok) return payload;
  const delivery = readDelivery(flags);
  if (!delivery.ok) return delivery;
  if (schedule.value === null) return err("say when: --at 20m, --every 30m, or --cron '0 8 * * *'");
  if (payload.value === null) return err("say what: --remind <text>, --ask <text> or --event <text>");
  const text = flags.remind ?? flags.ask ?? flags.event ?? "";
  return ok({
    name: flags.name ?? jobName(text),
    schedule: schedule.value,
    payload: payload.value,
    ...delivery.value,
    ...(flags.keep && { deleteAfterRun: false }),
  });
}

/** A change of a job; what is not named stays. */
export function readJobChange(flags: JobFlags, job: JobAnswer, frame: Frame): Result<JobPatch, string> {
  const schedule = readSchedule(flags, job, frame);
  if (!schedule.ok) return schedule;
  const payload = readPayload(flags, job);
  if (!payload.ok) return payload;
  const delivery = readDelivery(flags);
  if (!delivery.ok) return delivery;
  const patch: JobPatch = {
    ...(flags.name !== undefined && { name: flags.name }),
    ...(schedule.value && { schedule: schedule.value }),
    ...(payload.value && { payload: payload.value }),
    ...delivery.value,
    ...(flags.keep && { deleteAfterRun: false }),
  };
  return Object.keys(patch).length === 0 ? err("say what is to change; --help lists the flags") : ok(patch);
}

/** Whether the time zone of the assistant must be known to read the flags. */
export function needsTimezone({ at, tz }: JobFlags): boolean {
  return at !== undefined && tz === undefined;
}

function readPayload(flags: JobFlags, job: JobAnswer | null): Result<Payload | null, string> {
  const what = onlyOne(flags, ["remind", "ask", "event"]);
  if (!what.ok) return what;
  const how = readHow(flags);
  if (!how.ok) return how;
  const before = job?.payload.kind === "agentTurn" ? job.payload : null;
  if (what.value === null) return changeHow(before, how.value);
  const { flag, text } = what.value;
  if (flag === "ask") return ok({ ...before, kind: "agentTurn", message: text, ...how.value });
  if (!isEmpty(how.value)) return err(ONLY_ASKED);
  return ok(flag === "remind" ? { kind: "reminder", text } : { kind: "systemEvent", text });
}

type Asked = Extract<Payload, { kind: "agentTurn" }>;

function changeHow(before: Asked | null, how: Partial<Asked>): Result<Payload | null, string> {
  if (isEmpty(how)) return ok(null);
  return before === null ? err(ONLY_ASKED) : ok({ ...before, ...how });
}

function isEmpty(fields: object): boolean {
  return Object.keys(fields).length === 0;
}

const ONLY_ASKED = "--model and --timeout belong to --ask";

/** How something is asked. */
function readHow({ model, timeout }: JobFlags): Result<{ model?: string; timeoutSeconds?: number }, string> {
  const ms = timeout === undefined ? null : timeout === "0" ? 0 : readDuration(timeout);
  if (timeout !== undefined && ms === null)
    return err("--timeout is a length of time such as 10m, or 0 for the longest");
  return ok({ ...(model !== undefined && { model }), ...(ms !== null && { timeoutSeconds: ms / 1_000 }) });
}

function readDelivery(flags: JobFlags): Result<Pick<JobPatch, "delivery">, string> {
  const { to, webhook, none } = flags;
  if ([to, webhook, none].filter((flag) => flag !== undefined).length > 1) {
    return err("only one of --to, --webhook and --none");
  }
  if (to !== undefined) return ok({ delivery: { mode: "announce", to } });
  if (webhook !== undefined) return ok({ delivery: { mode: "webhook", url: webhook } });
  return ok(none ? { delivery: { mode: "none" } } : {});
}
