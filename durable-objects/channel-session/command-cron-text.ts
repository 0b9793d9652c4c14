/** What `/cron` says, in words. Pure; every text fits into one message. */
import type { Language } from "../../protocol/access.ts";
import { formatDistance, formatDuration } from "../../protocol/duration.ts";
import type { Delivery, JobRefusal, JobView, RunView } from "../../protocol/jobs.ts";
import { payloadText } from "../../protocol/job-name.ts";
import { momentText, scheduleText } from "../../protocol/job-text.ts";
import type { SessionKey } from "../../protocol/session-key.ts";
import { inlineCode } from "../../protocol/texts/inline-code.ts";
import type { JobTexts } from "../../protocol/texts/jobs.ts";
import { formatCost, formatTime, textsFor } from "../../protocol/texts/language.ts";
import { boundedList } from "./command-list.ts";
import type { Said } from "./command-said.ts";
import type { EdgeButton } from "./edge-button.ts";

/** Where and when something is said. */
export type Reader = {
  readonly language: Language;
  readonly timezone: string;
  readonly session: SessionKey;
  readonly now: number;
};

/** Of what a job says, in its card. UTF-16 units, as below. */
const TEXT_MAX = 1_500;
const ERROR_MAX = 300;
const KEY_MAX = 512;

/** The numbered list. */
export function renderJobs(jobs: readonly JobView[], reader: Reader): string {
  const { jobs: texts, more } = textsFor(reader.language);
  if (jobs.length === 0) return texts.list.none;
  const rest = (count: string) => `${more(count)}; ${texts.list.rest}`;
  const lines = jobs.map((job, index) => jobLine(job, index + 1, reader, texts));
  return [texts.list.header(reader.timezone), boundedList(lines, rest), texts.list.hint].join("\n\n");
}

/** The name, and the id where it is another one. */
function labelOf({ name, id }: JobView): string {
  return name === id ? inlineCode(id) : `${inlineCode(name)} (${inlineCode(id)})`;
}

/** Whether it has come once and will not come again. */
export function isOver({ schedule }: Pick<JobView, "schedule">, now: number): boolean {
  return schedule.kind === "at" && schedule.at <= now;
}

function jobLine(job: JobView, number: number, reader: Reader, { list, outcome }: JobTexts): string {
  const { state } = job;
  const { timezone, language, now } = reader;
  const item = list.item({
    number: String(number),
    label: labelOf(job),
    schedule: scheduleText(job.schedule, timezone, language),
  });
  const last =
    state.lastStatus === null || state.lastRunAt === null
      ? []
      : [list.last(outcome[state.lastStatus], formatDistance(state.lastRunAt, now, language))];
  const failures = state.failuresInRow > 1 ? [list.failures(String(state.failuresInRow))] : [];
  return [item, dueText(job, reader, list), ...last, ...failures].join("; ");
}

function dueText(
  { enabled, schedule, state }: JobView,
  { timezone, language, now }: Reader,
  list: JobTexts["list"],
): string {
  if (!enabled) return list.off;
  if (state.nextRunAt === null) return list.over;
  // When it is has been said.
  if (schedule.kind === "at") return formatDistance(state.nextRunAt, now, language);
  return list.next(formatTime(state.nextRunAt, timezone, language), formatDistance(state.nextRunAt, now, language));
}

/** What became of a new one. */
export function renderAdded(job: JobView, { timezone, language, now }: Reader): Said {
  const { add, show, list } = textsFor(language).jobs;
  const { nextRunAt } = job.state;
  const named = { name: inlineCode(job.name), schedule: scheduleText(job.schedule, timezone, language) };
  const done =
    job.schedule.kind === "at"
      ? add.once({ ...named, distance: formatDistance(job.schedule.at, now, language) })
      : add.again({
          ...named,
          next: nextRunAt === null ? list.over : momentText(nextRunAt, now, timezone, language),
        });
  const text = [done, add.what[job.payload.kind], add.undo(inlineCode(`/cron rm ${job.id}`))].join(" ");
  return { text, buttons: [[button(show.remove, `rm ${job.id}`)]] };
}

/** All about one job, with what can be done with it. `last`: its newest run. */
export function renderJob(job: JobView, last: RunView | null, reader: Reader): Said {
  const { jobs: texts } = textsFor(reader.language);
  const { show } = texts;
  const { timezone, language, now } = reader;
  const { state, enabled } = job;
  const header = show.header({
    label: labelOf(job),
    state: enabled ? show.on : show.off,
  });
  const next = state.nextRunAt === null ? [] : [show.next(momentText(state.nextRunAt, now, timezone, language))];
  const staggerMs = job.schedule.kind === "cron" ? job.schedule.staggerMs : 0;
  const error = inlineCode(state.lastError ?? "?", ERROR_MAX);
  const lines = [
    show.when(scheduleText(job.schedule, timezone, language)),
    ...(staggerMs > 0 ? [show.stagger(formatDuration(staggerMs, language))] : []),
    show.what[job.payload.kind](inlineCode(payloadText(job.payload), TEXT_MAX)),
    show.to(placeText(job.delivery, reader.session, texts)),
    ...next,
    ...(last === null ? [] : [show.last(runLine(last, false, reader, texts))]),
    ...(state.failuresInRow > 0 ? [show.failures(String(state.failuresInRow), error)] : []),
    ...(state.missed > 0 ? [show.missed(String(state.missed))] : []),
  ];
  const toggle = enabled ? button(show.switchOff, `off ${job.id}`) : button(show.switchOn, `on ${job.id}`);
  const toggles = enabled || !isOver(job, now) ? [toggle] : [];
  const buttons = [[button(show.runNow, `run ${job.id}`), ...toggles], [button(show.remove, `rm ${job.id}`)]];
  return { text: [header, lines.map((line) => `- ${line}`).join("\n")].join("\n\n"), buttons };
}

function placeText(delivery: Delivery, session: SessionKey, { show: { place } }: JobTexts): string {
  switch (delivery.mode) {
    case "none":
      return place.none;
    case "webhook":
      // Its path may be a secret.
      return place.webhook(inlineCode(URL.canParse(delivery.url) ? new URL(delivery.url).host : "?", KEY_MAX));
    case "announce":
      if (delivery.to === "owner") return place.owner;
      return delivery.to === session ? place.here : inlineCode(delivery.to, KEY_MAX);
  }
}

/** The newest runs, of one job or of all. */
export function renderRuns(runs: readonly RunView[], job: JobView | null, reader: Reader): string {
  const { jobs: texts, more } = textsFor(reader.language);
  if (runs.length === 0) return texts.runs.none;
  const lines = runs.map((run) => runLine(run, job === null, reader, texts));
  const header = job === null ? texts.runs.header : texts.runs.headerOf(inlineCode(job.name));
  return [header, boundedList(lines, more)].join("\n\n");
}

function runLine(run: RunView, withJob: boolean, { timezone, language }: Reader, texts: JobTexts): string {
  const { status, delivery, usage, error } = run;
  const at = formatTime(run.endedAt ?? run.startedAt ?? run.slot, timezone, language);
  const outcome = status === null ? texts.underWay : texts.outcome[status];
  const parts = [
    outcome,
    ...(status === null ? [] : [texts.delivery[delivery]]),
    ...(usage === null ? [] : [formatCost(usage.costUsd, language)]),
    ...(error === null ? [] : [inlineCode(error, ERROR_MAX)]),
  ];
  return `${at}${withJob ? ` ${inlineCode(run.jobId)}` : ""}: ${parts.join(", ")}`;
}

/** Why something was refused; what is wrong in particular is in English. */
export function renderRefusal({ code, message }: JobRefusal, language: Language): string {
  const { refused } = textsFor(language).jobs;
  const isInParticular = code.startsWith("bad_");
  return isInParticular ? `${refused[code]} ${inlineCode(message, ERROR_MAX)}` : refused[code];
}

function button(label: string, rest: string): EdgeButton {
  return { label, value: `/cron ${rest}`, isCommand: true };
}
