/** Writes what is to be said into the outbox: answers of the agent, and the edge's own notices. Synchronous SQL only. */
import type { InboundId, TurnId } from "../../protocol/ids.ts";
import type { ReplyAddress } from "../../protocol/outbound.ts";
import type { ConversationKey } from "../../protocol/session-key.ts";
import {
  type AgentAnswer,
  type AnswerContent,
  type AnswerLimits,
  type AnswerPart,
  composeAnswer,
  isSilent,
} from "./answer-parts.ts";
import { type NewButtonId, numberButtons, storeButtons, toButtons } from "./buttons.ts";
import { spaceOfKey } from "./envelope.ts";
import { markInbound, readInbound } from "./inbox.ts";
import { renderNotice } from "./notice.ts";
import { enqueueAnswer } from "./outbox.ts";
import { claimPreview } from "./preview-rows.ts";

/** What writing rows of the outbox needs of the world. */
export type OutboxContext = {
  readonly now: number;
  /** Of the session's channel. */
  readonly limits: AnswerLimits;
  /** A group may be left without an answer (`NO_REPLY`); a person never is. */
  readonly mayStaySilent: boolean;
  readonly newButtonId: NewButtonId;
};

/** The whole text by which the model says that nothing needs to be said. */
const NO_REPLY = "NO_REPLY";

/** Enqueues the answer of a turn. The first part takes the place of the turn's preview. */
export function commitAnswer(sql: SqlStorage, answer: AgentAnswer, context: OutboxContext): void {
  const { turnId, ids, conversation, text } = answer;
  const content = { ...answer, text: text.trim() === NO_REPLY ? "" : text };
  const edits = claimPreview(sql, turnId);
  if (isSilent(content)) {
    // What was shown while it grew is taken back by saying so.
    const mayBeSilent = context.mayStaySilent && edits === null;
    if (mayBeSilent) markInbound(sql, ids, { state: "delivered", reason: "no_reply" }, context.now);
    else enqueueText(sql, turnId, ids, renderNotice({ kind: "empty_answer" }), context);
    return;
  }
  enqueueParts(
    sql,
    { turnId, ids, conversation, edits },
    composeAnswer(content, context.limits, edits !== null),
    context,
  );
}

/**
 * Enqueues a text as an answer to messages, in the place that the first of them came from. One that ends a turn takes the
 * place of its preview.
 */
export function enqueueText(
  sql: SqlStorage,
  turnId: TurnId | null,
  ids: readonly InboundId[],
  markdown: string,
  context: OutboxContext,
): void {
  const edits = turnId === null ? null : claimPreview(sql, turnId);
  const parts = composeAnswer({ text: markdown }, context.limits, edits !== null);
  const shown = parts.length > 0 ? parts : composeAnswer(EMPTY, context.limits, false);
  enqueueParts(sql, { turnId, ids, conversation: null, edits }, shown, context);
}

/** Enqueues a text that answers nobody's message. */
export function enqueueNotice(sql: SqlStorage, address: ReplyAddress, markdown: string, context: OutboxContext): void {
  const parts = composeAnswer({ text: markdown }, context.limits, false);
  enqueueAnswer(sql, { turnId: null, address, parts: parts.map(textOf), inboundIds: [] }, context.now);
}

const EMPTY: AnswerContent = { text: renderNotice({ kind: "empty_answer" }) };

type Where = {
  readonly turnId: TurnId | null;
  readonly ids: readonly InboundId[];
  readonly conversation: ConversationKey | null;
  readonly edits: number | null;
};

function enqueueParts(
  sql: SqlStorage,
  { turnId, ids, conversation, edits }: Where,
  parts: readonly AnswerPart[],
  { now, newButtonId }: OutboxContext,
): void {
  const messages = readInbound(sql, ids);
  const [first] = messages;
  if (!first) throw new Error("an answer to no message");
  const numbered = parts.map((part) => ({ ...part, choices: numberButtons(part.buttons, newButtonId) }));
  const rows = numbered.map(({ markdown, files, choices }) => ({
    markdown,
    files: conversation === null ? [] : files.map((file) => ({ ...file, space: spaceOfKey(conversation) })),
    buttons: toButtons(choices),
  }));
  const answer = { turnId, address: first.replyTo, parts: rows, inboundIds: ids, ...(edits !== null && { edits }) };
  const seqs = enqueueAnswer(sql, answer, now);
  const pressers = [...new Set(messages.map(({ sender }) => sender.id))];
  for (const [index, { choices }] of numbered.entries()) {
    const seq = seqs[index];
    if (seq !== undefined && choices.length > 0) storeButtons(sql, seq, choices, pressers, now);
  }
}

function textOf({ markdown }: AnswerPart) {
  return { markdown };
}
