/** Writes what is to be said into the outbox: answers of the agent, and the edge's own notices. Synchronous SQL only. */
import type { Language, UsageFooter } from "../../protocol/access.ts";
import type { InboundId, TurnId } from "../../protocol/ids.ts";
import type { Sender } from "../../protocol/inbound.ts";
import type { ReplyAddress } from "../../protocol/outbound.ts";
import type { ConversationKey } from "../../protocol/session-key.ts";
import { withoutSilentReply } from "../../protocol/silent-reply.ts";
import type { Announcement } from "../../protocol/tasks.ts";
import type { ContextUse, Usage } from "../../protocol/turn-event.ts";
import {
  type AgentAnswer,
  type AnswerContent,
  type AnswerLimits,
  type AnswerPart,
  composeAnswer,
  isSilent,
} from "./answer-parts.ts";
import { type NewButtonId, numberButtons, storeButtons, toButtons } from "./buttons.ts";
import type { ButtonRows } from "./edge-button.ts";
import { spaceOfKey } from "./envelope.ts";
import { markInbound, readInbound } from "./inbox.ts";
import { type Notice, renderNotice } from "./notice.ts";
import { type Answer, enqueueAnswer } from "./outbox.ts";
import { claimPreview } from "./preview-rows.ts";
import { replyAddress } from "./reply-address.ts";
import { renderUsage } from "./usage-footer.ts";

/** What writing rows of the outbox needs of the world. */
export type OutboxContext = {
  readonly now: number;
  /** Of the session's channel. */
  readonly limits: AnswerLimits;
  /** A group may be left without an answer (`NO_REPLY`); a person never is. */
  readonly mayStaySilent: boolean;
  readonly newButtonId: NewButtonId;
  /** In which language the edge speaks to somebody; null: to nobody in particular. */
  readonly languageOf: (sender: Sender | null) => Language;
};

/** What writing the answer of a turn needs besides. */
export type AnswerContext = OutboxContext & {
  /** Of the turn, as far as it is known. */
  readonly usage: Usage | null;
  readonly contextUse: ContextUse | null;
  /** It is background work: what comes of it is an outcome, and nothing is shown. */
  readonly isTask: boolean;
  readonly usageFooter: () => UsageFooter;
};

/** Buttons below a text of the edge. Only `pressers` (sender ids) may press them. */
export type Choices = {
  readonly rows: ButtonRows;
  readonly pressers: readonly string[];
};

/** Enqueues the answer of a turn. The first part takes the place of the turn's preview. */
export function commitAnswer(sql: SqlStorage, answer: AgentAnswer, context: AnswerContext): void {
  const { turnId, ids, conversation, text } = answer;
  const content = { ...answer, text: withoutSilentReply(text) };
  const edits = claimPreview(sql, turnId);
  if (isSilent(content)) {
    // What was shown while it grew is taken back by saying so.
    const mayBeSilent = context.mayStaySilent && edits === null && !isAwaited(sql, ids);
    if (mayBeSilent) markInbound(sql, ids, { state: "delivered", reason: "no_reply" }, context.now);
    else answerWithNotice(sql, turnId, ids, { kind: "empty_answer" }, context);
    return;
  }
  const language = languageFor(sql, ids, context);
  const footer = context.usage && renderUsage(context.usage, context.usageFooter(), language);
  const presentation = { isTextShown: edits !== null, language, ...(footer !== null && { footer }) };
  enqueueParts(
    sql,
    { turnId, ids, conversation, edits, replyTo: answer.replyTo },
    composeAnswer(content, context.limits, presentation),
    context,
  );
}

/** Enqueues a notice as the answer to messages, in the language of whoever wrote the first of them. */
export function answerWithNotice(
  sql: SqlStorage,
  turnId: TurnId | null,
  ids: readonly InboundId[],
  notice: Notice,
  context: OutboxContext,
): void {
  enqueueText(sql, turnId, ids, renderNotice(notice, languageFor(sql, ids, context)), context);
}

/**
 * Enqueues a text as an answer to messages, in the place that the first of them came from. One that ends a turn takes the
 * place of its preview. Who wrote the messages may press its buttons.
 */
export function enqueueText(
  sql: SqlStorage,
  turnId: TurnId | null,
  ids: readonly InboundId[],
  markdown: string,
  context: OutboxContext,
  buttons: ButtonRows = [],
): void {
  const edits = turnId === null ? null : claimPreview(sql, turnId);
  const language = languageFor(sql, ids, context);
  const presentation = { isTextShown: edits !== null, language };
  const parts = composeAnswer({ text: markdown }, context.limits, presentation);
  const empty: AnswerContent = { text: renderNotice({ kind: "empty_answer" }, language) };
  const shown = parts.length > 0 ? parts : composeAnswer(empty, context.limits, presentation);
  enqueueParts(sql, { turnId, ids, conversation: null, edits }, withButtons(shown, buttons, context.limits), context);
}

/** Says a notice in each place that is held for an answer to one of these messages. */
export function fillPlaces(sql: SqlStorage, ids: readonly InboundId[], notice: Notice, context: OutboxContext): void {
  for (const { replyTo, sender } of readInbound(sql, ids)) {
    if (!replyTo.ticket?.holdsPlace) continue;
    enqueueNotice(sql, replyTo, renderNotice(notice, context.languageOf(sender)), context);
  }
}

/** Whether a place is held on the screen for the answer to the first of these messages. */
export function isAwaited(sql: SqlStorage, ids: readonly InboundId[]): boolean {
  const [first] = readInbound(sql, ids.slice(0, 1));
  return first?.replyTo.ticket?.holdsPlace === true;
}

/** Enqueues a text that answers nobody's message. */
export function enqueueNotice(
  sql: SqlStorage,
  address: ReplyAddress,
  markdown: string,
  context: OutboxContext,
  choices: Choices = { rows: [], pressers: [] },
): void {
  const presentation = { isTextShown: false, language: context.languageOf(null) };
  const parts = withButtons(
    composeAnswer({ text: markdown }, context.limits, presentation),
    choices.rows,
    context.limits,
  );
  enqueueNumbered(
    sql,
    { turnId: null, address, inboundIds: [] },
    { parts, conversation: null },
    choices.pressers,
    context,
  );
}

/** Enqueues something that is said without being asked; `conversation`: whose space its files are in. */
export function enqueueAnnouncement(
  sql: SqlStorage,
  address: ReplyAddress,
  announcement: Announcement,
  context: OutboxContext,
): void {
  const { id, text, files, conversation } = announcement;
  const presentation = { isTextShown: false, language: context.languageOf(null) };
  const parts = composeAnswer({ text, files }, context.limits, presentation);
  enqueueNumbered(
    sql,
    { turnId: null, address, inboundIds: [], announcement: id },
    { parts, conversation },
    [],
    context,
  );
}

/** The edge names in its text what its buttons do: where there are none, nothing is listed. */
function withButtons(parts: readonly AnswerPart[], buttons: ButtonRows, limits: AnswerLimits): readonly AnswerPart[] {
  if (!limits.showsButtons || buttons.length === 0) return parts;
  return parts.map((part, index) => (index === parts.length - 1 ? { ...part, buttons } : part));
}

function languageFor(sql: SqlStorage, ids: readonly InboundId[], { languageOf }: OutboxContext): Language {
  const [first] = readInbound(sql, ids.slice(0, 1));
  return languageOf(first?.sender ?? null);
}

type Where = {
  readonly turnId: TurnId | null;
  readonly ids: readonly InboundId[];
  readonly conversation: ConversationKey | null;
  readonly edits: number | null;
  readonly replyTo?: InboundId | undefined;
};

function enqueueParts(
  sql: SqlStorage,
  { turnId, ids, conversation, edits, replyTo }: Where,
  parts: readonly AnswerPart[],
  context: OutboxContext,
): void {
  const messages = readInbound(sql, ids);
  const [first] = messages;
  if (!first) throw new Error("an answer to no message");
  const address = replyAddress(
    first,
    messages.find(({ id }) => id === replyTo),
  );
  const answer = { turnId, address, inboundIds: ids, ...(edits !== null && { edits }) };
  const pressers = [...new Set(messages.map(({ sender }) => sender.id))];
  fillPlaces(
    sql,
    ids.filter((id) => id !== first.id),
    { kind: "answered_elsewhere" },
    context,
  );
  enqueueNumbered(sql, answer, { parts, conversation }, pressers, context);
}

/** `conversation`: whose space the files of the parts are in. */
function enqueueNumbered(
  sql: SqlStorage,
  answer: Omit<Answer, "parts">,
  { parts, conversation }: { readonly parts: readonly AnswerPart[]; readonly conversation: ConversationKey | null },
  pressers: readonly string[],
  { now, newButtonId }: OutboxContext,
): void {
  const numbered = parts.map((part) => ({ ...part, choices: numberButtons(part.buttons, newButtonId) }));
  const rows = numbered.map(({ markdown, files, choices }) => ({
    markdown,
    files: conversation === null ? [] : files.map((file) => ({ ...file, space: spaceOfKey(conversation) })),
    buttons: toButtons(choices),
  }));
  const seqs = enqueueAnswer(sql, { ...answer, parts: rows }, now);
  for (const [index, { choices }] of numbered.entries()) {
    const seq = seqs[index];
    if (seq !== undefined && choices.length > 0) storeButtons(sql, seq, choices, pressers, now);
  }
}
