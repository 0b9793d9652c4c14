/**
 * Everything that the edge says to people, as one type: each language is one object of it, so none can lack a text.
 * Texts are Markdown. Labels that other people chose come in as `inlineCode`, never bare.
 */
import type { Activation, Language, QueueMode, Role, ThinkingLevel, UsageFooter } from "../access.ts";
import type { GatewayStop } from "../owner-news.ts";
import type { ToolClass } from "../policy.ts";
import type { ChannelId } from "../session-key.ts";
import type { BudgetTexts } from "./budget.ts";
import type { HeartbeatTexts } from "./heartbeat.ts";
import type { JobTexts } from "./jobs.ts";

/** Why a turn failed, as far as its code says it all; for other codes the agent brings its own words. */
export const FAILURE_CODES = [
  "agent_refused",
  "agent_stream_broken",
  "agent_unavailable",
  "agent_throttled",
  "agent_answered_nothing",
  "agent_failed",
  "access_changed",
  "budget_spent",
  "budget_short",
  "fence_lost",
  "edge_interrupted",
  "turn_too_long",
  "deadline",
  "shutting_down",
  "storage_unavailable",
  "storage_damaged",
  "storage_schema_newer",
] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];

/** Why a part of an answer was given up. */
export const DEAD_LETTER_CODES = [
  "channel_refused",
  "channel_unreachable",
  "channel_outcome_unknown",
  "interrupted",
] as const;
export type DeadLetterCode = (typeof DEAD_LETTER_CODES)[number];

/** What a session can be set to by a command. */
export type SettingName = "thinking" | "usage" | "queue" | "activation";

/** Somebody whom the owner is told of; both are `inlineCode`. */
export type Somebody = { readonly name: string; readonly peer: string };

export type Texts = {
  readonly language: Language;
  /** What the owner is told of the socket to Discord. */
  readonly gateway: {
    readonly stopped: (reason: string, code: string) => string;
    readonly reasons: Readonly<Record<GatewayStop, string>>;
    readonly missed: (messages: string, chats: string) => string;
  };
  readonly jobs: JobTexts;
  readonly heartbeat: HeartbeatTexts;
  readonly budget: BudgetTexts;
  /** What the owner is told of jobs. Names and ids are `inlineCode`. */
  readonly jobNotices: {
    readonly onceMissed: (name: string, at: string) => string;
    readonly onceFailed: (name: string, why: string) => string;
    readonly hookFailed: (name: string, why: string) => string;
    readonly eventsLost: (name: string, count: string) => string;
    readonly failing: (name: string, failures: string, why: string) => string;
    readonly recovered: (name: string, failures: string) => string;
    readonly switchedOff: (name: string, failures: string, why: string) => string;
    readonly scheduleBroken: (name: string) => string;
    readonly undelivered: (name: string) => string;
    readonly inDoubt: (name: string) => string;
    readonly kept: string;
    readonly hint: (job: string) => string;
  };
  /** Where something is: on a platform. */
  readonly on: Readonly<Record<ChannelId, string>>;
  /** How many there are besides those that are named. */
  readonly more: (count: string) => string;
  readonly notices: {
    readonly stopped: string;
    readonly nothingRunning: string;
    readonly answeredElsewhere: string;
    readonly newConversation: string;
    readonly emptyAnswer: string;
    /** An answer that is nothing but buttons needs a text that they hang on. */
    readonly choose: string;
    readonly answerCut: (characters: string) => string;
    readonly filesLeftOut: (names: string) => string;
    readonly joined: string;
    readonly groupNotHeard: (group: string) => string;
    /** Shown by the platform to whoever pressed; plain text. */
    readonly pressVoid: string;
    readonly pressRefused: string;
  };
  readonly failures: {
    readonly noAnswer: (why: string) => string;
    /** Below the text that was finished. */
    readonly brokenOff: (why: string) => string;
    readonly reasons: Readonly<Record<FailureCode, string>>;
    readonly unknown: string;
  };
  readonly deadLetters: {
    readonly one: (letter: string) => string;
    readonly many: (total: string) => string;
    readonly times: (count: string) => string;
    readonly hint: string;
    readonly answer: string;
    readonly part: (part: string, parts: string) => string;
    readonly toPerson: (chat: string) => string;
    readonly inChat: Readonly<Record<"group" | "channel", (chat: string) => string>>;
    readonly inThread: Readonly<Record<"topic" | "thread", (thread: string) => string>>;
    readonly inSession: (session: string) => string;
    readonly reasons: Readonly<Record<DeadLetterCode, string>>;
    readonly unknown: string;
  };
  readonly pairing: {
    /** To somebody who is not let in yet. */
    readonly stranger: (request: {
      readonly peer: string;
      readonly code: string;
      readonly minutes: string;
      readonly hasOwner: boolean;
    }) => string;
    readonly welcome: Readonly<Record<Role, string>>;
    /** To the owner. */
    readonly asked: (who: Somebody & { readonly code: string; readonly minutes: string }) => string;
    readonly letIn: string;
    readonly turnAway: string;
    readonly listHeader: string;
    readonly listItem: (who: Somebody & { readonly code: string; readonly minutes: string }) => string;
    readonly listHint: string;
    readonly nobodyWaits: string;
    readonly approved: (who: Somebody) => string;
    readonly approvedOwner: (who: Somebody) => string;
    readonly dismissed: (who: Somebody) => string;
    readonly malformed: string;
    readonly unknownCode: string;
    readonly tooManyTries: (minutes: string) => string;
    readonly tooManyPeople: string;
  };
  readonly links: {
    readonly code: (link: { readonly code: string; readonly minutes: string }) => string;
    readonly linked: (name: string) => string;
    readonly interrupted: string;
    readonly alreadyLinked: string;
    readonly tooManyLinks: string;
    readonly notAdmitted: string;
    readonly malformed: string;
    readonly unknownCode: string;
  };
  readonly commands: {
    readonly hello: string;
    readonly helpHint: string;
    readonly all: string;
    readonly alias: (names: string) => string;
    readonly forOwner: string;
    readonly ownerOnly: string;
    readonly onlyInDirect: (command: string) => string;
    readonly onlyInGroups: string;
    readonly whoami: (peer: string, place: string) => string;
    readonly whoamiRole: Readonly<Record<Role, string>>;
    readonly whoamiPerson: (personId: string) => string;
    readonly whoamiSession: (session: string) => string;
  };
  readonly settings: {
    readonly name: Readonly<Record<SettingName, string>>;
    readonly meaning: {
      readonly thinking: Readonly<Record<ThinkingLevel, string>>;
      readonly usage: Readonly<Record<UsageFooter, string>>;
      readonly queue: Readonly<Record<QueueMode, string>>;
      readonly activation: Readonly<Record<Activation, string>>;
    };
    readonly byDefault: string;
    readonly setHere: string;
    readonly isNow: (setting: { readonly name: string; readonly value: string; readonly origin: string }) => string;
    readonly change: (command: string) => string;
    readonly unknown: (command: string) => string;
  };
  readonly models: {
    readonly header: string;
    readonly current: string;
    readonly byKeys: string;
    readonly nowDefault: string;
    readonly hint: string;
    readonly hintForOwner: string;
    readonly defaultButton: string;
    readonly picked: (model: string) => string;
    readonly backToDefault: (model: string) => string;
    readonly unknown: (model: string) => string;
    readonly noKey: (model: string) => string;
  };
  readonly names: {
    readonly named: (name: string) => string;
    readonly unnamed: (name: string) => string;
    readonly hint: string;
    readonly empty: string;
  };
  readonly status: {
    readonly release: (release: string) => string;
    readonly model: (model: string, origin: string) => string;
    readonly defaultModel: (model: string) => string;
    readonly fallbacks: (models: string) => string;
    readonly thinking: (level: string, origin: string) => string;
    readonly noTokens: string;
    readonly tokens: (used: {
      readonly input: string;
      readonly output: string;
      readonly cost: string;
      readonly model: string;
    }) => string;
    readonly context: (used: {
      readonly tokens: string;
      readonly windowTokens: string;
      readonly share: string;
      readonly compactions: string;
    }) => string;
    readonly cache: (share: string) => string;
    readonly name: (name: string, origin: string) => string;
    readonly began: (at: string) => string;
    readonly fresh: string;
    readonly conversation: (conversation: string) => string;
    readonly session: (session: string) => string;
    readonly idle: string;
    readonly phase: Readonly<Record<"waiting" | "running" | "parked", (seconds: string) => string>>;
    readonly turn: (doing: string, waiting: string) => string;
    readonly queue: (mode: string, meaning: string) => string;
    readonly footer: (mode: string) => string;
    readonly languageIs: (name: string) => string;
    readonly languageName: string;
    readonly role: (role: string) => string;
    readonly roleName: Readonly<Record<Role, string>>;
    readonly activation: (value: string) => string;
    readonly allow: (what: string) => string;
    readonly ask: (what: string) => string;
    readonly deny: (what: string) => string;
    readonly does: Readonly<Record<ToolClass, string>>;
  };
  readonly footer: {
    readonly tokens: (input: string, output: string) => string;
    readonly cached: (tokens: string) => string;
  };
  readonly config: {
    readonly header: (version: string) => string;
    readonly nothingSet: string;
    readonly hint: string;
    readonly isSet: (path: string) => string;
    readonly isDefault: (path: string) => string;
    readonly all: string;
    readonly setting: (setting: { readonly path: string; readonly value: string; readonly origin: string }) => string;
    readonly originSet: string;
    readonly originDefault: string;
    readonly unknownPath: (path: string) => string;
    readonly cut: string;
    readonly changed: (version: string) => string;
    /** The owner is somebody else now; `inlineCode`. */
    readonly newOwner: (person: string) => string;
    readonly noOwner: string;
    readonly nextTurn: string;
    readonly unchanged: (version: string) => string;
    readonly invalid: string;
    readonly problem: (path: string, problem: string) => string;
    readonly valid: string;
    readonly noJson: string;
    readonly otherVersion: string;
    readonly unknownVersion: string;
    readonly tooLarge: string;
    readonly howTo: string;
    readonly history: string;
    readonly noHistory: string;
    readonly version: (entry: {
      readonly version: string;
      readonly at: string;
      readonly note: string;
      readonly by: string;
    }) => string;
    readonly byAdmin: string;
    readonly byChat: (session: string) => string;
    readonly differences: (from: string, to: string) => string;
    readonly noDifference: (from: string, to: string) => string;
    readonly difference: (change: { readonly path: string; readonly before: string; readonly after: string }) => string;
    readonly notSet: string;
  };
};
