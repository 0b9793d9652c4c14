/** What the offline model does about reminders: a call of `cron`, and an answer that says when. Pure. */
import type { Language } from "../../../../protocol/access.ts";
import { assertNever } from "../../../../protocol/assert.ts";
import { readDuration } from "../../../../protocol/duration.ts";
import { jobName } from "../../../../protocol/job-name.ts";
import { scheduleText } from "../../../../protocol/job-text.ts";
import type { ScheduleInput } from "../../../../protocol/jobs.ts";
import type { ReminderWish } from "./offline-reminder.ts";
import { REMINDER_WORDS, type ReminderWords } from "./offline-reminder-words.ts";
import type { OfflineReply, OfflineResult } from "./offline-rules.ts";

const TOOL = "cron";

/** The next step. `results` are what the tools have said so far. */
export function reminderStep(wish: ReminderWish, results: readonly OfflineResult[]): OfflineReply {
  const words = REMINDER_WORDS[wish.language];
  switch (wish.kind) {
    case "plan":
      return plan(wish, results, words);
    case "unclear":
      return say(`${problemOf(wish, words)}\n${words.howTo}`);
    case "list":
      return list(results, words.listed, words);
    case "cancel_all":
      return list(results, words.oneByOne, words);
    case "cancel":
      return cancel(wish.what, results, words);
    default:
      return assertNever(wish);
  }
}

function problemOf(
  { problem, understood }: Extract<ReminderWish, { kind: "unclear" }>,
  { problem: problems, halfUnderstood }: ReminderWords,
): string {
  return understood ? halfUnderstood(understood.time, understood.left) : problems[problem ?? "unclear"];
}

type Arguments = Extract<OfflineReply, { kind: "call" }>["args"];
type Plan = Extract<ReminderWish, { kind: "plan" }>;

function plan(wish: Plan, results: readonly OfflineResult[], words: ReminderWords): OfflineReply {
  const [first, second] = results;
  if (!first) return call(add(wish, wish.schedule));
  // The message has waited for so long that the time is over: then it counts from now.
  const isLate = first.failed && wish.fromNowMs !== null && second === undefined;
  if (isLate) return call(add(wish, { kind: "at", at: `${Math.ceil((wish.fromNowMs ?? 0) / 1_000)}s` }));
  const done = second ?? first;
  if (done.failed) return say(words.notPlanned(done.text));
  return say(words.planned(wish.text, whenOf(done.text, wish.language)));
}

function add({ text }: Plan, schedule: ScheduleInput): Arguments {
  const job = { name: jobName(text), schedule: scheduleArguments(schedule), payload: { kind: "reminder", text } };
  return { action: "add", job };
}

function scheduleArguments(schedule: ScheduleInput): Arguments {
  switch (schedule.kind) {
    case "at":
      return { kind: schedule.kind, at: schedule.at };
    case "every":
      return { kind: schedule.kind, everyMs: schedule.everyMs };
    case "cron":
      return { kind: schedule.kind, expr: schedule.expr, ...(schedule.tz !== undefined && { tz: schedule.tz }) };
    default:
      return assertNever(schedule);
  }
}

const NEXT = /^next: (?<day>\p{L}+), (?<time>.+), (?<distance>[^,\n]+)$/mu;

/** `next` of what the tool says: the time in the person's zone. German has no words for the rest of it. */
function whenOf(text: string, language: Language): string {
  const { day = "", time = "", distance = "" } = NEXT.exec(text)?.groups ?? {};
  return language === "de" ? time : `${day}, ${time}, ${distance}`;
}

function list([found]: readonly OfflineResult[], header: string, words: ReminderWords): OfflineReply {
  if (!found) return call({ action: "list" });
  if (found.failed) return say(words.notListed(found.text));
  const jobs = jobsIn(found.text, words);
  return say(jobs.length === 0 ? words.nothing : [header, ...jobs.map(({ line }) => line)].join("\n"));
}

/** A line of the list, with all that it says. */
const JOB = /^- (?<id>[a-z0-9-]+) "(?<name>(?:[^"\\]|\\.)*)": next: (?<next>[^;\n]*); (?<schedule>[^;\n]*).*$/gm;
const CRON = /^cron (?<expr>.+) \((?<tz>[^()]+)\)$/;

function jobsIn(
  list: string,
  { language, repeats }: ReminderWords,
): readonly { readonly id: string; readonly line: string; readonly all: string }[] {
  return [...list.matchAll(JOB)].map(({ 0: all, groups }) => {
    const { id = "", name = "", next = "", schedule = "" } = groups ?? {};
    const again = schedule === "once" ? "" : `; ${repeats(repeatText(schedule, language))}`;
    return { id, line: `- ${id}: ${name}, ${next}${again}`, all: all.toLowerCase() };
  });
}

/** What the tool says in English, or as an expression, in the words of the chat's commands. */
function repeatText(schedule: string, language: Language): string {
  const { expr, tz } = CRON.exec(schedule)?.groups ?? {};
  if (expr !== undefined && tz !== undefined) {
    return scheduleText({ kind: "cron", expr, tz, staggerMs: 0 }, tz, language);
  }
  const everyMs = readDuration(schedule.replace(/^every /, ""));
  return everyMs === null ? schedule : scheduleText({ kind: "every", everyMs, anchorMs: 0 }, "UTC", language);
}

function cancel(what: string, [found, removed]: readonly OfflineResult[], words: ReminderWords): OfflineReply {
  if (!found) return call({ action: "list" });
  if (found.failed) return say(words.notListed(found.text));
  const jobs = jobsIn(found.text, words);
  const wanted = what.toLowerCase();
  const exact = jobs.filter(({ id }) => id === wanted);
  const meant = exact.length > 0 ? exact : jobs.filter(({ all }) => all.includes(wanted));
  const [only] = meant;
  if (!only) return say(words.unknown(what));
  if (meant.length > 1) return say(`${words.several}\n${meant.map(({ line }) => line).join("\n")}`);
  if (!removed) return call({ action: "remove", jobId: only.id });
  return say(removed.failed ? words.notCancelled(removed.text) : words.cancelled(only.id));
}

function call(args: Arguments): OfflineReply {
  return { kind: "call", tool: TOOL, args };
}

function say(text: string): OfflineReply {
  return { kind: "say", text };
}
