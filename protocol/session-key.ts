/**
 * The names of sessions and conversations: one parser and one formatter for both.
 *
 * A *session* is a place where people write (a DM, a group, a topic, a web chat); its key names a `ChannelSession`.
 * A *conversation* is what the model remembers; its key names a lane in `AgentDirectory` and a transcript.
 * Several sessions can feed one conversation.
 *
 * ```
 * session        agent:main:telegram:direct:42
 *                agent:main:telegram:group:-100123:topic:7
 *                agent:main:job:direct:daily-brief
 * conversation   agent:main:main
 *                agent:main:person:telegram-42
 *                agent:main:telegram:group:-100123:topic:7
 *                agent:main:job:daily-brief:run:1764000000000
 * ```
 * Every part is percent-encoded (`encodeURIComponent`), so a part can hold `:` and the key stays unambiguous.
 */
import { assertNever } from "./assert.ts";
import { err, ok, type Result } from "./result.ts";

declare const brand: unique symbol;
export type SessionKey = string & { readonly [brand]: "SessionKey" };
export type ConversationKey = string & { readonly [brand]: "ConversationKey" };

export const CHANNEL_IDS = ["telegram", "discord", "slack", "whatsapp", "web"] as const;
/** A channel by which people write, or `job`: the sessions of background work, where nobody writes. */
export type ChannelId = (typeof CHANNEL_IDS)[number] | "job";

export type ChatKind = "direct" | "group" | "channel";
/** A sub-conversation of a chat: Telegram calls it topic, Slack and Discord call it thread. */
export type ThreadRef = { readonly kind: "topic" | "thread"; readonly id: string };

export type SessionRef = {
  readonly agent: string;
  readonly channel: ChannelId;
  readonly chatKind: ChatKind;
  readonly chatId: string;
  readonly thread?: ThreadRef;
};

export type ConversationRef =
  | { readonly kind: "main"; readonly agent: string }
  | { readonly kind: "person"; readonly agent: string; readonly personId: string }
  | {
      readonly kind: "group";
      readonly agent: string;
      readonly channel: ChannelId;
      readonly chatKind: "group" | "channel";
      readonly chatId: string;
      readonly thread?: ThreadRef;
    }
  | { readonly kind: "job"; readonly agent: string; readonly jobId: string; readonly runId: string };

/** What stands for the guild where there is none: direct chats of several people on Discord. */
export const NO_GUILD = "me";

/**
 * The names by which a list can mean a chat, the closest first: its own id and, on Discord, where it is `<guild>.<channel>`,
 * those of its channel and its guild.
 */
export function namesOfChat({ channel, chatId }: Pick<SessionRef, "channel" | "chatId">): readonly string[] {
  const [guild, room] = channel === "discord" ? chatId.split(".") : [];
  if (guild === undefined || room === undefined) return [chatId];
  return [chatId, room, ...(guild === NO_GUILD ? [] : [guild])];
}

/** An agent id; the first part of every key. */
const AGENT_ID = /^[a-z0-9][a-z0-9-]{0,31}$/;
/** Longest key that is accepted; keys are Durable Object names and log fields. */
const KEY_MAX = 512;

/** Tells whether `text` names a channel. */
function isChannelId(text: string): text is ChannelId {
  return text === "job" || CHANNEL_IDS.some((id) => id === text);
}

/** Tells whether `text` is a session key in its one canonical form. */
export function isSessionKey(text: string): text is SessionKey {
  return parseSessionKey(text).ok;
}

/** Tells whether `text` is a conversation key in its one canonical form. */
export function isConversationKey(text: string): text is ConversationKey {
  return parseConversationKey(text).ok;
}

/** Formats a session key. Throws if the reference cannot be one (empty or oversized ids, bad agent id). */
export function formatSessionKey(ref: SessionRef): SessionKey {
  const key = join(["agent", ref.agent, ref.channel, ref.chatKind, ref.chatId, ...threadParts(ref.thread)]);
  if (!isSessionKey(key)) throw new Error(`not a session: ${key.slice(0, 100)}`);
  return key;
}

/** Formats a conversation key. Throws if the reference cannot be one. */
export function formatConversationKey(ref: ConversationRef): ConversationKey {
  const key = join(["agent", ref.agent, ...conversationParts(ref)]);
  if (!isConversationKey(key)) throw new Error(`not a conversation: ${key.slice(0, 100)}`);
  return key;
}

/** Reads a session key; only the canonical form is accepted, so equal sessions have equal keys. */
export function parseSessionKey(text: string): Result<SessionRef, "malformed_key"> {
  const parts = split(text);
  const [agent, channel, chatKind, chatId] = parts ?? [];
  if (!parts || !agent || !channel || !chatId || !isChannelId(channel)) return err("malformed_key");
  if (chatKind !== "direct" && chatKind !== "group" && chatKind !== "channel") return err("malformed_key");
  const thread = parseThread(parts.slice(4));
  if (!thread.ok) return thread;
  return ok({ agent, channel, chatKind, chatId, ...(thread.value && { thread: thread.value }) });
}

/** Reads a conversation key; only the canonical form is accepted. */
export function parseConversationKey(text: string): Result<ConversationRef, "malformed_key"> {
  const [agent, kind, ...rest] = split(text) ?? [];
  if (!agent || !kind) return err("malformed_key");
  switch (kind) {
    case "main":
      return rest.length === 0 ? ok({ kind, agent }) : err("malformed_key");
    case "person":
      return parsePerson(agent, rest);
    case "job":
      return parseJob(agent, rest);
    default:
      return isChannelId(kind) ? parseGroup(agent, kind, rest) : err("malformed_key");
  }
}

type ParsedConversation = Result<ConversationRef, "malformed_key">;

function parsePerson(agent: string, [personId, ...rest]: readonly string[]): ParsedConversation {
  return personId && rest.length === 0 ? ok({ kind: "person", agent, personId }) : err("malformed_key");
}

function parseJob(agent: string, [jobId, run, runId, ...rest]: readonly string[]): ParsedConversation {
  const isJob = jobId && run === "run" && runId && rest.length === 0;
  return isJob ? ok({ kind: "job", agent, jobId, runId }) : err("malformed_key");
}

function parseGroup(
  agent: string,
  channel: ChannelId,
  [chatKind, chatId, ...rest]: readonly string[],
): ParsedConversation {
  if ((chatKind !== "group" && chatKind !== "channel") || !chatId) return err("malformed_key");
  const thread = parseThread(rest);
  if (!thread.ok) return thread;
  return ok({ kind: "group", agent, channel, chatKind, chatId, ...(thread.value && { thread: thread.value }) });
}

function conversationParts(ref: ConversationRef): readonly string[] {
  switch (ref.kind) {
    case "main":
      return ["main"];
    case "person":
      return ["person", ref.personId];
    case "group":
      return [ref.channel, ref.chatKind, ref.chatId, ...threadParts(ref.thread)];
    case "job":
      return ["job", ref.jobId, "run", ref.runId];
    default:
      return assertNever(ref);
  }
}

function threadParts(thread: ThreadRef | undefined): readonly string[] {
  return thread ? [thread.kind, thread.id] : [];
}

function parseThread(parts: readonly string[]): Result<ThreadRef | undefined, "malformed_key"> {
  const [kind, id] = parts;
  if (parts.length === 0) return ok(undefined);
  if (parts.length !== 2 || !id || (kind !== "topic" && kind !== "thread")) return err("malformed_key");
  return ok({ kind, id });
}

function join(parts: readonly string[]): string {
  return parts.map(encodeURIComponent).join(":");
}

/** The decoded parts after the leading `agent`, or null when the text is not in canonical form. */
function split(text: string): readonly string[] | null {
  if (text.length > KEY_MAX) return null;
  const [head, ...encoded] = text.split(":");
  if (head !== "agent" || encoded.length === 0) return null;
  try {
    const parts = encoded.map(decodeURIComponent);
    const canonical = join(["agent", ...parts]) === text && parts.every((part) => part.length > 0);
    return canonical && AGENT_ID.test(parts[0] ?? "") ? parts : null;
  } catch {
    return null; // a stray % or a lone surrogate
  }
}
