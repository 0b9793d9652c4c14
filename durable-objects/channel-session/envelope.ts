/** Builds what the agent is asked, from the rows of a turn. Pure. */
import type { Behaviour } from "../../protocol/access.ts";
import { isSpent } from "../../protocol/budget.ts";
import { INBOUND_BOUNDS, TRANSCRIPT_BOUNDS, TURN_BOUNDS } from "../../protocol/bounds.ts";
import type { Attachment, ContextItem, Inbound } from "../../protocol/inbound.ts";
import {
  type Grants,
  PROTOCOL_VERSION,
  type PromptMessage,
  type ResumeInvocation,
  type SteerInvocation,
  type TurnInvocation,
  type TurnSettings,
  type TurnTask,
} from "../../protocol/invocation.ts";
import { type ConversationKey, parseConversationKey } from "../../protocol/session-key.ts";
import { type SpaceId, spaceOf } from "../../protocol/space.ts";
import { languageOf } from "../../protocol/texts/language.ts";
import { agentCommandOf } from "./command.ts";
import type { Turn } from "./turn-state.ts";

/** The space of a conversation whose key is known to be valid. */
export function spaceOfKey(conversation: ConversationKey): SpaceId {
  const ref = parseConversationKey(conversation);
  if (!ref.ok) throw new Error("a conversation key is broken");
  return spaceOf(ref.value);
}

export type Envelope = {
  readonly turn: Turn;
  readonly messages: readonly Inbound[];
  /** How the agent behaves in this session. */
  readonly behaviour: Behaviour;
  readonly grants: Grants;
  readonly now: number;
};

/** A `turn` the first time, a `resume` afterwards; both carry everything, so that each can start or go on. */
export function turnInvocation(envelope: Envelope, resume: boolean): TurnInvocation | ResumeInvocation {
  const { turn, messages, behaviour, grants, now } = envelope;
  const [first, ...others] = messages;
  if (!first) throw new Error("a turn without messages");
  const fields: Omit<TurnInvocation, "kind"> = {
    protocol: PROTOCOL_VERSION,
    turnId: turn.turnId,
    fence: turn.fence,
    conversation: turn.conversation,
    epoch: turn.epoch,
    space: spaceOfKey(turn.conversation),
    place: placeOf(first),
    messages: others.length === 0 ? [orderOf(first)] : messages.map(promptMessage),
    settings: turnSettings(behaviour, first),
    limits: {
      leftMs: leftMs(turn, first, now),
      pingEveryMs: TURN_BOUNDS.pingEveryMs,
      ...(turn.budget && { budget: turn.budget }),
      ...(turn.spent && isSpent(turn.spent) && { spent: turn.spent }),
    },
    ...(first.task && { task: taskOf(first.task) }),
    grants,
  };
  return resume ? { kind: "resume", ...fields, afterSeq: 0 } : { kind: "turn", ...fields };
}

function taskOf({ kind, name, untrusted, isLight, isForOthers, expired }: NonNullable<Inbound["task"]>): TurnTask {
  return {
    kind,
    name: cut(name),
    ...(untrusted !== undefined && { untrusted }),
    ...(isLight && { isLight }),
    ...(isForOthers && { isForOthers }),
    expired: [...expired],
  };
}

/** A model that a job names comes first, and those of the configuration after it. */
function turnSettings(behaviour: Behaviour, { sender, task }: Inbound): TurnSettings {
  const { timezone } = behaviour;
  const model = task?.model ?? behaviour.model;
  const others = task?.model !== undefined && behaviour.model !== null ? [behaviour.model] : [];
  const fallbacks = [...others, ...behaviour.fallbacks];
  const thinking = task?.thinking ?? behaviour.thinking;
  const language = languageOf(behaviour.language, sender.language);
  return {
    model,
    fallbacks,
    timezone,
    ...(thinking !== "off" && { thinking }),
    ...(language !== "en" && { language }),
  };
}

/** At least a moment: the agent then says itself that the time is over, with what it has. */
function leftMs({ startedAt }: Turn, { task }: Inbound, now: number): number {
  return Math.max(1, startedAt + (task?.timeoutMs ?? TURN_BOUNDS.turnMaxMs) - now);
}

/** Hands one more message to a running turn. */
export function steerInvocation(turn: Turn, message: Inbound): SteerInvocation {
  const { turnId, fence, conversation } = turn;
  return { kind: "steer", protocol: PROTOCOL_VERSION, turnId, fence, conversation, message: promptMessage(message) };
}

/** What people call the place of a message: a chat of many by its title, one with somebody by their name. */
export function titleOf({ chat, sender }: Pick<Inbound, "chat" | "sender">): string | null {
  const title = chat.kind === "direct" ? sender.name : chat.title;
  return title === undefined || title === "" ? null : cut(title);
}

function placeOf({ channel, chat }: Inbound): TurnInvocation["place"] {
  const title = chat.kind === "direct" ? undefined : chat.title;
  return { channel, chatKind: chat.kind, ...(title !== undefined && { title: cut(title) }) };
}

/** A message that is alone in its turn, and may be a command for the agent. */
function orderOf(inbound: Inbound): PromptMessage {
  const command = agentCommandOf(inbound);
  if (command === null) return promptMessage(inbound);
  const { name, rest } = command;
  return { ...promptMessage(inbound), command: { name, rest: cutText(rest, TRANSCRIPT_BOUNDS.instructionsMax) } };
}

function promptMessage(inbound: Inbound): PromptMessage {
  const { id, text, sender, sentAt, quoted, attachments, shared, forwarded, context } = inbound;
  return {
    id,
    text,
    sender: { id: cut(sender.id), name: cut(sender.name) },
    sentAt,
    ...(quoted && { quoted: { ...quoted, sender: cut(quoted.sender) } }),
    ...(attachments.length > 0 && { attachments: attachments.map(promptAttachment) }),
    ...(shared && { shared: shared.map((thing) => ({ ...thing })) }),
    ...(forwarded && { forwarded: { ...forwarded, from: cut(forwarded.from) } }),
    ...(context && { context: context.map(promptContext) }),
  };
}

function promptAttachment({ kind, name, mimeType, durationS, transfer }: Attachment) {
  return {
    kind,
    ...(name !== undefined && { name: cut(name) }),
    ...(mimeType !== undefined && { mimeType: cut(mimeType) }),
    ...(durationS !== undefined && { durationS }),
    ...(transfer?.state === "stored" && { stored: { name: transfer.name, bytes: transfer.bytes } }),
    ...(transfer?.state === "failed" && { missing: transfer.why }),
  };
}

function promptContext(item: ContextItem): ContextItem {
  return item.kind === "said" ? { ...item, from: cut(item.from) } : item;
}

function cut(label: string): string {
  return label.slice(0, INBOUND_BOUNDS.labelMax);
}

/** Never half a character. */
function cutText(text: string, max: number): string {
  return text.length > max ? text.slice(0, max).toWellFormed() : text;
}
