/**
 * What `AgentDirectory` is to know of a session: that it is there, its dead letters, and what its last turn left of the
 * owner's checklist. One row says that it must be
 * told; the alarm sees to it until the directory has it. A report holds everything, so the last one is the truth.
 */
import { reach } from "../../fail-points/fail-point.ts";
import { backoffMs } from "../../protocol/backoff.ts";
import { DEAD_LETTER_BOUNDS } from "../../protocol/bounds.ts";
import type { DeadLetter, SessionReport } from "../../protocol/dead-letter.ts";
import type { ChecklistState } from "../../protocol/heartbeat.ts";
import { isInboundId } from "../../protocol/ids.ts";
import { isConversationKey, type SessionKey } from "../../protocol/session-key.ts";
import { errorFields, log } from "../../worker/log.ts";
import { agentDirectory } from "../../worker/objects.ts";
import type { SessionContext } from "./session-context.ts";

/** Asks for a report: the dead letters have changed. */
export function requestReport(sql: SqlStorage, now: number): void {
  sql.exec("INSERT OR REPLACE INTO report (id, due_at, attempts) VALUES (1, ?, 0)", now);
}

/** A turn of the owner's space is over: what it has left of the checklist is told, also if it is as it was before. */
export function reportChecklist(sql: SqlStorage, hash: string | null, now: number): void {
  sql.exec("INSERT OR REPLACE INTO checklist (id, hash, at) VALUES (1, ?, ?)", hash, now);
  requestReport(sql, now);
}

/** Asks for a report if none was ever made: for sessions that may never ask the directory for a lane. */
export function introduce(sql: SqlStorage, now: number): void {
  const isKnown = sql.exec("SELECT 1 FROM identity WHERE known_at IS NOT NULL").toArray().length > 0;
  if (!isKnown) requestReport(sql, now);
}

export class Reporter {
  readonly #session: SessionContext;
  #isRunning = false;

  constructor(session: SessionContext) {
    this.#session = session;
  }

  /** Tells the directory. Never rejects; a second call while one runs does nothing. */
  async send(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      await this.#send();
    } catch (error) {
      log("warn", "report_failed", { session: this.#session.key, ...errorFields(error) });
    } finally {
      this.#isRunning = false;
    }
  }

  async #send(): Promise<void> {
    const { sql, key, ref, env } = this.#session;
    const attempts = countTry(sql, Date.now());
    const report = readReport(sql, key);
    FAIL_POINTS && (await reach("dead_letter.reporting", { session: key }));
    if (report) await agentDirectory(env, ref.agent, this.#session.config()).report(report);
    FAIL_POINTS && (await reach("dead_letter.reported", { session: key }));
    // A report that was asked for in the meantime counts its tries from 0, and stays.
    sql.exec("DELETE FROM report WHERE attempts = ?", attempts);
    sql.exec("UPDATE identity SET known_at = ? WHERE known_at IS NULL", Date.now());
    if (report) log("info", "session_reported", { session: key, deadLetters: report.deadLetters.length });
  }
}

/** Counts a try before it is made, so that a crash in it leads to the next one. */
function countTry(sql: SqlStorage, now: number): number {
  const { attempts } = sql
    .exec<{ attempts: number }>("UPDATE report SET attempts = attempts + 1 RETURNING attempts")
    .one();
  sql.exec("UPDATE report SET due_at = ?", now + backoffMs(attempts, DEAD_LETTER_BOUNDS));
  return attempts;
}

/** Null for a session without any message: there is nothing to know of it. */
function readReport(sql: SqlStorage, session: SessionKey): SessionReport | null {
  const [newest] = sql
    .exec<{ conversation: string }>("SELECT conversation FROM inbox ORDER BY seq DESC LIMIT 1")
    .toArray();
  if (!newest || !isConversationKey(newest.conversation)) return null;
  const [checklist] = sql.exec<ChecklistState>("SELECT hash, at FROM checklist").toArray();
  const deadLetters = readDeadLetters(sql, session);
  return { session, conversation: newest.conversation, deadLetters, ...(checklist && { checklist }) };
}

type Row = {
  seq: number;
  turn_id: string | null;
  inbound_id: string;
  part: number;
  parts: number;
  reason: string | null;
  dead_at: number;
};

/** Parts that answer nobody's message (notices to strangers and to the owner) are in the ledger, but no dead letters. */
function readDeadLetters(sql: SqlStorage, session: SessionKey): readonly DeadLetter[] {
  const query = `SELECT seq, turn_id, json_extract(inbound_ids, '$[0]') AS inbound_id, part, parts, reason,
       due_at AS dead_at
     FROM outbox WHERE state = 'dead' AND inbound_ids <> '[]' ORDER BY seq DESC LIMIT ?`;
  return sql
    .exec<Row>(query, DEAD_LETTER_BOUNDS.perSessionMax)
    .toArray()
    .flatMap(({ seq, turn_id: turnId, inbound_id: inboundId, part, parts, reason, dead_at: deadAt }) =>
      isInboundId(inboundId)
        ? [{ session, seq, inboundId, turnId, part, parts, reason: reason ?? "unknown", deadAt }]
        : [],
    );
}
