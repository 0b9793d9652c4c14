/** Writes what a step of the machine decided, in the transaction that also stores its state. Synchronous SQL only. */
import { assertNever } from "../../protocol/assert.ts";
import { isTurnId, type TurnId } from "../../protocol/ids.ts";
import { type ConversationKey, isConversationKey } from "../../protocol/session-key.ts";
import type { ContextUse, Usage } from "../../protocol/turn-event.ts";
import { type AnswerContext, answerWithNotice, commitAnswer, fillPlaces } from "./answer-rows.ts";
import type { LastContext } from "./command-status.ts";
import { markInbound, saveTurn } from "./inbox.ts";
import { sayParked } from "./parked-notice.ts";
import { noteAnswered, noteFailed, noteStopped } from "./outcomes.ts";
import type { Effect, Step, Turn, TurnRef } from "./turn-state.ts";
import { withdrawPreview } from "./preview-rows.ts";

type RowEffect = Extract<Effect, { kind: "mark" | "answer" | "notice" | "parked" | "turn_ended" }>;
/** An effect that is I/O: started after the commit. */
export type IoEffect = Exclude<Effect, RowEffect>;

/** Stores the turn and the rows of a step; returns the effects that are left to start. */
export function commitStep(
  sql: SqlStorage,
  before: Turn | null,
  step: Step,
  context: AnswerContext,
): readonly IoEffect[] {
  const { turn } = step.state;
  if (turn !== before) saveTurn(sql, turn);
  return step.effects.filter((effect): effect is IoEffect => !commitRow(sql, effect, turn?.turnId, context));
}

/** Writes one row effect; false if the effect is not one. */
function commitRow(sql: SqlStorage, effect: Effect, turnId: TurnId | undefined, context: AnswerContext): boolean {
  switch (effect.kind) {
    case "mark": {
      const reason = effect.reason !== undefined && { reason: effect.reason };
      const mark = { state: effect.state, ...(turnId !== undefined && { turnId }), ...reason };
      markInbound(sql, effect.ids, mark, context.now);
      if (effect.state === "stopped" && context.isTask) noteStopped(sql, effect.ids, context);
      // Whoever asked looks at a place that is held for the answer; it must not wait there for ever.
      else if (effect.state === "stopped") fillPlaces(sql, effect.ids, { kind: "stopped", running: true }, context);
      return true;
    }
    case "answer":
      if (context.isTask) noteAnswered(sql, effect, context);
      else commitAnswer(sql, effect, context);
      return true;
    case "notice":
      if (context.isTask) noteFailed(sql, effect, context);
      else answerWithNotice(sql, effect.turnId, effect.ids, effect.notice, context);
      return true;
    case "parked":
      sayParked(sql, effect, context);
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

function insertTurn(sql: SqlStorage, turn: Turn, outcome: string, { now, usage, contextUse }: AnswerContext): void {
  withdrawPreview(sql, turn.turnId); // of a turn that was stopped; an answer has claimed it
  sql.exec(
    `INSERT OR REPLACE INTO turns
       (turn_id, conversation, fence, runs, outcome, usage, context, started_at, ended_at, release)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    turn.turnId,
    turn.conversation,
    turn.fence,
    turn.runs,
    outcome,
    usage && JSON.stringify(usage),
    contextUse && JSON.stringify(contextUse),
    turn.startedAt,
    now,
    turn.release ?? null,
  );
}

export type LastTurn = TurnRef & {
  readonly outcome: string;
  readonly endedAt: number;
};

type LastRow = {
  readonly turn_id: string;
  readonly conversation: string;
  readonly fence: number;
  readonly outcome: string;
  readonly ended_at: number;
  readonly release: string | null;
};

/** The turn that ended last; null before the first. Its fence is 0 if its grant came too late for it. */
export function readLastTurn(sql: SqlStorage): LastTurn | null {
  const query = "SELECT turn_id, conversation, fence, outcome, ended_at, release FROM turns ORDER BY seq DESC LIMIT 1";
  const [row] = sql.exec<LastRow>(query).toArray();
  if (!row || !isTurnId(row.turn_id) || !isConversationKey(row.conversation)) return null;
  const { turn_id: turnId, conversation, fence, outcome, ended_at: endedAt, release } = row;
  return { turnId, conversation, fence, outcome, endedAt, ...(release !== null && { release }) };
}

/** How a turn ended; null: it has not. */
export function readOutcome(sql: SqlStorage, turnId: TurnId): string | null {
  const [row] = sql.exec<{ outcome: string }>("SELECT outcome FROM turns WHERE turn_id = ?", turnId).toArray();
  return row?.outcome ?? null;
}

/** The release under which the last turn of a conversation began; null: it never ran, or nobody wrote it down. */
export function readLastRelease(sql: SqlStorage, conversation: ConversationKey): string | null {
  const query = "SELECT release FROM turns WHERE conversation = ? ORDER BY seq DESC LIMIT 1";
  const [row] = sql.exec<{ release: string | null }>(query, conversation).toArray();
  return row?.release ?? null;
}

/** What the last turn with a model call used. */
export function readLastUsage(sql: SqlStorage): Usage | null {
  const query = "SELECT usage FROM turns WHERE usage IS NOT NULL ORDER BY seq DESC LIMIT 1";
  const [row] = sql.exec<{ usage: string }>(query).toArray();
  if (!row) return null;
  const usage: Usage = JSON.parse(row.usage); // only `insertTurn` writes it
  return usage;
}

/** What the last turn of a conversation that told it said of its window. */
export function readLastContext(sql: SqlStorage, conversation: ConversationKey): LastContext | null {
  const query = `SELECT context, ended_at FROM turns
     WHERE context IS NOT NULL AND conversation = ? ORDER BY seq DESC LIMIT 1`;
  const [row] = sql.exec<{ context: string; ended_at: number }>(query, conversation).toArray();
  if (!row) return null;
  const use: ContextUse = JSON.parse(row.context); // only `insertTurn` writes it
  return { use, endedAt: row.ended_at };
}
