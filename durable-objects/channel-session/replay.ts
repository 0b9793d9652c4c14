/** Takes up what was given up: a dead part is sent again, a message that failed gets a new turn. In one transaction. */
import { INBOUND_BOUNDS } from "../../protocol/bounds.ts";
import type { ReplayOutcome, ReplayTarget } from "../../protocol/dead-letter.ts";
import type { InboundId } from "../../protocol/ids.ts";
import { log } from "../../worker/log.ts";
import { arrivalOf, type MessageState, readInbound, readMessageState, replayInbound } from "./inbox.ts";
import { deadPartsFor, dropDeadNotices, type OutboxRow, readPart, replayPart } from "./outbox.ts";
import { requestReport } from "./report.ts";
import type { SessionContext } from "./session-context.ts";
import type { TurnStore } from "./turn-store.ts";

/** Replays a target. Doing it twice does it once: the second time there is nothing dead. */
export function replay(session: SessionContext, turns: TurnStore, target: ReplayTarget, now: number): ReplayOutcome {
  const outcome = turns.transact(() =>
    "part" in target
      ? replayOnePart(session.sql, target.part, now)
      : replayMessage(session.sql, turns, target.message, now),
  );
  log("info", "replay", {
    session: session.key,
    ...target,
    outcome: outcome.kind === "refused" ? outcome.code : "replayed",
  });
  return outcome;
}

function replayOnePart(sql: SqlStorage, seq: number, now: number): ReplayOutcome {
  const row = readPart(sql, seq);
  if (row?.kind !== "part") return { kind: "refused", code: "unknown_part" };
  return row.state === "dead" ? replayParts(sql, [row], now) : { kind: "refused", code: "not_dead", state: row.state };
}

function replayMessage(sql: SqlStorage, turns: TurnStore, id: InboundId, now: number): ReplayOutcome {
  const message = readMessageState(sql, id);
  if (!message) return { kind: "refused", code: "unknown_message" };
  const { state } = message;
  if (state !== "dead" && state !== "failed") return { kind: "refused", code: "not_dead", state };
  const parts = state === "dead" ? deadPartsFor(sql, id) : [];
  return parts.length > 0 ? replayParts(sql, parts, now) : runAgain(sql, turns, id, message, now);
}

function replayParts(sql: SqlStorage, rows: readonly OutboxRow[], now: number): ReplayOutcome {
  for (const row of rows) replayPart(sql, row, now);
  return { kind: "replayed", parts: rows.map((row) => row.seq) };
}

/** For the machine it is a message like any other that comes in. */
function runAgain(
  sql: SqlStorage,
  turns: TurnStore,
  id: InboundId,
  { kind, conversation }: MessageState,
  now: number,
): ReplayOutcome {
  if (kind === "command") return { kind: "refused", code: "not_replayable" };
  if (turns.state.open.length >= INBOUND_BOUNDS.waitingMax) return { kind: "refused", code: "too_many_waiting" };
  dropDeadNotices(sql, id);
  requestReport(sql, now);
  replayInbound(sql, id, now);
  for (const inbound of readInbound(sql, [id])) turns.advance(arrivalOf(inbound, conversation));
  return { kind: "replayed", parts: [] };
}
