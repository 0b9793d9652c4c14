/** Reads what people write about reminders, in English and German: plan one, list them, cancel one. Pure, and never throws. */
import type { Language } from "../../../../protocol/access.ts";
import type { ScheduleProblem } from "../../../../protocol/job-when.ts";
import type { ScheduleInput } from "../../../../protocol/jobs.ts";
import { type Clock, NUMBER } from "./offline-numbers.ts";
import { takeTimeSaid, type TimeSaid } from "./offline-when.ts";

/** What somebody wants. `unclear`: a reminder, but not when, or of what. */
export type ReminderWish = { readonly language: Language } & (
  | {
      readonly kind: "plan";
      readonly text: string;
      readonly schedule: ScheduleInput;
      /** It was said as a time from now. */
      readonly fromNowMs: number | null;
    }
  | Unclear
  /** `cancel_all`: one is cancelled at a time. */
  | { readonly kind: "list" | "cancel_all" }
  | { readonly kind: "cancel"; readonly what: string }
);

type Unclear = {
  readonly kind: "unclear";
  readonly problem: ScheduleProblem | null;
  /** A time that was understood, and what stood around it and was not. */
  readonly understood?: { readonly time: string; readonly left: string };
};

/** A longer text is something else than a wish in a sentence. UTF-16 units. */
const MESSAGE_MAX = 2_000;

const ASKS: readonly (readonly [RegExp, Language])[] = [
  [/^(?:(?:please|can you|could you|hey)[\s,]+)*(?:remind me|set (?:me )?(?:up )?a reminder)(?!\p{L})[\s:,]*/iu, "en"],
  [/^(?:(?:bitte|kannst du|hey)[\s,]+)*(?:erinnere?|erinnerst du) mich(?!\p{L})(?:\s+bitte(?!\p{L}))?[\s:,]*/iu, "de"],
];
const LISTS: readonly (readonly [RegExp, Language])[] = [
  [/^(?:please )?(?:list|show)(?: me)?(?: all)?(?: of)?(?: my| the)? (?:reminders|jobs)(?!\p{L})/iu, "en"],
  [/^(?:what|which)(?: are my)? (?:reminders|jobs)(?!\p{L})|^do i have (?:any )?(?:reminders|jobs)(?!\p{L})/iu, "en"],
  [/^(?:bitte )?(?:zeige?|liste|nenne?)(?: mir)?(?: alle)?(?: meine| die)? (?:erinnerungen|jobs)(?!\p{L})/iu, "de"],
  [/^(?:welche|was sind(?: meine| die)?) (?:erinnerungen|jobs)(?!\p{L})|^habe ich erinnerungen(?!\p{L})/iu, "de"],
];
const CANCELS_ALL: readonly (readonly [RegExp, Language])[] = [
  [/^(?:please )?(?:cancel|delete|remove|stop)(?: all)?(?: of)?(?: my| the)? reminders$/iu, "en"],
  [/^(?:bitte )?(?:lösche?|storniere?|entferne?|streiche?)(?: alle)?(?: meine| die)? erinnerungen$/iu, "de"],
];
const CANCELS: readonly (readonly [RegExp, Language])[] = [
  [/^(?:please )?(?:cancel|delete|remove|stop)(?: my| the)? reminder(?: (?:to|about|for|called))?[\s:]+(.+)$/isu, "en"],
  [/^(?:please )?(?:cancel|delete|remove|stop)(?: my| the)? (.+?) reminder$/isu, "en"],
  [/^(?:bitte )?(?:lösche?|storniere?|entferne?|streiche?)(?: meine| die)? erinnerung(?: an)?[\s:]+(.+)$/isu, "de"],
  [/^(?:bitte )?(?:meine |die )?erinnerung(?: an)?[\s:]+(.+?) (?:löschen|stornieren|entfernen)$/isu, "de"],
];

/** What a message wants with reminders; null: nothing. */
export function readReminder(message: string, clock: Clock): ReminderWish | null {
  if (message.length > MESSAGE_MAX) return null;
  const text = withoutEnd(message.toWellFormed());
  for (const [pattern, language] of ASKS) {
    const asked = pattern.exec(text);
    if (asked) return { language, ...readAsked(text.slice(asked[0].length), clock) };
  }
  const listed = LISTS.find(([pattern]) => pattern.test(text));
  if (listed) return { kind: "list", language: listed[1] };
  const all = CANCELS_ALL.find(([pattern]) => pattern.test(text));
  if (all) return { kind: "cancel_all", language: all[1] };
  for (const [pattern, language] of CANCELS) {
    const what = unquoted(pattern.exec(text)?.[1] ?? "");
    if (what !== "") return { kind: "cancel", language, what };
  }
  return readTimeFirst(text, clock);
}

/** `In 10 minutes remind me to stretch`. */
function readTimeFirst(text: string, clock: Clock): ReminderWish | null {
  const first = takeTimeSaid(text, clock);
  for (const [pattern, language] of first === null ? [] : ASKS) {
    const asked = first === null ? null : pattern.exec(first.rest);
    if (first && asked) return { language, ...planOf(first.rest.slice(asked[0].length), first, text) };
  }
  return null;
}

type Asked = Unclear | Planned;
type Planned = {
  readonly kind: "plan";
  readonly text: string;
  readonly schedule: ScheduleInput;
  readonly fromNowMs: number | null;
};

/** The time stands before or behind the words; between the two there is often a word that belongs to neither. */
function readAsked(asked: string, clock: Clock): Asked {
  const said = withoutLink(asked);
  const first = takeTimeSaid(said, clock);
  if (first?.isAbout === false) return planOf(first.rest, first, said);
  const [day = ""] = DAY.exec(said) ?? [];
  const words = said.slice(day.length);
  for (const { index } of words.matchAll(/(?<=\s)\S/gu)) {
    const time = day + words.slice(index);
    const last = takeTimeSaid(time, clock);
    if (last?.rest === "") return planOf(words.slice(0, index), last, time);
  }
  return first === null ? UNCLEAR : planOf(first.rest, first, said);
}

const UNCLEAR = { kind: "unclear", problem: null } as const;

/** Belongs to the time, wherever that stands: `tomorrow to call Ada at 9:00`. */
const DAY =
  /^(?:(?:today|tonight|tomorrow|heute|morgen|übermorgen|this)\s+(?:(?:morning|noon|afternoon|evening|night|früh|vormittag|mittag|nachmittag|abend|nacht)\s+)?|in the (?:morning|afternoon|evening)\s+)/iu;
/** Words at an end that say more about the time than was understood. */
const TIME_WORD =
  "today|tonight|tomorrow|next|this|week|month|year|morning|noon|afternoon|evening|night|weekend|heute|morgen|übermorgen|nächste[nrs]?|" +
  "woche|monat|jahr|früh|mittags?|nachmittags?|abends?|nachts?|wochenende|every|each|daily|alle|jede[nrs]?|täglich|" +
  "(?:mon|tues|wednes|thurs|fri|satur|sun)days?|(?:mon|diens|donners|frei|sams|sonn)tags?|mittwochs?";
const UNIT =
  "seconds?|sekunden?|minutes?|minuten?|hours?|stunden?|days?|tage?n?|weeks?|wochen?|months?|monaten?|monate";
/** Words behind a time that belong to it. */
const GOES_ON = new RegExp(
  `^(?:and|und|or|oder|past|in the|in der|from now|half|halb|quarter|viertel|until|till|bis|except|außer|(?:at|um|in|for|für)\\s+\\d+|\\d+|${UNIT}|o['’]clock|uhr)(?!\\p{L})`,
  "iu",
);
const BEGINS_WITH_TIME = new RegExp(`^(?:on\\s+|am\\s+)?(?:${TIME_WORD})(?!\\p{L})`, "iu");
/** Words before a time that belong to it. */
const ENDS_WITH_TIME = new RegExp(
  `(?<!\\p{L})(?:${TIME_WORD}|(?:${NUMBER}|other|zweiten?)\\s*(?:${UNIT}|tag)|and|und|or|oder|other|zweiten?|half|halb|quarter|viertel|past|from|to|von|bis|until|till|between|first|second|last|erste[nr]?|letzte[nr]?)$`,
  "iu",
);

/** `said` begins with the time. */
function planOf(words: string, { schedule, fromNowMs, rest }: TimeSaid, said: string): Asked {
  const text = withoutEnd(withoutLink(words));
  if (!schedule.ok) return { kind: "unclear", problem: schedule.error };
  if (text === "") return UNCLEAR;
  const left = GOES_ON.test(words.trim()) || BEGINS_WITH_TIME.test(text) || ENDS_WITH_TIME.test(text);
  if (!left) return { kind: "plan", text, schedule: schedule.value, fromNowMs };
  const time = said.slice(0, said.length - rest.length).trim();
  return { ...UNCLEAR, understood: { time, left: text } };
}

const LINK = /^(?:(?:to|that|about|of|an|ans|daran|dass|zu)(?!\p{L})|[,:;-])\s*/iu;

/** Without the words that join what to when. */
function withoutLink(text: string): string {
  const rest = text.trimStart();
  const shorter = rest.replace(LINK, "");
  return shorter === rest ? rest.trim() : withoutLink(shorter);
}

/** Without the marks and the politeness at its end. */
function withoutEnd(text: string): string {
  return text.trim().replace(/(?:[\s,]+(?:please|bitte))?[\s.!?,;]*$/iu, "");
}

function unquoted(text: string): string {
  return withoutEnd(text)
    .replace(/^["'“”„‘’]+|["'“”„‘’]+$/gu, "")
    .trim();
}
