/** The commands that the edge carries out itself: the one list behind `/help`, `/commands` and the menus of the platforms. Pure. */
import { type Language, QUEUE_MODES, THINKING_LEVELS, USAGE_FOOTERS } from "./access.ts";

/** Where a command is of use. */
export type CommandPlace = "direct" | "group";

/** Who may give a command; what some may only look at and others change says so itself. */
export type CommandUser = "everyone" | "owner";

/** Commands that reach the agent as a turn of their own: what they are about is in the transcript. */
export const AGENT_COMMANDS = ["compact", "context", "checklist"] as const;
export type AgentCommand = (typeof AGENT_COMMANDS)[number];

type CommandEntry = {
  /** Without the slash. Telegram's "BotCommand": 1-32 of a-z, 0-9 and _. */
  readonly name: string;
  /** Other names of it; not in menus. */
  readonly aliases?: readonly string[];
  /** What may follow it, as it is typed. */
  readonly rest?: string;
  readonly where: CommandPlace | "everywhere";
  readonly who: CommandUser;
  /** In the short list of `/help`. */
  readonly isBasic?: true;
  /** Carried out, but offered nowhere. */
  readonly isHidden?: true;
  /** What it does, as in "/new starts ...". Telegram's "BotCommand": 1-256 characters. */
  readonly description: Readonly<Record<Language, string>>;
};

const COMMANDS = [
  {
    name: "new",
    aliases: ["reset"],
    rest: "[text]",
    where: "everywhere",
    who: "everyone",
    isBasic: true,
    description: {
      en: "starts a fresh conversation; text after it is its first message",
      de: "beginnt ein neues Gespräch; Text dahinter ist die erste Nachricht",
    },
  },
  {
    name: "stop",
    where: "everywhere",
    who: "everyone",
    isBasic: true,
    description: { en: "stops what I am doing", de: "bricht ab, woran ich gerade arbeite" },
  },
  {
    name: "status",
    where: "everywhere",
    who: "everyone",
    isBasic: true,
    description: {
      en: "shows model, conversation and what is going on",
      de: "zeigt Modell, Gespräch und was gerade läuft",
    },
  },
  {
    name: "model",
    aliases: ["models"],
    rest: "[name|number|default]",
    where: "everywhere",
    who: "everyone",
    isBasic: true,
    description: {
      en: "shows the models and picks one for this chat",
      de: "zeigt die Modelle und wählt eins für diesen Chat",
    },
  },
  {
    name: "compact",
    rest: "[what matters]",
    where: "everywhere",
    who: "everyone",
    description: {
      en: "sums up what was said so far, so that there is room again",
      de: "fasst das bisher Gesagte zusammen, damit wieder Platz ist",
    },
  },
  {
    name: "context",
    rest: "[list|detail|json]",
    where: "everywhere",
    who: "everyone",
    description: {
      en: "shows what the model is given with each message, and how much of it",
      de: "zeigt, was das Modell mit jeder Nachricht bekommt und wie viel davon",
    },
  },
  {
    name: "name",
    rest: "[name|default]",
    where: "everywhere",
    who: "everyone",
    description: { en: "names this conversation", de: "gibt diesem Gespräch einen Namen" },
  },
  {
    name: "think",
    rest: `[${[...THINKING_LEVELS, "default"].join("|")}]`,
    where: "everywhere",
    who: "everyone",
    description: {
      en: "says how hard I think before I answer",
      de: "legt fest, wie gründlich ich vor einer Antwort nachdenke",
    },
  },
  {
    name: "usage",
    rest: `[${[...USAGE_FOOTERS, "default", "cost"].join("|")}]`,
    where: "everywhere",
    who: "everyone",
    description: {
      en: "puts tokens, or also model and cost, below my answers; cost sums up what was used",
      de: "zeigt unter meinen Antworten Tokens oder auch Modell und Kosten; cost fasst den Verbrauch zusammen",
    },
  },
  {
    name: "budget",
    rest: "[allow dollars]",
    where: "direct",
    who: "owner",
    description: {
      en: "shows what was used, and allows more today",
      de: "zeigt den Verbrauch und erlaubt heute mehr",
    },
  },
  {
    name: "queue",
    rest: `[${[...QUEUE_MODES, "default"].join("|")}]`,
    where: "everywhere",
    who: "everyone",
    description: {
      en: "says what becomes of a message that comes while I work",
      de: "legt fest, was mit einer Nachricht geschieht, die kommt, während ich arbeite",
    },
  },
  {
    name: "activation",
    rest: "[mention|always|default]",
    where: "group",
    who: "owner",
    description: {
      en: "says when I answer in this group: when I am meant, or always",
      de: "legt fest, wann ich in dieser Gruppe antworte: wenn ich gemeint bin oder immer",
    },
  },
  {
    name: "link",
    rest: "[code]",
    where: "direct",
    who: "everyone",
    description: {
      en: "joins a second channel to you: gives a code here, takes it there",
      de: "verbindet einen zweiten Kanal mit dir: Code hier holen, dort eingeben",
    },
  },
  {
    name: "pair",
    rest: "[code|dismiss code]",
    where: "everywhere",
    who: "owner",
    description: {
      en: "shows who asks to be let in, and lets them in",
      de: "zeigt, wer Zugang möchte, und lässt rein",
    },
  },
  {
    name: "config",
    rest: "[get|set|unset|history|diff|rollback|validate]",
    where: "direct",
    who: "owner",
    description: { en: "shows and changes my configuration", de: "zeigt und ändert meine Konfiguration" },
  },
  {
    name: "cron",
    aliases: ["jobs", "reminders"],
    rest: "[add|show|run|on|off|rm|runs]",
    where: "direct",
    who: "owner",
    isBasic: true,
    description: {
      en: "shows what I do by myself and when, and plans more",
      de: "zeigt, was ich wann von selbst tue, und plant mehr",
    },
  },
  {
    name: "checklist",
    rest: "[add text|done number|clear]",
    where: "direct",
    who: "owner",
    isBasic: true,
    description: {
      en: "shows and changes what I look after from time to time",
      de: "zeigt und ändert, wonach ich von Zeit zu Zeit sehe",
    },
  },
  {
    name: "heartbeat",
    rest: "[now|on|off]",
    where: "direct",
    who: "owner",
    description: {
      en: "says when I look at the checklist, does it now, stops or starts it",
      de: "sagt, wann ich nach der Checkliste sehe, tut es jetzt, hält es an oder startet es",
    },
  },
  {
    name: "whoami",
    aliases: ["id"],
    where: "everywhere",
    who: "everyone",
    description: { en: "shows the id that you have here", de: "zeigt, welche ID du hier hast" },
  },
  {
    name: "commands",
    where: "everywhere",
    who: "everyone",
    description: { en: "lists all commands", de: "listet alle Befehle auf" },
  },
  {
    name: "help",
    where: "everywhere",
    who: "everyone",
    isBasic: true,
    description: { en: "shows a short help", de: "zeigt eine kurze Hilfe" },
  },
  {
    // Telegram sends it when somebody opens the chat; nobody types it.
    name: "start",
    where: "direct",
    who: "everyone",
    isHidden: true,
    description: { en: "says hello", de: "sagt hallo" },
  },
] as const satisfies readonly CommandEntry[];

export type CommandName = (typeof COMMANDS)[number]["name"];

/** A command as it is offered, in one language. */
export type OfferedCommand = Omit<CommandEntry, "description" | "name"> & {
  readonly name: CommandName;
  readonly description: string;
};

/** The commands that are offered at a place, in the order of the list; those of the owner say so. */
export function commandsAt(place: CommandPlace, language: Language): readonly OfferedCommand[] {
  const all: readonly (CommandEntry & { readonly name: CommandName })[] = COMMANDS;
  return all
    .filter(({ where, isHidden }) => !isHidden && (where === place || where === "everywhere"))
    .map(({ description, ...entry }) => ({ ...entry, description: description[language] }));
}

/** The command that somebody means by a name, or null: it is none of ours. */
export function commandNamed(name: string): CommandName | null {
  const all: readonly (CommandEntry & { readonly name: CommandName })[] = COMMANDS;
  return all.find((entry) => entry.name === name || entry.aliases?.includes(name))?.name ?? null;
}

/** How a command is typed, with what may follow it. */
export function commandLine({ name, rest }: Pick<OfferedCommand, "name" | "rest">): string {
  return rest === undefined ? `/${name}` : `/${name} ${rest}`;
}
