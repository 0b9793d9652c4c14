/** What can follow each command of ours on Discord. Joined by spaces in this order, it is what would be typed. Pure. */
import { type Language, QUEUE_MODES, THINKING_LEVELS, USAGE_FOOTERS } from "../../../protocol/access.ts";
import type { CommandName } from "../../../protocol/commands.ts";
import { HEARTBEAT_ORDERS } from "../../../protocol/heartbeat.ts";

export type Words = Readonly<Record<Language, string>>;

/** As Discord is told of it ("Application Command Option Structure"). */
export type CommandOption = {
  readonly type: number;
  readonly name: string;
  readonly description: string;
  readonly description_localizations: Readonly<Record<string, string>>;
  readonly required?: true;
  readonly autocomplete?: true;
  readonly choices?: readonly { readonly name: string; readonly value: string }[];
};

/** "Application Command Option Type". */
const TYPE = { string: 3, attachment: 11 } as const;

const DEFAULT = "default";

export const ASK_OPTIONS: readonly CommandOption[] = [
  { ...text("text", { en: "what you want to say", de: "was du sagen möchtest" }), required: true },
  option(TYPE.attachment, "file", { en: "a file that goes with it", de: "eine Datei, die dazugehört" }),
];

/** Of the others, those without an entry take nothing. */
export const OPTIONS: Readonly<Partial<Record<CommandName, readonly CommandOption[]>>> = {
  new: [text("text", { en: "the first message of it", de: "die erste Nachricht darin" })],
  model: [
    {
      ...text("name", { en: "its name; without one, all are shown", de: "sein Name; ohne zeige ich alle" }),
      autocomplete: true,
    },
  ],
  compact: [text("text", { en: "what matters", de: "worauf es ankommt" })],
  context: [choice("form", { en: "how much of it", de: "wie ausführlich" }, ["list", "detail", "json"])],
  name: [text("name", { en: "the new name; default: none", de: "der neue Name; default: keiner" })],
  think: [choice("level", { en: "how hard", de: "wie gründlich" }, [...THINKING_LEVELS, DEFAULT])],
  usage: [choice("footer", { en: "what is shown", de: "was gezeigt wird" }, [...USAGE_FOOTERS, DEFAULT, "cost"])],
  budget: [
    text("text", { en: "allow 2.50; without it, what was used", de: "allow 2.50; ohne zeige ich den Verbrauch" }),
  ],
  queue: [choice("mode", { en: "what becomes of it", de: "was damit geschieht" }, [...QUEUE_MODES, DEFAULT])],
  activation: [choice("mode", { en: "when I answer", de: "wann ich antworte" }, ["mention", "always", DEFAULT])],
  link: [text("code", { en: "the code from your other channel", de: "der Code aus deinem anderen Kanal" })],
  pair: [
    choice("action", { en: "to let in is what I do without it", de: "ohne Angabe lasse ich herein" }, ["dismiss"]),
    text("code", { en: "the code of whoever asks", de: "der Code, den jemand bekommen hat" }),
  ],
  cron: [
    text("text", {
      en: "add in 20m Tea is ready; or show, run, on, off, rm, runs",
      de: "add in 20m Tee ist fertig; oder show, run, on, off, rm, runs",
    }),
  ],
  checklist: [
    text("text", {
      en: "add water the plants; or done 1, clear; without it, all is shown",
      de: "add Pflanzen gießen; oder done 1, clear; ohne zeige ich alles",
    }),
  ],
  heartbeat: [choice("order", { en: "how it stands without it", de: "ohne Angabe, wie er steht" }, HEARTBEAT_ORDERS)],
  config: [
    text("text", {
      en: "get, set, unset, history, diff, rollback, validate",
      de: "get, set, unset, history, diff, rollback, validate",
    }),
  ],
};

/** Words in all our languages, as Discord is told of them: English for whoever has none of them. */
export function described({ en, de }: Words) {
  return { description: en, description_localizations: { de } };
}

function text(name: string, words: Words): CommandOption {
  return option(TYPE.string, name, words);
}

function choice(name: string, words: Words, values: readonly string[]): CommandOption {
  return { ...text(name, words), choices: values.map((value) => ({ name: value, value })) };
}

function option(type: number, name: string, words: Words): CommandOption {
  return { type, name, ...described(words) };
}
