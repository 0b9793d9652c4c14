/** What the transcript says of one turn: its texts, the messages it took in, its files, and its answer entry. */
import {
  type AgentMessage,
  BACKGROUND_CONTEXT,
  branchTip,
  type Entry,
  type OperationError,
  operationMeta,
  operationResult,
  pendingEntry,
  type Session,
  value,
} from "@earendil-works/pi-agent-core";
import * as v from "valibot";
import type { InboundId, TurnId } from "../../../protocol/ids.ts";
import type { Taint } from "../../../protocol/policy.ts";
import { inboundId } from "../../../protocol/schema.ts";
import { answerButton, answerFile } from "../../../protocol/turn-event.ts";
import { type AnswerPart, partOf } from "./answer-parts.ts";
import { type NoteRecord, readNoteRecord } from "./compaction/note-record.ts";
import { plainFailure } from "./models/failure.ts";
import { inboundOf } from "./inbound-message.ts";
import { readTaints } from "./taints.ts";

/** The one branch of each session that turns run on. */
export const LANE = "main";
/** Ends a text that its model could not. */
export const CUT_MARK = "(cut: the model reached its output limit)";
/** Type of the custom entry that ends a turn. */
export const ANSWER_ENTRY = "answer";

const answer = v.object({
  turnId: v.string(),
  text: v.string(),
  consumed: v.array(inboundId),
  files: v.optional(v.array(answerFile)),
  buttons: v.optional(v.array(v.array(answerButton))),
  replyTo: v.optional(inboundId),
  workspace: v.object({ head: v.string(), heartbeatHash: v.nullable(v.string()) }),
  context: v.optional(v.object({ tokens: v.number(), windowTokens: v.number(), compactions: v.number() })),
});

/** The answer of a turn, as `final` carries it. */
export type Answer = Omit<v.InferOutput<typeof answer>, "turnId">;

/** What is known of a turn. */
export type LedgerState =
  | { readonly kind: "unknown" }
  | { readonly kind: "open" }
  | { readonly kind: "aborted" }
  | { readonly kind: "failed"; readonly message: string }
  /** The loop is through, the answer entry is not written yet. */
  | { readonly kind: "completed" }
  | { readonly kind: "answered"; readonly answer: Answer };

/** What a turn has done so far. */
export type TurnRecord = {
  /** Finished text blocks, in order. */
  readonly blocks: readonly string[];
  readonly consumed: readonly InboundId[];
  /** Model steps. */
  readonly steps: number;
  /** What its tools added to the answer, in order. */
  readonly parts: readonly AnswerPart[];
  /** The newest turn-private workspace manifest. */
  readonly manifestId: string | undefined;
};

const toolDetails = v.object({ manifestId: v.string() });

/** Said when a conversation is too long for every model and cannot be summed up. */
const TOO_LONG =
  "This conversation has become too long for the model, and it could not be summed up just now. Nothing is lost: please " +
  "try again in a moment, or send /compact. /new begins a fresh conversation.";

/** Where the answer of a command is: it is no part of the conversation. */
const commandAnswer = (turnId: TurnId) => value<v.InferOutput<typeof answer>>("agent-claw.command", turnId);

/** Where the turn stands. */
export async function readLedger(session: Session, turnId: TurnId): Promise<LedgerState> {
  const [command, ended] = await Promise.all([
    session.getValue(commandAnswer(turnId), BACKGROUND_CONTEXT),
    session.getValue(operationResult(turnId), BACKGROUND_CONTEXT),
    // For `readTurn`, which comes next: it is known then, and has not cost one more way to the store.
    readNoteRecord(session),
  ]);
  const said = v.safeParse(answer, command?.value);
  if (said.success) return { kind: "answered", answer: withoutTurn(said.output) };
  const result = ended?.value;
  if (result === undefined) {
    const meta = (await session.getValue(operationMeta(turnId), BACKGROUND_CONTEXT))?.value;
    return meta === undefined ? { kind: "unknown" } : { kind: "open" };
  }
  switch (result.status) {
    case "completed": {
      const found = await findAnswer(session, turnId, result.tipId);
      return found === undefined ? { kind: "completed" } : { kind: "answered", answer: found };
    }
    case "failed":
      return { kind: "failed", message: failureText(result.error) };
    case "aborted":
      return { kind: "aborted" };
    case "declined":
      // Only a summary can be; what came of it is still to be said.
      return { kind: "completed" };
  }
}

/** Why a turn failed, in our words. */
export function failureText(error: OperationError | undefined): string {
  return error?.code === "compaction_declined" ? TOO_LONG : plainFailure(error?.message);
}

/** Writes the answer of a turn that is one command. */
export async function writeCommandAnswer(session: Session, turnId: TurnId, said: Answer): Promise<void> {
  await session.setValue(commandAnswer(turnId), { ...said, turnId }, BACKGROUND_CONTEXT);
}

function withoutTurn(stored: v.InferOutput<typeof answer>): Answer {
  const { turnId: _, ...found } = stored;
  return found;
}

/** The answers of its models, those in vain included. */
export async function answersOf(session: Session, turnId: TurnId): Promise<readonly AssistantMessage[]> {
  const messages = (await entriesOf(session, turnId)).flatMap(messageOf);
  return messages.filter((message) => message.role === "assistant");
}

/** What the turn has done; empty when it never began. */
export async function readTurn(session: Session, turnId: TurnId): Promise<TurnRecord> {
  const entries = await entriesOf(session, turnId);
  const messages = entries.flatMap(messageOf);
  const answers = messages.filter((message) => message.role === "assistant");
  const results = messages.filter((message) => message.role === "toolResult");
  const staged = await stagedResults(session);
  const finished = [...results, ...staged].map(({ details }) => details);
  return {
    blocks: answers.flatMap(settledBlocks),
    consumed: [...new Set(messages.flatMap((message) => inboundOf(message)?.id ?? []))],
    steps: answers.length,
    parts: finished.flatMap((details) => partOf(details) ?? []),
    manifestId:
      staged.map(({ details }) => manifestOf(details)).findLast((id) => id !== undefined) ??
      newestManifest(entries, await readNoteRecord(session), turnId),
  };
}

/** Notes are taken between steps, so their manifest is newer than what is in the transcript up to there. */
function newestManifest(entries: readonly Entry[], notes: NoteRecord, turnId: TurnId): string | undefined {
  const noted = notes.turnId === turnId ? notes.manifest : null;
  const of = (entry: Entry) => messageOf(entry).flatMap((message) => manifestOfResult(message) ?? []);
  const since = noted === null ? -1 : entries.findIndex(({ id }) => id === noted.after);
  return (
    entries
      .slice(since + 1)
      .flatMap(of)
      .at(-1) ??
    noted?.id ??
    entries.flatMap(of).at(-1)
  );
}

function manifestOfResult(message: AgentMessage): string | undefined {
  return message.role === "toolResult" ? manifestOf(message.details) : undefined;
}

/** What the results of a tool bring into a turn. */
export type Brings = (tool: string) => Taint | null;

/** What the turn has taken in of others so far: with its messages, and with the results of its tools. */
export async function readTurnTaints(session: Session, turnId: TurnId, brings: Brings): Promise<readonly Taint[]> {
  const messages = (await entriesOf(session, turnId)).flatMap(messageOf);
  return taintsOfAll([...messages, ...(await stagedResults(session))], brings);
}

/** What turns took in since the last answer. */
export type Unanswered = {
  /** The words of the messages, by id; what was summarised is no longer there to point at, nor is what only points. */
  readonly words: ReadonlyMap<InboundId, string>;
  readonly taints: readonly Taint[];
};

/** Answer entries are the only custom ones: those of commands are none, so that a command answers no message. */
export async function readUnanswered(session: Session, brings: Brings): Promise<Unanswered> {
  const tip = await session.getValue(branchTip(LANE), BACKGROUND_CONTEXT);
  if (!tip?.value) return { words: new Map(), taints: [] };
  const since = await session.scanBranch(
    { start: tip.value, order: "newestFirst", stopAtType: "custom" },
    BACKGROUND_CONTEXT,
  );
  const summary = since.findIndex(({ type }) => type === "compaction");
  const visible = summary === -1 ? since : since.slice(0, summary + 1);
  // Oldest first, so that of a changed message the newest words count.
  const inbounds = visible
    .toReversed()
    .flatMap((entry) => (entry.type === "compaction" ? entry.retainedTail : messageOf(entry)))
    .flatMap((message) => inboundOf(message) ?? [])
    .filter(({ isRepeated }) => isRepeated === undefined);
  return {
    words: new Map(inbounds.map(({ id, text }) => [id, text])),
    taints: taintsOfAll(since.flatMap(messageOf), brings),
  };
}

function taintsOfAll(messages: readonly AgentMessage[], brings: Brings): readonly Taint[] {
  const found = messages.flatMap((message) => {
    if (message.role === "toolResult") return brings(message.toolName) ?? [];
    const inbound = inboundOf(message);
    return inbound === undefined ? [] : readTaints(inbound.taints);
  });
  return [...new Set(found)];
}

function messageOf(entry: Entry): readonly AgentMessage[] {
  return entry.type === "message" ? [entry.message] : [];
}

/** A model's message in a transcript. */
export type AssistantMessage = Extract<Extract<Entry, { type: "message" }>["message"], { role: "assistant" }>;

type ToolResultMessage = Extract<Extract<Entry, { type: "message" }>["message"], { role: "toolResult" }>;

/** The text blocks of a message that counts; a failed or stopped try counts for nothing. */
export function settledBlocks(message: AssistantMessage): readonly string[] {
  if (message.stopReason === "error" || message.stopReason === "aborted") return [];
  const blocks = message.content.flatMap((block) => (block.type === "text" ? [block.text] : []));
  return isCutAnswer(message) ? [...blocks, CUT_MARK] : blocks;
}

/** Whether the model reached its output limit in its answer. In a tool call it is told so and goes on. */
export function isCutAnswer({ stopReason, content }: AssistantMessage): boolean {
  return stopReason === "length" && !content.some(({ type }) => type === "toolCall");
}

/** The answer entry is written right after the turn's last entry; messages of nobody's turn may lie between. */
async function findAnswer(session: Session, turnId: TurnId, tipId: string | null): Promise<Answer | undefined> {
  const tip = tipId === null ? undefined : await session.getEntry(tipId, BACKGROUND_CONTEXT);
  if (tip === undefined) return undefined;
  const entries = await session.findEntries(
    { type: "custom", order: "asc", cursor: { seq: tip.seq } },
    BACKGROUND_CONTEXT,
  );
  for (const entry of entries) {
    if (entry.type !== "custom" || entry.customType !== ANSWER_ENTRY) continue;
    const parsed = v.safeParse(answer, entry.data);
    if (!parsed.success || parsed.output.turnId !== turnId) continue;
    return withoutTurn(parsed.output);
  }
  return undefined;
}

async function entriesOf(session: Session, turnId: TurnId): Promise<readonly Entry[]> {
  const range = await rangeOf(session, turnId);
  if (range === undefined || range.tipId === null) return [];
  const { fromTipId, tipId } = range;
  const stop = fromTipId === null ? {} : { stopAtId: fromTipId };
  const entries = await session.scanBranch({ start: tipId, order: "newestFirst", ...stop }, BACKGROUND_CONTEXT);
  return entries.filter((entry) => entry.id !== fromTipId).reverse();
}

/** The tip before the turn and its last entry; undefined for a turn that never began. */
async function rangeOf(
  session: Session,
  turnId: TurnId,
): Promise<{ readonly fromTipId: string | null; readonly tipId: string | null } | undefined> {
  const result = await session.getValue(operationResult(turnId), BACKGROUND_CONTEXT);
  if (result !== undefined) return result.value;
  const meta = await session.getValue(operationMeta(turnId), BACKGROUND_CONTEXT);
  if (meta === undefined) return undefined;
  const tip = await session.getValue(branchTip(LANE), BACKGROUND_CONTEXT);
  return { fromTipId: meta.value.sourceTipId, tipId: tip?.value ?? null };
}

/** Tool results that are journalled but not yet placed in the transcript, as a crash leaves them. */
async function stagedResults(session: Session): Promise<readonly ToolResultMessage[]> {
  const staged = await session.scanValues(pendingEntry(""), BACKGROUND_CONTEXT);
  return staged.flatMap(({ value }) =>
    value.type === "message" && value.payload.role === "toolResult" ? [value.payload] : [],
  );
}

function manifestOf(details: unknown): string | undefined {
  const parsed = v.safeParse(toolDetails, details);
  return parsed.success ? parsed.output.manifestId : undefined;
}
