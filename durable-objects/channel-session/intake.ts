/** Takes one message in: is it new, may its sender speak, is it a command or a prompt. All in one transaction. */
import { failIfArmed } from "../../fail-points/fail-point.ts";
import { assertNever } from "../../protocol/assert.ts";
import { INBOUND_BOUNDS } from "../../protocol/bounds.ts";
import { StorageError } from "../../protocol/errors.ts";
import type { AcceptReceipt, Inbound } from "../../protocol/inbound.ts";
import type { ConversationKey } from "../../protocol/session-key.ts";
import { log } from "../../worker/log.ts";
import { groupConversation } from "./admission.ts";
import { allHeld, dueHeld, type Held, hold, join, promote, unhold } from "./assembly.ts";
import { noteTurnOf } from "./bot-turns.ts";
import { answerAtOnce, isRefused } from "./command-reply.ts";
import { type EdgeCommand, edgeCommandOf } from "./command.ts";
import { keepSaid, takeContext } from "./context.ts";
import { arrivalOf, claimDedupeKeys, dropInbound, insertInbound, readMessageState, rewordInbound } from "./inbox.ts";
import { judgeHere } from "./judge.ts";
import { noteLanguage } from "./language-row.ts";
import { countPieces, dropPieces } from "./pieces.ts";
import { introduce } from "./report.ts";
import type { SessionContext } from "./session-context.ts";
import { readSettings } from "./settings-rows.ts";
import type { TurnStore } from "./turn-store.ts";

export type Taken = {
  readonly receipt: AcceptReceipt;
  /** It goes to the agent: whoever wrote it may be shown that it was seen. */
  readonly isTaken: boolean;
};

/** Stores a message and starts what it asks for. Throws `StorageError` when it could not be stored. */
export function takeIn(session: SessionContext, turns: TurnStore, inbound: Inbound, now: number): Taken {
  const ids = { session: session.key, message: inbound.id };
  return turns.transact(() => {
    if (!claimDedupeKeys(session.sql, inbound.dedupeKeys, now)) {
      log("info", "message_repeated", ids);
      return { receipt: "duplicate", isTaken: false };
    }
    const whole = join(session.sql, inbound, now);
    if (whole) return takePiece(session, turns, inbound, whole, now);
    return admitAndTake(session, turns, inbound, now);
  });
}

/** For a message that is known to be new. Inside a transaction. */
export function admitAndTake(session: SessionContext, turns: TurnStore, inbound: Inbound, now: number): Taken {
  const ids = { session: session.key, message: inbound.id };
  const admission = judgeHere(inbound, session, now);
  switch (admission.kind) {
    case "ignored":
      log("info", "message_ignored", { ...ids, why: admission.why });
      return { receipt: "ignored", isTaken: false };
    case "stranger":
      log("info", "message_ignored", { ...ids, why: admission.kind });
      return { receipt: "ignored", isTaken: false };
    case "overheard":
      log("info", "message_overheard", ids);
      overhear(session, inbound, now);
      return { receipt: "accepted", isTaken: false };
    case "admitted":
      log("info", "message_accepted", { ...ids, conversation: admission.conversation });
      return takeAdmitted(session, turns, inbound, admission.conversation, now);
    default:
      return assertNever(admission);
  }
}

/** One more piece of a message that is held; it may be the one that says that the whole is for us. */
function takePiece(session: SessionContext, turns: TurnStore, piece: Inbound, whole: Held, now: number): Taken {
  const { sql } = session;
  log("info", "message_joined", { session: session.key, message: piece.id, to: whole.id });
  const isForUs = whole.kind === "overheard" && judgeHere(piece, session, now).kind === "admitted";
  if (isForUs) takeForUs(sql, whole.inbound);
  releaseDue(session, turns, now);
  return { receipt: "accepted", isTaken: isForUs };
}

/** What was for others, as far as it was there, is for us. */
export function takeForUs(sql: SqlStorage, whole: Inbound): void {
  promote(sql, whole.id);
  rewordInbound(sql, withContext(sql, whole));
}

/** Pieces that are for others may still be joined by one that is for us: the caption of an album. */
function overhear(session: SessionContext, inbound: Inbound, now: number): void {
  const { sql, ref } = session;
  const { conversation } = readSettings(sql);
  const route = { kind: "overheard", conversation: conversation ?? groupConversation(ref) } as const;
  const mayGrow = inbound.assembly !== undefined && inbound.assembly.waitMs > 0;
  if (mayGrow && insertInbound(sql, inbound, route, now)) hold(sql, inbound, now);
  else keepSaid(session, inbound);
}

function withContext(sql: SqlStorage, inbound: Inbound): Inbound {
  const context = takeContext(sql);
  return context.length > 0 ? { ...inbound, context } : inbound;
}

/** Hands every message on that has waited long enough for more of itself. Inside a transaction. */
export function releaseDue(session: SessionContext, turns: TurnStore, now: number): void {
  release(session, turns, dueHeld(session.sql, now));
}

function takeAdmitted(
  session: SessionContext,
  turns: TurnStore,
  inbound: Inbound,
  conversation: ConversationKey,
  now: number,
): Taken {
  const { sql } = session;
  const command = edgeCommandOf(inbound);
  const ownCommand = isForAgent(session, inbound, command) ? null : command;
  // A command is what helps when too many wait, but for one that waits itself.
  if (ownCommand === null && turns.state.open.length >= INBOUND_BOUNDS.waitingMax) {
    throw new StorageError("storage_unavailable", "too many messages of this chat wait for an answer");
  }
  if (readMessageState(sql, inbound.id)) return { receipt: "duplicate", isTaken: false };
  // What its sender wrote before comes before it; a command is about all that is there.
  const older = allHeld(sql).filter((held) => command !== null || held.inbound.sender.id === inbound.sender.id);
  release(session, turns, older);
  // No model reads a command: what else was said waits for the next message.
  const prompt = command ? inbound : withContext(sql, inbound);
  if (!insertInbound(sql, prompt, { kind: ownCommand ? "command" : "turn", conversation }, now)) {
    return { receipt: "duplicate", isTaken: false };
  }
  FAIL_POINTS && failIfArmed("inbox.write");
  noteTurnOf(sql, inbound.sender, now);
  if (inbound.chat.kind === "direct") noteLanguage(sql, inbound.sender);
  if (ownCommand) {
    introduce(sql, now);
    answerAtOnce(session, turns, { inbound, command: ownCommand, conversation }, now);
  } else {
    handOver(session, turns, { prompt, conversation, mayGrow: command === null }, now);
  }
  return { receipt: "accepted", isTaken: ownCommand === null };
}

/** What the agent carries out is refused here, if at all. */
function isForAgent(session: SessionContext, inbound: Inbound, command: EdgeCommand | null): boolean {
  return command?.kind === "agent" && !isRefused(session, { inbound, command });
}

type Stored = {
  readonly prompt: Inbound;
  readonly conversation: ConversationKey;
  /** More pieces of it may come. */
  readonly mayGrow: boolean;
};

/** What is stored goes to the agent, unless it waits for more of itself. */
function handOver(
  { sql }: SessionContext,
  turns: TurnStore,
  { prompt, conversation, mayGrow }: Stored,
  now: number,
): void {
  if (mayGrow && prompt.assembly && prompt.assembly.waitMs > 0) hold(sql, prompt, now);
  else turns.advance(arrivalOf(prompt, conversation));
}

function release(session: SessionContext, turns: TurnStore, held: readonly Held[]): void {
  const { key, sql } = session;
  for (const { id, kind, conversation, inbound } of held) {
    log("info", "message_assembled", { session: key, message: id, pieces: countPieces(sql, id) });
    if (kind === "overheard") {
      keepSaid(session, inbound);
      dropInbound(sql, id);
      dropPieces(sql, id);
    } else {
      unhold(sql, id);
      turns.advance(arrivalOf(inbound, conversation));
    }
  }
}
