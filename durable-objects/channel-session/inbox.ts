/** The inbox and dedupe tables: what came in, once, and how far each message is. Synchronous SQL only. */
import { RETENTION } from "../../protocol/bounds.ts";
import { AGENT_COMMANDS } from "../../protocol/commands.ts";
import { type InboundId, isInboundId, isTurnId, type TurnId } from "../../protocol/ids.ts";
import type { Inbound } from "../../protocol/inbound.ts";
import { type ConversationKey, isConversationKey } from "../../protocol/session-key.ts";
import { agentCommandOf } from "./command.ts";
import type { Event, OpenMessage, State, Turn } from "./turn-state.ts";

/**
 * `turn`: for the agent. `command`: the edge carries it out itself, after the commit. `overheard`: pieces of something
 * that is for others, as far as it is there.
 */
export type InboxKind = "turn" | "command" | "overheard";
/** `held`: it waits for more pieces of itself. */
export type InboxState = OpenMessage["state"] | "held" | "answered" | "delivered" | "failed" | "stopped" | "dead";

/** Messages for the agent that no answer covers yet: the type `OpenMessage`. */
const IS_OPEN = "kind = 'turn' AND state IN ('accepted', 'leased', 'running')";

/** Claims the keys of a message. False: one of them was known, so the message is a repeat. */
export function claimDedupeKeys(sql: SqlStorage, keys: readonly string[], now: number): boolean {
  let isNew = true;
  for (const key of keys) {
    const written = sql.exec(
      "INSERT INTO dedupe (key, expires_at) VALUES (?, ?) ON CONFLICT (key) DO NOTHING",
      key,
      now + RETENTION.dedupeMs,
    ).rowsWritten;
    if (written === 0) isNew = false;
  }
  return isNew;
}

/** How many messages the inbox remembers. */
export function countMessages(sql: SqlStorage): number {
  return sql.exec<{ n: number }>("SELECT count(*) AS n FROM inbox").one().n;
}

/** Stores a message in state `accepted`. False: its id is known, though its dedupe keys are forgotten. */
export function insertInbound(
  sql: SqlStorage,
  inbound: Inbound,
  route: { readonly kind: InboxKind; readonly conversation: ConversationKey },
  now: number,
): boolean {
  const { rowsWritten } = sql.exec(
    `INSERT INTO inbox (inbound_id, conversation, kind, body, state, accepted_at, updated_at)
     VALUES (?1, ?2, ?3, ?4, 'accepted', ?5, ?5) ON CONFLICT (inbound_id) DO NOTHING`,
    inbound.id,
    route.conversation,
    route.kind,
    JSON.stringify(inbound),
    now,
  );
  return rowsWritten > 0;
}

/** Turns a command into a message for the agent: what followed `/new` becomes the first prompt. */
export function rewriteCommandAsPrompt(sql: SqlStorage, id: InboundId, prompt: Inbound): void {
  sql.exec("UPDATE inbox SET kind = 'turn', body = ? WHERE inbound_id = ?", JSON.stringify(prompt), id);
}

/** Forgets a message that nobody is to answer. */
export function dropInbound(sql: SqlStorage, id: InboundId): void {
  sql.exec("DELETE FROM inbox WHERE inbound_id = ?", id);
}

/** Replaces what a stored message says. */
export function rewordInbound(sql: SqlStorage, inbound: Inbound): void {
  sql.exec("UPDATE inbox SET body = ? WHERE inbound_id = ?", JSON.stringify(inbound), inbound.id);
}

export type Mark = { readonly state: InboxState; readonly turnId?: TurnId; readonly reason?: string };

/**
 * Moves messages to a state and notes when. A message that is back in the queue belongs to no turn, and its path
 * starts anew; one that a turn is given again keeps the time of the first.
 */
export function markInbound(sql: SqlStorage, ids: readonly InboundId[], mark: Mark, now: number): void {
  for (const id of ids) {
    sql.exec(
      `UPDATE inbox SET state = ?1, reason = ?2, updated_at = ?3,
         turn_id = CASE ?1 WHEN 'accepted' THEN NULL WHEN 'leased' THEN ?4 ELSE turn_id END,
         leased_at = CASE ?1 WHEN 'accepted' THEN NULL WHEN 'leased' THEN coalesce(leased_at, ?3) ELSE leased_at END,
         begun_at = CASE ?1 WHEN 'accepted' THEN NULL WHEN 'running' THEN coalesce(begun_at, ?3) ELSE begun_at END,
         answered_at = CASE ?1 WHEN 'accepted' THEN NULL WHEN 'answered' THEN ?3 ELSE answered_at END,
         delivered_at = CASE ?1 WHEN 'accepted' THEN NULL WHEN 'delivered' THEN ?3 ELSE delivered_at END
       WHERE inbound_id = ?5`,
      mark.state,
      mark.reason ?? null,
      now,
      mark.turnId ?? null,
      id,
    );
  }
}

/** Whether a message is answered in a way that no other message can share. */
function wantsOwnAnswer({ task, replyTo: { ticket } }: Inbound): boolean {
  if (task) return true;
  return ticket !== undefined && (ticket.holdsPlace || ticket.isBinding);
}

/** How a message stands to others, as the machine is to know it. */
function standingOf({ isAlone, isCommand }: { readonly isAlone: boolean; readonly isCommand: boolean }) {
  return {
    ...((isAlone || isCommand) && { isAlone: true as const }),
    ...(isCommand && { isCommand: true as const }),
  };
}

/** A message as the machine takes it in. */
export function arrivalOf(inbound: Inbound, conversation: ConversationKey): Extract<Event, { kind: "message" }> {
  const standing = standingOf({ isAlone: wantsOwnAnswer(inbound), isCommand: agentCommandOf(inbound) !== null });
  return { kind: "message", id: inbound.id, conversation, ...standing };
}

/** How far one message is; null: it is not known. */
export function readMessageState(sql: SqlStorage, id: InboundId): MessageState | null {
  const query = "SELECT state, kind, conversation FROM inbox WHERE inbound_id = ?";
  const [row] = sql.exec<{ state: InboxState; kind: InboxKind; conversation: string }>(query, id).toArray();
  return row ? { ...row, conversation: narrowConversation(row.conversation) } : null;
}

export type MessageState = {
  readonly state: InboxState;
  readonly kind: InboxKind;
  readonly conversation: ConversationKey;
};

/** Sets a message back to `accepted`, for a new turn. */
export function replayInbound(sql: SqlStorage, id: InboundId, now: number): void {
  markInbound(sql, [id], { state: "accepted" }, now);
  sql.exec("UPDATE inbox SET replayed_at = ? WHERE inbound_id = ?", now, id);
}

/** The messages with these ids, in order of arrival; unknown ids are left out. */
export function readInbound(sql: SqlStorage, ids: readonly InboundId[]): readonly Inbound[] {
  const query = "SELECT seq, body FROM inbox WHERE inbound_id = ?";
  const rows = ids.flatMap((id) => sql.exec<{ seq: number; body: string }>(query, id).toArray());
  return rows.toSorted((a, b) => a.seq - b.seq).map((row) => parseBody(row.body));
}

/** Whether a part that names these messages says that they could not be answered. */
export function haveFailed(sql: SqlStorage, ids: readonly InboundId[]): boolean {
  const [first] = ids;
  const query = "SELECT 1 FROM inbox WHERE inbound_id = ? AND state = 'failed'";
  return first !== undefined && sql.exec(query, first).toArray().length > 0;
}

/** Whether somebody stopped the message before it was answered. */
export function isStopped(sql: SqlStorage, id: InboundId): boolean {
  return sql.exec("SELECT 1 FROM inbox WHERE inbound_id = ? AND state = 'stopped'", id).toArray().length > 0;
}

/**
 * The messages that the current turn begins or began with, in order of arrival. Once the agent has begun, those that
 * are only leased were steered: they are steered again, since the agent takes what a run brings along for known.
 */
export function readTurnMessages(sql: SqlStorage, turnId: TurnId): readonly Inbound[] {
  const query = "SELECT body, state FROM inbox WHERE turn_id = ? AND state IN ('leased', 'running') ORDER BY seq";
  const rows = sql.exec<{ body: string; state: OpenMessage["state"] }>(query, turnId).toArray();
  const begun = rows.filter((row) => row.state === "running");
  return (begun.length > 0 ? begun : rows).map((row) => parseBody(row.body));
}

export type OpenCommand = {
  readonly inbound: Inbound;
  readonly conversation: ConversationKey;
  /** The messages that were waiting when the command came: those that it is about. */
  readonly before: readonly InboundId[];
};

/** The oldest command that is not carried out yet. */
export function readOpenCommand(sql: SqlStorage): OpenCommand | null {
  const query = `SELECT seq, body, conversation FROM inbox
     WHERE kind = 'command' AND state = 'accepted' ORDER BY seq LIMIT 1`;
  const [row] = sql.exec<{ seq: number; body: string; conversation: string }>(query).toArray();
  if (!row) return null;
  const earlier = `SELECT inbound_id FROM inbox WHERE ${IS_OPEN} AND seq < ? ORDER BY seq`;
  const before = sql.exec<{ inbound_id: string }>(earlier, row.seq).toArray();
  return {
    inbound: parseBody(row.body),
    conversation: narrowConversation(row.conversation),
    before: before.map((message) => narrowInboundId(message.inbound_id)),
  };
}

type OpenRow = {
  inbound_id: string;
  conversation: string;
  state: OpenMessage["state"];
  is_alone: number;
  is_command: number;
};

/** The state that a restarted object begins with. */
export function loadState(sql: SqlStorage): State {
  // In words of SQL what `wantsOwnAnswer` and `agentCommandOf` say: reading every body would take its time.
  const ticket = (field: string) => `coalesce(json_extract(body, '$.replyTo.ticket.${field}'), 0)`;
  const query = `SELECT inbound_id, conversation, state, ${ticket("holdsPlace")} OR ${ticket("isBinding")}
         OR json_extract(body, '$.task') IS NOT NULL AS is_alone,
       coalesce(json_extract(body, '$.command.name') IN (SELECT value FROM json_each(?)), 0) AS is_command
     FROM inbox WHERE ${IS_OPEN} ORDER BY seq`;
  const open = sql
    .exec<OpenRow>(query, JSON.stringify(AGENT_COMMANDS))
    .toArray()
    .map((row) => ({
      id: narrowInboundId(row.inbound_id),
      conversation: narrowConversation(row.conversation),
      state: row.state,
      ...standingOf({ isAlone: row.is_alone === 1, isCommand: row.is_command === 1 }),
    }));
  const [row] = sql.exec<{ state: string }>("SELECT state FROM turn").toArray();
  return { turn: row ? parseTurn(row.state) : null, open };
}

/** Stores the turn of the state; the open messages are stored by their marks. */
export function saveTurn(sql: SqlStorage, turn: Turn | null): void {
  if (turn) sql.exec("INSERT OR REPLACE INTO turn (id, state) VALUES (1, ?)", JSON.stringify(turn));
  else sql.exec("DELETE FROM turn");
}

// What follows reads rows that only this file wrote: a mismatch is a programmer's error and crashes the object.

/** The message of a stored body. */
export function parseBody(body: string): Inbound {
  const inbound: Inbound = JSON.parse(body);
  return inbound;
}

function parseTurn(text: string): Turn {
  // Older releases counted neither.
  type Counts = "runs" | "takeovers";
  const turn: Omit<Turn, Counts> & Partial<Pick<Turn, Counts>> = JSON.parse(text);
  if (!isTurnId(turn.turnId)) throw new Error("the stored turn is broken");
  return { ...turn, runs: turn.runs ?? 0, takeovers: turn.takeovers ?? 0 };
}

/** The id of a stored message. Throws for anything else. */
export function narrowInboundId(text: string): InboundId {
  if (!isInboundId(text)) throw new Error("a stored inbound id is broken");
  return text;
}

function narrowConversation(text: string): ConversationKey {
  if (!isConversationKey(text)) throw new Error("a stored conversation key is broken");
  return text;
}
