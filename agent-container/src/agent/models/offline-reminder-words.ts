/** What the offline model says about reminders, in the language that it was asked in. */
import type { Language } from "../../../../protocol/access.ts";
import type { ScheduleProblem } from "../../../../protocol/job-when.ts";

export type ReminderWords = {
  readonly language: Language;
  readonly planned: (text: string, when: string) => string;
  readonly notPlanned: (why: string) => string;
  readonly problem: Readonly<Record<ScheduleProblem | "unclear", string>>;
  /** A time was understood, but not what stood beside it. */
  readonly halfUnderstood: (time: string, left: string) => string;
  readonly howTo: string;
  readonly listed: string;
  readonly repeats: (schedule: string) => string;
  readonly oneByOne: string;
  readonly nothing: string;
  readonly notListed: (why: string) => string;
  readonly unknown: (what: string) => string;
  readonly several: string;
  readonly cancelled: (id: string) => string;
  readonly notCancelled: (why: string) => string;
};

const EN: ReminderWords = {
  language: "en",
  planned: (text, when) => `I will remind you: ${text}\nNext: ${when}.`,
  notPlanned: (why) => `I could not plan that: ${why}`,
  problem: {
    unclear: "I did not understand when I am to remind you, and of what.",
    past: "That time is over.",
    too_far: "That is too far ahead.",
    too_often: "That is too often: a minute is the shortest.",
  },
  halfUnderstood: (time, left) =>
    `I understood the time "${time}", but not what "${left}" has to do with it. Nothing is planned.`,
  howTo:
    'I understand, for example: "remind me in 20 minutes to stretch", "remind me to call Ada tomorrow at 9", "remind me at ' +
    '18:30 to cook", "remind me on Friday at 14:00 to pay", "remind me every day at 8 to drink water", "remind me every ' +
    'weekday at 9 to plan the day", "list my reminders", "cancel reminder stretch".',
  listed: "This is planned:",
  repeats: (schedule) => `again ${schedule}`,
  oneByOne: 'I cancel one at a time: "cancel reminder" and its first word here.',
  nothing: "Nothing is planned.",
  notListed: (why) => `I could not look what is planned: ${why}`,
  unknown: (what) => `I found no reminder "${what}". "List my reminders" shows all.`,
  several: "There are several of them. Cancel one by its first word:",
  cancelled: (id) => `The reminder ${id} is cancelled.`,
  notCancelled: (why) => `I could not cancel it: ${why}`,
};

const DE: ReminderWords = {
  language: "de",
  planned: (text, when) => `Ich erinnere dich: ${text}\nZuerst: ${when}.`,
  notPlanned: (why) => `Das konnte ich nicht planen: ${why}`,
  problem: {
    unclear: "Ich habe nicht verstanden, wann ich dich woran erinnern soll.",
    past: "Diese Zeit ist vorbei.",
    too_far: "Das ist zu weit weg.",
    too_often: "Das ist zu oft: Eine Minute ist das Kürzeste.",
  },
  halfUnderstood: (time, left) =>
    `Ich habe die Zeit „${time}“ verstanden, aber nicht, was „${left}“ damit zu tun hat. Geplant ist nichts.`,
  howTo:
    'Ich verstehe zum Beispiel: "erinnere mich in 20 Minuten ans Strecken", "erinnere mich morgen um 9 an den Anruf", ' +
    '"erinnere mich um 18:30 ans Kochen", "erinnere mich am Freitag um 14 Uhr an die Rechnung", "erinnere mich jeden Tag ' +
    'um 8 ans Trinken", "erinnere mich werktags um 9 an den Plan", "zeige meine Erinnerungen", "lösche Erinnerung Strecken".',
  listed: "Das ist geplant:",
  repeats: (schedule) => `wieder ${schedule}`,
  oneByOne: "Ich lösche eine nach der anderen: „lösche Erinnerung“ und ihr erstes Wort hier.",
  nothing: "Nichts ist geplant.",
  notListed: (why) => `Ich konnte nicht nachsehen, was geplant ist: ${why}`,
  unknown: (what) => `Ich habe keine Erinnerung „${what}“ gefunden. „Zeige meine Erinnerungen“ zeigt alle.`,
  several: "Davon gibt es mehrere. Lösche eine mit ihrem ersten Wort:",
  cancelled: (id) => `Die Erinnerung ${id} ist gelöscht.`,
  notCancelled: (why) => `Ich konnte sie nicht löschen: ${why}`,
};

export const REMINDER_WORDS: Readonly<Record<Language, ReminderWords>> = { en: EN, de: DE };
