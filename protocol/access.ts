/**
 * Who may speak in a session and how the agent behaves there: what `AgentDirectory` tells a session, so that the session
 * can decide about each message by itself.
 */
import type { ChannelId, ConversationKey } from "./session-key.ts";

/** A person on one channel: `<channel>:<the platform's user id>`. */
export type Peer = `${ChannelId}:${string}`;

export type Role = "owner" | "person";

/** What somebody in a direct chat may do. */
export type DirectAccess =
  | {
      readonly kind: "admitted";
      readonly role: Role;
      readonly personId: string;
      readonly conversation: ConversationKey;
    }
  /** Nobody there is heard. */
  | { readonly kind: "ignored"; readonly why: "dm_disabled" | "sender_not_allowed" }
  /** Unknown, and may ask to be let in. */
  | { readonly kind: "stranger" }
  /** A session of background work: only `JobScheduler` orders something there. */
  | { readonly kind: "tasks" };

/** Whom we listen to in a group or channel. Ids are those of the platform. */
export type GroupAccess = {
  readonly kind: "group";
  /** False: nothing that is said there reaches us. */
  readonly listens: boolean;
  /** Who may speak to us: ids, and `role:<id>` for all who have a role; null: everybody there. */
  readonly senders: readonly string[] | null;
  /** The owner's ids on this channel. */
  readonly owners: readonly string[];
  /** Others whose commands count without a mention: those on the list of the channel, never those who were paired. */
  readonly listed: readonly string[];
  /** Whether other bots are heard, within `ACCESS_BOUNDS.botTurnsMax`. */
  readonly bots: boolean;
  readonly activation: Activation;
};

/** What of a sender decides whether they are heard. */
type Speaker = { readonly id: string; readonly roles?: readonly string[]; readonly isBot?: true };

/** Whether somebody may be heard in a group: what others say and do there never reaches the agent. */
export function isHeardIn(access: GroupAccess, { id, roles = [], isBot }: Speaker): boolean {
  if (!access.listens || (isBot && !access.bots)) return false;
  const { senders, owners } = access;
  if (senders === null || senders.includes(id) || owners.includes(id)) return true;
  return roles.some((role) => senders.includes(`role:${role}`));
}

/** When a group message is for us: only when it is addressed to us, or always. */
export const ACTIVATIONS = ["mention", "always"] as const;
export type Activation = (typeof ACTIVATIONS)[number];

/** How hard a model thinks before it answers; models that cannot do it leave it out. */
export const THINKING_LEVELS = ["off", "minimal", "low", "medium", "high", "xhigh"] as const;
export type ThinkingLevel = (typeof THINKING_LEVELS)[number];

/** What stands below an answer: nothing, its tokens, or also model and cost. */
export const USAGE_FOOTERS = ["off", "tokens", "full"] as const;
export type UsageFooter = (typeof USAGE_FOOTERS)[number];

/** What becomes of a message while a turn runs: into the turn at its next step, or together with others into the next. */
export const QUEUE_MODES = ["steer", "collect"] as const;
export type QueueMode = (typeof QUEUE_MODES)[number];

export const LANGUAGES = ["en", "de"] as const;
export type Language = (typeof LANGUAGES)[number];

/** How the agent behaves unless a session has its own setting. */
export type Behaviour = {
  /** `provider/model`; null: the first one that a key exists for. */
  readonly model: string | null;
  readonly fallbacks: readonly string[];
  /** What `/model` offers besides `model` and `fallbacks`. */
  readonly choices: readonly string[];
  /** Short names of models, as `/model` takes them. */
  readonly aliases: Readonly<Record<string, string>>;
  readonly thinking: ThinkingLevel;
  readonly timezone: string;
  /** `auto`: that of each person. */
  readonly language: Language | "auto";
  readonly usage: UsageFooter;
  readonly queue: QueueMode;
  /** The reaction that says that a message is seen; null: none. */
  readonly ackReaction: string | null;
  /** Names by which a text can call us, `*` stands for any letters; null: the name that the bot has on the platform. */
  readonly mentionPatterns: readonly string[] | null;
};

export type SessionPolicy = {
  /** Which configuration this is; rises with each change of it. */
  readonly version: number;
  readonly access: DirectAccess | GroupAccess;
  readonly behaviour: Behaviour;
};
