/**
 * The configuration of an agent: one document of settings that may all be left out, over what the environment says.
 * It never holds a secret: tokens and keys are variables of the deployment.
 */
import * as v from "valibot";
import { LANGUAGES, QUEUE_MODES, THINKING_LEVELS, USAGE_FOOTERS } from "./access.ts";
import { CONFIG_BOUNDS } from "./bounds.ts";
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
  /** Who may speak to the agent there, such as `telegram:123`; left out: everybody. */
  senders: v.exactOptional(list),
  activation: v.exactOptional(v.picklist(["mention", "always"])),
  /** Whether other bots are heard there. */
  bots: v.exactOptional(v.boolean()),
});

/** What a configuration document may hold. `checkDocument` also looks into what the values mean. */
export const configDocument = v.strictObject({
  access: v.exactOptional(
    v.strictObject({
      dmPolicy: v.exactOptional(v.picklist(DM_POLICIES)),
      /** Policies of single channels, over `dmPolicy`. */
      dm: v.exactOptional(v.strictObject(channelPolicies())),
      /** Let in on every policy but `disabled`; the first is the owner. */
      allowFrom: v.exactOptional(list),
      groupPolicy: v.exactOptional(v.picklist(GROUP_POLICIES)),
      groupAllowFrom: v.exactOptional(list),
      /** Rules of single groups, by `<channel>:<group id>`. Naming a group here does not let it in. */
      groups: v.exactOptional(v.pipe(v.record(text, group), v.maxEntries(CONFIG_BOUNDS.listMax))),
    }),
  ),
  models: v.exactOptional(
    v.strictObject({
      default: v.exactOptional(v.nullable(text)),
      fallbacks: v.exactOptional(list),
      /** What `/model` offers besides. */
      choices: v.exactOptional(list),
      thinking: v.exactOptional(v.picklist(THINKING_LEVELS)),
    }),
  ),
  messages: v.exactOptional(
    v.strictObject({
      /** Null: the name that the bot has on the platform. */
      mentionPatterns: v.exactOptional(v.nullable(list)),
      /** Null: no reaction. */
      ackReaction: v.exactOptional(v.nullable(text)),
      language: v.exactOptional(v.picklist(["auto", ...LANGUAGES])),
      usage: v.exactOptional(v.picklist(USAGE_FOOTERS)),
      queue: v.exactOptional(v.picklist(QUEUE_MODES)),
    }),
  ),
  timezone: v.exactOptional(text),
});

function channelPolicies() {
  const policy = v.exactOptional(v.picklist(DM_POLICIES));
  return { telegram: policy, discord: policy, slack: policy, whatsapp: policy } satisfies Record<DmChannel, unknown>;
}

export type ConfigDocument = v.InferOutput<typeof configDocument>;
export type GroupRules = v.InferOutput<typeof group>;

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
    readonly thinking: (typeof THINKING_LEVELS)[number];
  };
  readonly messages: {
    readonly mentionPatterns: readonly string[] | null;
    readonly ackReaction: string | null;
    readonly language: "auto" | (typeof LANGUAGES)[number];
    readonly usage: (typeof USAGE_FOOTERS)[number];
    readonly queue: (typeof QUEUE_MODES)[number];
  };
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
    timezone: document.timezone ?? defaults.timezone,
  };
}
