/** Writes what a step of the machine decided, in the transaction that also stores its state. Synchronous SQL only. */
import { assertNever } from "../../protocol/assert.ts";
import { OUTBOUND_BOUNDS } from "../../protocol/bounds.ts";
import { type InboundId, isTurnId, type TurnId } from "../../protocol/ids.ts";
import { isConversationKey } from "../../protocol/session-key.ts";
import type { Usage } from "../../protocol/turn-event.ts";
import { showsNothing } from "../../protocol/visible-text.ts";
import { splitMarkdown } from "../../worker/channels/registry.ts";
import { markInbound, readInbound, saveTurn } from "./inbox.ts";
import type { Effect, Step, Turn, TurnRef } from "./turn-state.ts";
import { renderNotice } from "./notice.ts";
import { enqueueAnswer } from "./outbox.ts";

type RowEffect = Extract<Effect, { kind: "mark" | "answer" | "notice" | "turn_ended" }>;
/** An effect that is I/O: started after the commit. */
export type IoEffect = Exclude<Effect, RowEffect>;

export type RowContext = {
  readonly now: number;
  /** Longest part that the session's channel takes. */
  readonly textMax: number;
  /** A group may be left without an answer (`NO_REPLY`); a person never is. */
  readonly mayStaySilent: boolean;
  readonly usage: Usage | null;
};

/** The whole text by which the model says that nothing needs to be said. */
const NO_REPLY = "NO_REPLY";

/** Stores the turn and the rows of a step; returns the effects that are left to start. */
export function commitStep(sql: SqlStorage, before: Turn | null, step: Step, context: RowContext): readonly IoEffect[] {
  const { turn } = step.state;
  if (turn !== before) saveTurn(sql, turn);
  return step.effects.filter((effect): effect is IoEffect => !commitRow(sql, effect, turn?.turnId, context));
}

/** Writes one row effect; false if the effect is not one. */
function commitRow(sql: SqlStorage, effect: Effect, turnId: TurnId | undefined, context: RowContext): boolean {
  switch (effect.kind) {
    case "mark": {
      const reason = effect.reason !== undefined && { reason: effect.reason };
      const mark = { state: effect.state, ...(turnId !== undefined && { turnId }), ...reason };
      markInbound(sql, effect.ids, mark, context.now);
      return true;
    }
    case "answer":
      commitAnswer(sql, effect.turnId, effect.ids, effect.text.trim(), context);
      return true;
    case "notice":
      enqueueText(sql, effect.turnId, effect.ids, renderNotice(effect.notice), context);
      return true;
    case "turn_ended":
      insertTurn(sql, effect.turn, effect.outcome, context);
      return true;
    case "ask_lane":
    case "run":
    case "steer":
    case "abort":
    case "release_lane":
      return false;
    default:
      return assertNever(effect);
  }
}

function commitAnswer(
  sql: SqlStorage,
  turnId: TurnId,
  ids: readonly InboundId[],
  text: string,
  context: RowContext,
): void {
  const isSilent = text === NO_REPLY || showsNothing(text);
  if (!isSilent) enqueueText(sql, turnId, ids, text, context);
  else if (context.mayStaySilent) markInbound(sql, ids, { state: "delivered", reason: "no_reply" }, context.now);
  else enqueueText(sql, turnId, ids, renderNotice({ kind: "empty_answer" }), context);
}

/** Enqueues a text as an answer to messages, in the place that the first of them came from. */
export function enqueueText(
  sql: SqlStorage,
  turnId: TurnId | null,
  ids: readonly InboundId[],
  markdown: string,
  context: RowContext,
): void {
  const [first] = readInbound(sql, ids);
  if (!first) throw new Error("an answer to no message");
  const parts = splitMarkdown(cutAnswer(markdown), context.textMax).filter((part) => !showsNothing(part));
  const shown = parts.length > 0 ? parts : [renderNotice({ kind: "empty_answer" })];
  enqueueAnswer(sql, { turnId, address: first.replyTo, parts: shown, inboundIds: ids }, context.now);
}

function cutAnswer(markdown: string): string {
  if (markdown.length <= OUTBOUND_BOUNDS.answerMax) return markdown;
  return `${markdown.slice(0, OUTBOUND_BOUNDS.answerMax)}\n\n… (cut: the answer was ${markdown.length} characters long)`;
}

function insertTurn(sql: SqlStorage, turn: Turn, outcome: string, { now, usage }: RowContext): void {
  sql.exec(
    `INSERT OR REPLACE INTO turns (turn_id, conversation, fence, runs, outcome, usage, started_at, ended_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    turn.turnId,
    turn.conversation,
    turn.fence,
    turn.runs,
    outcome,
    usage && JSON.stringify(usage),
    turn.startedAt,
    now,
  );
}

export type LastTurn = TurnRef & {
  readonly outcome: string;
  readonly endedAt: number;
};

/** The turn that ended last; null before the first. Its fence is 0 if its grant came too late for it. */
export function readLastTurn(sql: SqlStorage): LastTurn | null {
  const query = "SELECT turn_id, conversation, fence, outcome, ended_at FROM turns ORDER BY seq DESC LIMIT 1";
  const [row] = sql
    .exec<{ turn_id: string; conversation: string; fence: number; outcome: string; ended_at: number }>(query)
    .toArray();
  if (!row || !isTurnId(row.turn_id) || !isConversationKey(row.conversation)) return null;
  const { turn_id: turnId, conversation, fence, outcome, ended_at: endedAt } = row;
  return { turnId, conversation, fence, outcome, endedAt };
}

/** What the last turn with a model call used. */
export function readLastUsage(sql: SqlStorage): Usage | null {
  const query = "SELECT usage FROM turns WHERE usage IS NOT NULL ORDER BY seq DESC LIMIT 1";
  const [row] = sql.exec<{ usage: string }>(query).toArray();
  if (!row) return null;
  const usage: Usage = JSON.parse(row.usage); // only `insertTurn` writes it
  return usage;
}
