/** What people are told of the budget, in each language. Amounts, times and labels come in as they are to be read. */
import type { Period, SpendKind, Whose } from "../budget.ts";

/** A limit in words: what it is, how much of it is used, and when it begins anew. */
export type LimitWords = {
  readonly name: string;
  readonly spent: string;
  readonly limit: string;
  readonly until: string;
};

export type BudgetTexts = {
  /** A limit begins anew then. */
  readonly from: (time: string) => string;
  /** At the beginning of a sentence. */
  readonly name: Readonly<Record<Whose, Readonly<Record<Period, string>>>>;
  /** To the owner, where they wrote. */
  readonly parked: (words: LimitWords) => string;
  /** To guests and groups, who are told no amounts. */
  readonly parkedElsewhere: (until: string) => string;
  /** To the owner: somebody else waits. `who`: `inlineCode`. */
  readonly otherWaits: (words: LimitWords & { readonly who: string }) => string;
  /** To the owner: background work was left out. */
  readonly workLeftOut: (words: LimitWords) => string;
  readonly allow: (amount: string) => string;
  readonly wait: string;
  readonly waiting: string;
  /** `left`: what may be used now. */
  readonly allowed: (amount: string, left: string) => string;
  /** What comes after it: either. */
  readonly goesOn: string;
  readonly stillUsedUp: (words: LimitWords) => string;
  /** Where there are no buttons. `line`: a command. */
  readonly type: (line: string) => string;
  readonly offerGone: string;
  readonly noLimit: string;
  readonly malformed: string;
  readonly tokens: (count: string) => string;
  readonly report: {
    readonly title: string;
    readonly today: string;
    readonly month: string;
    readonly used: (cost: string, tokens: string, calls: string) => string;
    readonly limits: string;
    readonly noLimits: string;
    readonly limit: (words: LimitWords) => string;
    readonly held: (amount: string) => string;
    readonly lines: string;
    readonly payer: { readonly owner: string; readonly forgotten: string };
    readonly kind: Readonly<Record<SpendKind, string>>;
    readonly waiting: (count: string) => string;
    readonly hint: string;
  };
};

/** Within a sentence. */
const lowerFirst = (text: string): string => `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`;

export const BUDGET_EN: BudgetTexts = {
  name: {
    agent: { day: "Today's budget", month: "This month's budget" },
    person: { day: "The budget of this guest for today", month: "The budget of this guest for this month" },
    group: { day: "The budget of this group for today", month: "The budget of this group for this month" },
  },
  from: (time) => `from ${time} on`,
  parked: ({ name, spent, limit, until }) =>
    `💸 ${name} is used up: ${spent} of ${limit}. I have kept your message and go on with it ${until}, or as soon as you allow more.`,
  parkedElsewhere: (until) =>
    `💸 I have used up what I may spend for now. I have kept your message and go on ${until}.`,
  otherWaits: ({ name, spent, limit, until, who }) =>
    `💸 ${name} is used up: ${spent} of ${limit}. ${who} waits for an answer; I go on ${until}, or when you allow more.`,
  workLeftOut: ({ name, spent, limit, until }) =>
    `💸 ${name} is used up: ${spent} of ${limit}. What I do by myself is left out and goes on ${until}, or when you allow more.`,
  allow: (amount) => `Allow ${amount} more today`,
  wait: "Wait",
  waiting: "⏳ Then it waits.",
  allowed: (amount, left) => `💸 I may use ${amount} more today, so ${left} now.`,
  goesOn: "What waited for it goes on.",
  stillUsedUp: ({ name, spent, limit, until }) =>
    `But ${lowerFirst(name)} is still used up: ${spent} of ${limit}, anew ${until}. Until then everything waits, unless you allow more of it, as in \`/budget allow 2.50\` or \`/budget allow 100000 tokens\`.`,
  type: (line) => `Type \`${line}\` to allow more today.`,
  offerGone: "That was taken already, or is too old. `/budget allow 2.50` allows an amount of dollars.",
  noLimit: "There is no limit that could be raised.",
  malformed:
    "Type `/budget` to see what was used, or `/budget allow 2.50` to allow so many dollars more today (`/budget allow 100000 tokens` for tokens).",
  tokens: (count) => `${count} tokens`,
  report: {
    title: "💸 **What I used**",
    today: "Today",
    month: "This month",
    used: (cost, tokens, calls) => `${cost}, ${tokens}, ${calls} model calls`,
    limits: "**Limits**",
    noLimits: "No limit is set.",
    limit: ({ name, spent, limit, until }) => `${name}: ${spent} of ${limit}, anew ${until}`,
    held: (amount) => `${amount} of it is held for what runs now`,
    lines: "**This month, the most expensive first**",
    payer: { owner: "you", forgotten: "forgotten" },
    kind: { chat: "chat", heartbeat: "heartbeat", job: "jobs", hook: "hooks" },
    waiting: (count) => `⏳ Chats that wait for more: ${count}`,
    hint: "`/config set budget.dailyUsd 5` sets a limit, `/budget allow 2.50` allows more today.",
  },
};

export const BUDGET_DE: BudgetTexts = {
  name: {
    agent: { day: "Das Budget für heute", month: "Das Budget für diesen Monat" },
    person: { day: "Das Budget dieses Gastes für heute", month: "Das Budget dieses Gastes für diesen Monat" },
    group: { day: "Das Budget dieser Gruppe für heute", month: "Das Budget dieser Gruppe für diesen Monat" },
  },
  from: (time) => `ab ${time}`,
  parked: ({ name, spent, limit, until }) =>
    `💸 ${name} ist aufgebraucht: ${spent} von ${limit}. Ich habe deine Nachricht behalten und mache ${until} damit weiter, oder sobald du mehr erlaubst.`,
  parkedElsewhere: (until) =>
    `💸 Was ich vorerst ausgeben darf, ist aufgebraucht. Ich habe deine Nachricht behalten und mache ${until} weiter.`,
  otherWaits: ({ name, spent, limit, until, who }) =>
    `💸 ${name} ist aufgebraucht: ${spent} von ${limit}. ${who} wartet auf eine Antwort; weiter geht es ${until}, oder wenn du mehr erlaubst.`,
  workLeftOut: ({ name, spent, limit, until }) =>
    `💸 ${name} ist aufgebraucht: ${spent} von ${limit}. Was ich von selbst tue, fällt aus; weiter geht es ${until}, oder wenn du mehr erlaubst.`,
  allow: (amount) => `Heute ${amount} mehr erlauben`,
  wait: "Warten",
  waiting: "⏳ Dann wartet es.",
  allowed: (amount, left) => `💸 Ich darf heute ${amount} mehr verbrauchen, also jetzt ${left}.`,
  goesOn: "Was darauf gewartet hat, geht weiter.",
  stillUsedUp: ({ name, spent, limit, until }) =>
    `Aber ${lowerFirst(name)} ist noch aufgebraucht: ${spent} von ${limit}, neu ${until}. Bis dahin wartet alles, außer du erlaubst mehr davon, etwa mit \`/budget allow 2.50\` oder \`/budget allow 100000 tokens\`.`,
  type: (line) => `\`${line}\` erlaubt heute mehr.`,
  offerGone: "Das ist schon geschehen oder zu lange her. `/budget allow 2.50` erlaubt einen Betrag in Dollar.",
  noLimit: "Es gibt keine Grenze, die man anheben könnte.",
  malformed:
    "`/budget` zeigt den Verbrauch, `/budget allow 2.50` erlaubt heute so viele Dollar mehr (`/budget allow 100000 tokens` für Tokens).",
  tokens: (count) => `${count} Tokens`,
  report: {
    title: "💸 **Was ich verbraucht habe**",
    today: "Heute",
    month: "Diesen Monat",
    used: (cost, tokens, calls) => `${cost}, ${tokens}, ${calls} Modellaufrufe`,
    limits: "**Grenzen**",
    noLimits: "Es ist keine Grenze gesetzt.",
    limit: ({ name, spent, limit, until }) => `${name}: ${spent} von ${limit}, neu ${until}`,
    held: (amount) => `${amount} davon sind für das zurückgelegt, was gerade läuft`,
    lines: "**Diesen Monat, das Teuerste zuerst**",
    payer: { owner: "du", forgotten: "vergessen" },
    kind: { chat: "Chat", heartbeat: "Heartbeat", job: "Jobs", hook: "Hooks" },
    waiting: (count) => `⏳ Chats, die auf mehr warten: ${count}`,
    hint: "`/config set budget.dailyUsd 5` setzt eine Grenze, `/budget allow 2.50` erlaubt heute mehr.",
  },
};
