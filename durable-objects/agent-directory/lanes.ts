/** The lanes table: loads a lane, steps it, stores it, in one synchronous stretch. */
import { failIfArmed } from "../../fail-points/fail-point.ts";
import { isTurnId } from "../../protocol/ids.ts";
import { type ConversationKey, isSessionKey, parseConversationKey } from "../../protocol/session-key.ts";
import { EMPTY_LANE, type Lane, type LaneEvent, type LaneStep, stepLane } from "./lane.ts";

type LaneRow = {
  fence: number;
  epoch: number;
  turn_id: string | null;
  session: string | null;
  lease_until: number | null;
  waiting: string;
  name: string | null;
  began_at: number | null;
  active_at: number | null;
  opened_by: string | null;
  import_epoch: number | null;
  import_digest: string | null;
};

/** Applies one event to the stored lane of a conversation. Writes only if the lane changed. */
export function applyLaneEvent(sql: SqlStorage, key: ConversationKey, event: LaneEvent, now: number): LaneStep {
  const before = readLane(sql, key);
  const step = stepLane(before, event, now);
  FAIL_POINTS && event.kind === "begin" && failIfArmed("lane.write");
  if (step.lane !== before) writeLane(sql, key, step.lane);
  return step;
}

/** The stored lane of a conversation, or the empty one. */
export function readLane(sql: SqlStorage, key: ConversationKey): Lane {
  const [row] = sql.exec<LaneRow>("SELECT * FROM lanes WHERE conversation = ?", key).toArray();
  if (!row) return EMPTY_LANE;
  const waiting: unknown = JSON.parse(row.waiting);
  return {
    fence: row.fence,
    epoch: row.epoch,
    holder: readHolder(row),
    waiting: Array.isArray(waiting) ? waiting.filter((key) => typeof key === "string").filter(isSessionKey) : [],
    name: row.name,
    beganAt: row.began_at,
    activeAt: row.active_at,
    openedBy: row.opened_by !== null && isTurnId(row.opened_by) ? row.opened_by : null,
    importing: readImport(row),
  };
}

/** Forgets lanes of runs that are over; whatever still holds one, or is no run, keeps it. */
export function dropLanes(sql: SqlStorage, keys: readonly ConversationKey[], now: number): void {
  for (const key of keys) {
    const ref = parseConversationKey(key);
    const { holder } = readLane(sql, key);
    if (!ref.ok || ref.value.kind !== "job" || (holder && holder.leaseUntil > now)) continue;
    sql.exec("DELETE FROM lanes WHERE conversation = ?", key);
  }
}

function readHolder(row: LaneRow): Lane["holder"] {
  const { turn_id: turnId, session, lease_until: leaseUntil } = row;
  if (turnId === null || session === null || leaseUntil === null) return null;
  return isTurnId(turnId) && isSessionKey(session) ? { turnId, session, leaseUntil } : null;
}

function readImport({ import_epoch: epoch, import_digest: digest }: LaneRow): Lane["importing"] {
  return epoch === null || digest === null ? null : { epoch, digest };
}

function writeLane(sql: SqlStorage, key: ConversationKey, lane: Lane): void {
  sql.exec(
    `INSERT OR REPLACE INTO lanes (conversation, fence, epoch, turn_id, session, lease_until, waiting,
       name, began_at, active_at, opened_by, import_epoch, import_digest)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    key,
    lane.fence,
    lane.epoch,
    lane.holder?.turnId ?? null,
    lane.holder?.session ?? null,
    lane.holder?.leaseUntil ?? null,
    JSON.stringify(lane.waiting),
    lane.name,
    lane.beganAt,
    lane.activeAt,
    lane.openedBy,
    lane.importing?.epoch ?? null,
    lane.importing?.digest ?? null,
  );
}
