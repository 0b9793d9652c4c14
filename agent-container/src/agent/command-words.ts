/** What the answers to commands say, in the languages that we speak. Pure. */
import type { Language } from "../../../protocol/access.ts";

export type CommandWords = {
  readonly nothingToSumUp: string;
  readonly notSummedUp: string;
  summedUp(before: string, after: string): string;
  /** The lines of a report of what fills the window. */
  readonly context: {
    total(tokens: string, windowTokens: string, percent: string): string;
    prompt(chars: string): string;
    tools(count: string, chars: string): string;
    messages(count: string, chars: string): string;
    answers(count: string, chars: string): string;
    results(count: string, chars: string): string;
    pictures(count: string): string;
    readonly neverSummedUp: string;
    summary(times: string, chars: string): string;
    chars(count: string): string;
    readonly missing: string;
    cut(chars: string, shown: string): string;
  };
  /** Stands between thousands. */
  readonly separator: string;
};

const EN: CommandWords = {
  nothingToSumUp: "There is nothing to sum up yet: what was said last stays as it is.",
  notSummedUp:
    "I could not sum up this conversation just now, so it stays as it is. Please try again in a moment; /new begins a " +
    "fresh conversation.",
  summedUp: (before, after) => `🧹 Summed up: about ${before} tokens before, ${after} now.`,
  context: {
    total: (tokens, windowTokens, percent) => `**Context:** about ${tokens} of ${windowTokens} tokens (${percent} %)`,
    prompt: (chars) => `System prompt: ${chars}`,
    tools: (count, chars) => `Tools: ${count}, ${chars}`,
    messages: (count, chars) => `Messages: ${count}, ${chars}`,
    answers: (count, chars) => `Answers and calls: ${count}, ${chars}`,
    results: (count, chars) => `Tool results: ${count}, ${chars}`,
    pictures: (count) => `Pictures: ${count}`,
    neverSummedUp: "Not summed up so far",
    summary: (times, chars) => `Summed up ${times === "1" ? "once" : `${times} times`}; the summary has ${chars}`,
    chars: (count) => `${count} characters`,
    missing: "missing",
    cut: (chars, shown) => `${chars}, cut to ${shown}`,
  },
  separator: ",",
};

const DE: CommandWords = {
  nothingToSumUp: "Es gibt noch nichts zusammenzufassen: Was zuletzt gesagt wurde, bleibt, wie es ist.",
  notSummedUp:
    "Ich konnte dieses Gespräch gerade nicht zusammenfassen, deshalb bleibt es, wie es ist. Bitte versuche es gleich noch " +
    "einmal; /new beginnt ein neues Gespräch.",
  summedUp: (before, after) => `🧹 Zusammengefasst: vorher etwa ${before} Tokens, jetzt ${after}.`,
  context: {
    total: (tokens, windowTokens, percent) => `**Kontext:** etwa ${tokens} von ${windowTokens} Tokens (${percent} %)`,
    prompt: (chars) => `System-Prompt: ${chars}`,
    tools: (count, chars) => `Werkzeuge: ${count}, ${chars}`,
    messages: (count, chars) => `Nachrichten: ${count}, ${chars}`,
    answers: (count, chars) => `Antworten und Aufrufe: ${count}, ${chars}`,
    results: (count, chars) => `Ergebnisse von Werkzeugen: ${count}, ${chars}`,
    pictures: (count) => `Bilder: ${count}`,
    neverSummedUp: "Bisher nicht zusammengefasst",
    summary: (times, chars) => `${times} Mal zusammengefasst; die Zusammenfassung hat ${chars}`,
    chars: (count) => `${count} Zeichen`,
    missing: "fehlt",
    cut: (chars, shown) => `${chars}, gekürzt auf ${shown}`,
  },
  separator: ".",
};

const WORDS: Readonly<Record<Language, CommandWords>> = { en: EN, de: DE };

/** The words of a language; English unless another is named. */
export function commandWords(language: Language | undefined): CommandWords {
  return WORDS[language ?? "en"];
}

/** For example `12,300`. */
export function formatCount(number: number, { separator }: CommandWords): string {
  return String(number).replace(/\B(?=(?:\d{3})+$)/g, separator);
}
