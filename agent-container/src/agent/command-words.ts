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
  readonly checklist: {
    readonly title: string;
    readonly empty: string;
    readonly added: string;
    readonly done: string;
    readonly cleared: string;
    readonly unknownItem: string;
    readonly notBefore: (when: string) => string;
    readonly notes: string;
    readonly full: string;
    readonly unreadable: string;
    readonly usage: string;
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
  checklist: {
    title: "Your checklist",
    empty:
      "Your checklist is empty, so no heartbeat runs and nothing is spent. `/checklist add <text>` puts something on it.",
    added: "It is on the list.",
    done: "That is done.",
    cleared: "The list is cleared.",
    unknownItem: "There is no item with that number.",
    notBefore: (when) => `not before ${when}`,
    notes: "Besides, HEARTBEAT.md says:",
    full: "The list is too long already: every heartbeat reads all of it. `/checklist clear` empties it.",
    unreadable: "HEARTBEAT.md cannot be read as text. Ask me to write it anew.",
    usage: "`/checklist`, `/checklist add <text>`, `/checklist done <number>` or `/checklist clear`",
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
  checklist: {
    title: "Deine Checkliste",
    empty:
      "Deine Checkliste ist leer, deshalb läuft kein Heartbeat und nichts wird ausgegeben. `/checklist add <Text>` setzt " +
      "etwas darauf.",
    added: "Es steht auf der Liste.",
    done: "Das ist erledigt.",
    cleared: "Die Liste ist geleert.",
    unknownItem: "Einen Eintrag mit dieser Nummer gibt es nicht.",
    notBefore: (when) => `nicht vor ${when}`,
    notes: "Außerdem steht in HEARTBEAT.md:",
    full: "Die Liste ist schon zu lang: Jeder Heartbeat liest sie ganz. `/checklist clear` leert sie.",
    unreadable: "HEARTBEAT.md lässt sich nicht als Text lesen. Bitte mich, die Datei neu zu schreiben.",
    usage: "`/checklist`, `/checklist add <Text>`, `/checklist done <Nummer>` oder `/checklist clear`",
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
