/**
 * The configuration of an agent: one document of settings that may all be left out, over what the environment says.
 * It never holds a secret: tokens and keys are variables of the deployment.
 */
import * as v from "valibot";
import { ACTIVATIONS, LANGUAGES, QUEUE_MODES, THINKING_LEVELS, USAGE_FOOTERS } from "./access.ts";
import { CONFIG_BOUNDS } from "./bounds.ts";
import { type HookMapping, hookMapping } from "./hooks.ts";
import { HOOK_BOUNDS } from "./own-work-bounds.ts";
import type { ChannelId } from "./session-key.ts";

export const DM_POLICIES = ["pairing", "allowlist", "open", "disabled"] as const;
export type DmPolicy = (typeof DM_POLICIES)[number];
export const GROUP_POLICIES = ["allowlist", "open", "disabled"] as const;
export type GroupPolicy = (typeof GROUP_POLICIES)[number];
/** The web chat is not among them: whoever has the admin token is the owner. */
export const DM_CHANNELS = ["telegram", "discord", "slack", "whatsapp"] as const satisfies readonly ChannelId[];
export type DmChannel = (typeof DM_CHANNELS)[number];

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(CONFIG_BOUNDS.textMax));
const list = v.pipe(v.array(text), v.maxLength(CONFIG_BOUNDS.listMax));

const group = v.strictObject({
  senders: v.exactOptional(
    v.pipe(list, v.description("Who may speak to the agent there, such as telegram:123; left out: everybody.")),
  ),
  activation: v.exactOptional(
    v.pipe(v.picklist(ACTIVATIONS), v.description("When a message there is for the agent; mention is the default.")),
  ),
  bots: v.exactOptional(v.pipe(v.boolean(), v.description("Whether other bots are heard there."))),
});

const access = v.strictObject({
  dmPolicy: v.exactOptional(
    v.pipe(v.picklist(DM_POLICIES), v.description("Who may write in direct chats, on every channel.")),
  ),
  dm: v.exactOptional(
    v.pipe(v.strictObject(channelPolicies()), v.description("Policies of single channels, over dmPolicy.")),
  ),
  allowFrom: v.exactOptional(
    v.pipe(
      list,
      v.description("People such as telegram:123, let in on every policy but disabled; the first is the owner."),
    ),
  ),
  groupPolicy: v.exactOptional(v.pipe(v.picklist(GROUP_POLICIES), v.description("In which groups it listens."))),
  groupAllowFrom: v.exactOptional(v.pipe(list, v.description("Groups such as telegram:-100123."))),
  groups: v.exactOptional(
    v.pipe(
      v.record(text, group),
      v.maxEntries(CONFIG_BOUNDS.listMax),
      v.description("Rules of single groups, by <channel>:<group id>. Naming a group here does not let it in."),
    ),
  ),
});

const models = v.strictObject({
  default: v.exactOptional(
    v.pipe(v.nullable(text), v.description("provider/model; null: the first one that a key exists for.")),
  ),
  fallbacks: v.exactOptional(v.pipe(list, v.description("Tried in this order when a model fails."))),
  choices: v.exactOptional(v.pipe(list, v.description("What /model offers besides."))),
  aliases: v.exactOptional(
    v.pipe(
      v.record(text, text),
      v.maxEntries(CONFIG_BOUNDS.aliasesMax),
      v.description("Short names of models, such as fast, which /model offers and takes."),
    ),
  ),
  thinking: v.exactOptional(v.pipe(v.picklist(THINKING_LEVELS), v.description("How hard a model thinks."))),
});

const messages = v.strictObject({
  mentionPatterns: v.exactOptional(
    v.pipe(
      v.nullable(list),
      v.description("Names by which a text in a group calls it, * for any letters; null: its name on the platform."),
    ),
  ),
  ackReaction: v.exactOptional(
    v.pipe(v.nullable(text), v.description("The emoji that says that a message is seen; null: none.")),
  ),
  language: v.exactOptional(
    v.pipe(v.picklist(["auto", ...LANGUAGES]), v.description("Of what the edge says; auto: that of each person.")),
  ),
  usage: v.exactOptional(v.pipe(v.picklist(USAGE_FOOTERS), v.description("What stands below an answer."))),
  queue: v.exactOptional(
    v.pipe(v.picklist(QUEUE_MODES), v.description("What becomes of a message that comes while a turn runs.")),
  ),
});

const conversations = v.strictObject({
  dailyReset: v.exactOptional(
    v.pipe(
      v.nullable(text),
      v.description(
        "HH:MM in the time zone of the agent; conversations begin anew with the next message; null: never.",
      ),
    ),
  ),
  idleResetMinutes: v.exactOptional(
    v.pipe(
      v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(CONFIG_BOUNDS.idleResetMaxMinutes))),
      v.description("A message after so long a pause begins its conversation anew; null: never."),
    ),
  ),
});

const heartbeat = v.strictObject({
  activeHours: v.exactOptional(
    v.pipe(
      v.nullable(text),
      v.description("When a heartbeat may come, such as 08:00-22:00 or 08:00-22:00 Europe/Berlin; null: always."),
    ),
  ),
  model: v.exactOptional(
    v.pipe(v.nullable(text), v.description("provider/model for heartbeats; null: as for everything else.")),
  ),
});

const money = v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(CONFIG_BOUNDS.budgetMaxUsd)));
const tokens = v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(CONFIG_BOUNDS.budgetMaxTokens)));

const allowance = {
  dailyUsd: v.exactOptional(v.pipe(money, v.description("Dollars in a day; null: no limit."))),
  dailyTokens: v.exactOptional(v.pipe(tokens, v.description("Tokens in a day, all kinds together; null: no limit."))),
  monthlyUsd: v.exactOptional(v.pipe(money, v.description("Dollars in a calendar month; null: no limit."))),
  monthlyTokens: v.exactOptional(v.pipe(tokens, v.description("Tokens in a calendar month; null: no limit."))),
};

const budget = v.strictObject({
  ...allowance,
  people: v.exactOptional(v.pipe(v.strictObject(allowance), v.description("The same for each guest."))),
  groups: v.exactOptional(v.pipe(v.strictObject(allowance), v.description("The same for each group."))),
});

const hooks = v.strictObject({
  mappings: v.exactOptional(
    v.pipe(
      v.record(text, hookMapping),
      v.maxEntries(HOOK_BOUNDS.mappingsMax),
      v.description("What is made of what other services send to /hooks/<name>."),
    ),
  ),
});

/** What a configuration document may hold. What its values mean is checked besides (`checkDocument` of the directory). */
export const configDocument = v.strictObject({
  access: v.exactOptional(v.pipe(access, v.description("Who may speak."))),
  models: v.exactOptional(models),
  messages: v.exactOptional(messages),
  conversations: v.exactOptional(conversations),
  heartbeat: v.exactOptional(v.pipe(heartbeat, v.description("When it looks at its checklist by itself."))),
  budget: v.exactOptional(v.pipe(budget, v.description("What may be used in a day and a month."))),
  hooks: v.exactOptional(v.pipe(hooks, v.description("What other services can ask of it."))),
  timezone: v.exactOptional(v.pipe(text, v.description("IANA time zone, such as Europe/Berlin."))),
});

/** Stands for any name in the paths of `SECTIONS`. */
const ANY = "*";
/** The settings and sections that each section can hold; the name of a group, an alias or a hook can be anything. */
const SECTIONS: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ["", Object.keys(configDocument.entries)],
  ["access", Object.keys(access.entries)],
  ["access.dm", DM_CHANNELS],
  ["access.groups", [ANY]],
  [`access.groups.${ANY}`, Object.keys(group.entries)],
  ["models", Object.keys(models.entries)],
  ["models.aliases", [ANY]],
  ["messages", Object.keys(messages.entries)],
  ["conversations", Object.keys(conversations.entries)],
  ["hooks", Object.keys(hooks.entries)],
  ["hooks.mappings", [ANY]],
  [`hooks.mappings.${ANY}`, Object.keys(hookMapping.entries)],
  ["budget", Object.keys(budget.entries)],
  ["budget.people", Object.keys(allowance)],
  ["budget.groups", Object.keys(allowance)],
  ["heartbeat", Object.keys(heartbeat.entries)],
]);

/** What a section can hold, `any` for groups, aliases and hooks; null: it is a setting, or there is no such thing. */
export function namesIn(section: readonly string[]): readonly string[] | "any" | null {
  const isNamed = section.length > 2 && SECTIONS.get(section.slice(0, 2).join("."))?.[0] === ANY;
  const path = isNamed ? [...section.slice(0, 2), ANY, ...section.slice(3)] : section;
  const names = SECTIONS.get(path.join("."));
  if (names === undefined) return null;
  return names.includes(ANY) ? "any" : names;
}

function channelPolicies() {
  const policy = v.exactOptional(v.picklist(DM_POLICIES));
  return { telegram: policy, discord: policy, slack: policy, whatsapp: policy } satisfies Record<DmChannel, unknown>;
}

export type ConfigDocument = v.InferOutput<typeof configDocument>;
export type GroupRules = v.InferOutput<typeof group>;

/** What may be used; null: no limit. */
export type Allowance = {
  readonly dailyUsd: number | null;
  readonly dailyTokens: number | null;
  readonly monthlyUsd: number | null;
  readonly monthlyTokens: number | null;
};

const NO_ALLOWANCE_SET: Allowance = {
  dailyUsd: null,
  dailyTokens: null,
  monthlyUsd: null,
  monthlyTokens: null,
};

/** No limit at all. */
export const NO_BUDGET: AgentConfig["budget"] = {
  ...NO_ALLOWANCE_SET,
  people: NO_ALLOWANCE_SET,
  groups: NO_ALLOWANCE_SET,
};

/** Every setting with its value: a document over the defaults. */
export type AgentConfig = {
  readonly access: {
    readonly dmPolicy: DmPolicy;
    readonly dm: Readonly<Partial<Record<DmChannel, DmPolicy>>>;
    readonly allowFrom: readonly string[];
    readonly groupPolicy: GroupPolicy;
    readonly groupAllowFrom: readonly string[];
    readonly groups: Readonly<Record<string, GroupRules>>;
  };
  readonly models: {
    readonly default: string | null;
    readonly fallbacks: readonly string[];
    readonly choices: readonly string[];
    readonly aliases: Readonly<Record<string, string>>;
    readonly thinking: (typeof THINKING_LEVELS)[number];
  };
  readonly messages: {
    readonly mentionPatterns: readonly string[] | null;
    readonly ackReaction: string | null;
    readonly language: "auto" | (typeof LANGUAGES)[number];
    readonly usage: (typeof USAGE_FOOTERS)[number];
    readonly queue: (typeof QUEUE_MODES)[number];
  };
  readonly conversations: { readonly dailyReset: string | null; readonly idleResetMinutes: number | null };
  readonly heartbeat: { readonly activeHours: string | null; readonly model: string | null };
  /** The agent's as a whole, and that of each guest and each group within it. */
  readonly budget: Allowance & { readonly people: Allowance; readonly groups: Allowance };
  readonly hooks: { readonly mappings: Readonly<Record<string, HookMapping>> };
  readonly timezone: string;
};

/** The document over the defaults: what it names counts, section by section. Pure. */
export function overDefaults(document: ConfigDocument, defaults: AgentConfig): AgentConfig {
  return {
    access: {
      ...defaults.access,
      ...document.access,
      // A policy for all channels that was set is meant for all; those of single channels are set besides it.
      dm: { ...(document.access?.dmPolicy === undefined && defaults.access.dm), ...document.access?.dm },
    },
    models: { ...defaults.models, ...document.models },
    messages: { ...defaults.messages, ...document.messages },
    conversations: { ...defaults.conversations, ...document.conversations },
    heartbeat: { ...defaults.heartbeat, ...document.heartbeat },
    budget: {
      ...defaults.budget,
      ...document.budget,
      people: { ...defaults.budget.people, ...document.budget?.people },
      groups: { ...defaults.budget.groups, ...document.budget?.groups },
    },
    hooks: { ...defaults.hooks, ...document.hooks },
    timezone: document.timezone ?? defaults.timezone,
  };
}
