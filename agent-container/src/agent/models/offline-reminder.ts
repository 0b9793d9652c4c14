/** Reads what people write about reminders, in English and German: plan one, list them, cancel one. Pure, and never throws. */
import type { Language } from "../../../../protocol/access.ts";
import type { ScheduleProblem } from "../../../../protocol/job-when.ts";
import type { ScheduleInput } from "../../../../protocol/jobs.ts";
import { type Clock, takeTimeSaid, type TimeSaid } from "./offline-when.ts";

/** What somebody wants. `unclear`: a reminder, but not when, or of what. */
export type ReminderWish = { readonly language: Language } & (
  | {
      readonly kind: "plan";
      readonly text: string;
      readonly schedule: ScheduleInput;
      /** It was said as a time from now. */
      readonly fromNowMs: number | null;
    }
  | { readonly kind: "unclear"; readonly problem: ScheduleProblem | null }
  | { readonly kind: "list" }
  | { readonly kind: "cancel"; readonly what: string }
);

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
  [/^welche (?:erinnerungen|jobs)(?!\p{L})|^habe ich erinnerungen(?!\p{L})/iu, "de"],
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
  for (const [pattern, language] of CANCELS) {
    const what = unquoted(pattern.exec(text)?.[1] ?? "");
    if (what !== "") return { kind: "cancel", language, what };
  }
  return null;
}

type Asked = { readonly kind: "unclear"; readonly problem: ScheduleProblem | null } | Planned;
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
  if (first) return planOf(first.rest, first);
  const [day = ""] = DAY.exec(said) ?? [];
  const words = said.slice(day.length);
  for (const { index } of words.matchAll(/(?<=\s)\S/gu)) {
    const last = takeTimeSaid(day + words.slice(index), clock);
    if (last?.rest === "") return planOf(words.slice(0, index), last);
  }
  return UNCLEAR;
}

const UNCLEAR = { kind: "unclear", problem: null } as const;

/** Belongs to the time, wherever that stands: `tomorrow to call Ada at 9:00`. */
const DAY = /^(?:today|tomorrow|heute|morgen)\s+/iu;
/** Words at an end that say more about the time than was understood. */
const TIME_WORD =
  "today|tonight|tomorrow|next|this|week|month|year|morning|noon|afternoon|evening|night|weekend|heute|morgen|übermorgen|nächste[nrs]?|" +
  "woche|monat|jahr|früh|mittags?|nachmittags?|abends?|nachts?|wochenende|every|each|daily|alle|jede[nrs]?|täglich|" +
  "(?:mon|tues|wednes|thurs|fri|satur|sun)days?|(?:mon|diens|donners|frei|sams|sonn)tags?|mittwochs?";
const TIME_LEFT = new RegExp(`^(?:on\\s+|am\\s+)?(?:${TIME_WORD})(?!\\p{L})|(?<!\\p{L})(?:${TIME_WORD})$`, "iu");

function planOf(words: string, { schedule, fromNowMs }: TimeSaid): Asked {
  const text = withoutEnd(withoutLink(words));
  if (!schedule.ok) return { kind: "unclear", problem: schedule.error };
  if (text === "" || TIME_LEFT.test(text)) return UNCLEAR;
  return { kind: "plan", text, schedule: schedule.value, fromNowMs };
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
