/** What the flags of `claw jobs` say about when: a schedule, or none. Pure; errors are one line. */
import { readDuration } from "../protocol/duration.ts";
import { scheduleOf, takeWhen } from "../protocol/job-when.ts";
import type { ScheduleInput } from "../protocol/jobs.ts";
import { err, ok, type Result } from "../protocol/result.ts";
import { timezoneProblem } from "../protocol/setting-checks.ts";
import type { JobAnswer } from "./job-answers.ts";

export type ScheduleFlags = {
  readonly at?: string;
  readonly every?: string;
  readonly cron?: string;
  readonly tz?: string;
  readonly exact?: true;
};

/** `timezone`: of the assistant, for whoever names none. */
export type Frame = { readonly now: number; readonly timezone: string };

/** The schedule that the flags name, or what they change of that of `job`; null: neither. */
export function readSchedule(
  flags: ScheduleFlags,
  job: JobAnswer | null,
  frame: Frame,
): Result<ScheduleInput | null, string> {
  const { tz, exact } = flags;
  const problem = tz === undefined ? null : timezoneProblem(tz);
  if (problem !== null) return err(`--tz ${problem}`);
  const when = onlyOne(flags, ["at", "every", "cron"]);
  if (!when.ok) return when;
  if (when.value === null) return changeOf(flags, job);
  const { flag, text } = when.value;
  if (flag === "cron") return ok(cronOf(text, tz, exact));
  if (exact || (flag === "every" && tz !== undefined)) return err(ONLY_CRON);
  return flag === "at" ? readAt(text, { ...frame, ...(tz !== undefined && { timezone: tz }) }) : readEvery(text);
}

const ONLY_CRON = "--exact belongs to --cron, and --tz to --cron or --at";

function changeOf({ tz, exact }: ScheduleFlags, job: JobAnswer | null): Result<ScheduleInput | null, string> {
  if (tz === undefined && exact === undefined) return ok(null);
  if (job?.schedule.kind !== "cron") return err(ONLY_CRON);
  return ok(cronOf(job.schedule.expr, tz ?? job.schedule.tz, exact));
}

function cronOf(expr: string, tz: string | undefined, exact: true | undefined): ScheduleInput {
  return { kind: "cron", expr, ...(tz !== undefined && { tz }), ...(exact && { staggerMs: 0 }) };
}

const AT = "--at is a time from now such as 20m, or one such as '2026-12-01 09:00', 'tomorrow 9:00' or 9:00";

function readAt(text: string, frame: Frame): Result<ScheduleInput, string> {
  const ms = readDuration(text.replace(/^in\s+/i, ""));
  const when = ms === null ? takeMoment(text) : ({ kind: "in", ms } as const);
  if (when === null) return err(AT);
  const schedule = scheduleOf(when, frame);
  if (schedule.ok) return schedule;
  return err(schedule.error === "past" ? "--at is over already" : "--at lies more than ten years ahead");
}

function takeMoment(text: string) {
  for (const typed of [`at ${text}`, text]) {
    const taken = takeWhen(typed);
    const isMoment = taken.ok && taken.value.rest === "" && ["at", "instant"].includes(taken.value.when.kind);
    if (isMoment) return taken.value.when;
  }
  return null;
}

function readEvery(text: string): Result<ScheduleInput, string> {
  const everyMs = readDuration(text);
  return everyMs === null ? err("--every is a length of time such as 30m or 2h") : ok({ kind: "every", everyMs });
}

/** The one of these flags that is given; null: none is. */
export function onlyOne<Flag extends string>(
  flags: Readonly<Partial<Record<Flag, string>>>,
  names: readonly Flag[],
): Result<{ readonly flag: Flag; readonly text: string } | null, string> {
  const given = names.flatMap((flag) => {
    const text = flags[flag];
    return text === undefined ? [] : [{ flag, text }];
  });
  if (given.length > 1) return err(`only one of ${names.map((name) => `--${name}`).join(", ")}`);
  return ok(given[0] ?? null);
}
