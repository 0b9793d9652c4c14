/**
 * Forgets what has been kept long enough, and of a busy session what is beyond a number: its size does not depend on how
 * much went through it. What is still to be answered or sent is never touched.
 */
import { RETENTION } from "../../protocol/bounds.ts";
import { errorFields, log } from "../../worker/log.ts";

/** Tables whose rows are numbered in order of arrival by `seq`. */
type Table = "dedupe" | "inbox" | "outbox" | "pieces" | "turns";
type Rule = { readonly table: Table; readonly where: string };

const AGES: readonly (Rule & { readonly keepMs: number })[] = [
  { table: "dedupe", where: older("dedupe", "expires_at"), keepMs: 0 },
  {
    table: "inbox",
    where: `${older("inbox", "updated_at")} AND state IN ('delivered', 'stopped')`,
    keepMs: RETENTION.deliveredMs,
  },
  { table: "inbox", where: "state IN ('failed', 'dead') AND updated_at < ?1", keepMs: RETENTION.deadMs },
  {
    table: "outbox",
    where: `${older("outbox", "coalesce(sent_at, created_at)")} AND state = 'sent'`,
    keepMs: RETENTION.deliveredMs,
  },
  { table: "outbox", where: "state = 'dead' AND created_at < ?1", keepMs: RETENTION.deadMs },
  { table: "turns", where: older("turns", "ended_at"), keepMs: RETENTION.deadMs },
  { table: "pieces", where: older("pieces", "kept_at"), keepMs: RETENTION.dedupeMs },
];

/** Older than the first row whose time is not over: rows that are young are not read. */
function older(table: Table, time: string): string {
  const firstYoung = `SELECT seq FROM ${table} WHERE ${time} >= ?1 ORDER BY seq LIMIT 1`;
  return `seq < coalesce((${firstYoung}), ${Number.MAX_SAFE_INTEGER})`;
}

/** Each reads the old end of its table only: up to the newest row that is too many. */
const NUMBERS: readonly Rule[] = [
  { table: "dedupe", where: behind("dedupe", RETENTION.dedupeKeysMax) },
  { table: "inbox", where: `${behind("inbox", RETENTION.settledMax)} AND state IN ('delivered', 'stopped')` },
  { table: "outbox", where: `${behind("outbox", RETENTION.settledMax)} AND state = 'sent'` },
  { table: "turns", where: behind("turns", RETENTION.settledMax) },
  { table: "pieces", where: behind("pieces", RETENTION.settledMax) },
  { table: "inbox", where: beyond("inbox", "state IN ('failed', 'dead')", RETENTION.deadMax) },
  { table: "outbox", where: beyond("outbox", "state = 'dead'", RETENTION.deadMax) },
];

/** More than `max` places behind the newest row, whatever the rows between are. */
function behind(table: Table, max: number): string {
  return `seq <= (SELECT max(seq) FROM ${table}) - ${max}`;
}

/** Older than the newest `max` rows that are `state`. There are few, and they have an index. */
function beyond(table: Table, state: string, max: number): string {
  return `${state} AND seq <= (SELECT seq FROM ${table} WHERE ${state} ORDER BY seq DESC LIMIT 1 OFFSET ${max})`;
}

/** Removes what is over its number or, given `now`, its time. True: there is more, since a sweep is bounded itself. */
export function sweep(sql: SqlStorage, now: number | null): boolean {
  for (const rule of NUMBERS) remove(sql, rule);
  if (now !== null) for (const rule of AGES) remove(sql, rule, now - rule.keepMs);
  return isOverfull(sql) || (now !== null && AGES.some((rule) => hasAny(sql, rule, now - rule.keepMs)));
}

function remove(sql: SqlStorage, { table, where }: Rule, ...before: readonly number[]): void {
  const doomed = `SELECT seq FROM ${table} WHERE ${where} ORDER BY seq LIMIT ${RETENTION.sweepRowsMax}`;
  sql.exec(`DELETE FROM ${table} WHERE seq IN (${doomed})`, ...before);
}

function isOverfull(sql: SqlStorage): boolean {
  return NUMBERS.some((rule) => hasAny(sql, rule));
}

function hasAny(sql: SqlStorage, { table, where }: Rule, ...before: readonly number[]): boolean {
  return sql.exec(`SELECT 1 FROM ${table} WHERE ${where} LIMIT 1`, ...before).toArray().length > 0;
}

function hasOldKey(sql: SqlStorage, before: number): boolean {
  const query = "SELECT expires_at < ? AS is_old FROM dedupe ORDER BY seq LIMIT 1";
  return sql
    .exec<{ is_old: number }>(query, before)
    .toArray()
    .some((row) => row.is_old === 1);
}

/** Knows when a session is to be swept. Sweeps run in the alarm: no message waits for one. */
export class Retention {
  readonly #sql: SqlStorage;
  #messages = 0;
  #agedAt = 0;
  #isBehind: boolean;

  /** Slow traffic wakes objects that live too shortly to count messages, each of which puts off the daily alarm. */
  constructor(sql: SqlStorage, now: number) {
    this.#sql = sql;
    this.#isBehind = isOverfull(sql) || hasOldKey(sql, now - RETENTION.sweepEveryMs);
  }

  /** Whether the alarm is wanted at once. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** Counts a message that is taken in. */
  countMessage(): void {
    this.#messages += 1;
    if (this.#messages >= RETENTION.sweepEveryMessages) this.#isBehind = true;
  }

  /** Sweeps by number if many messages have come, by time once a day. Never throws: what is left goes another time. */
  sweepIfDue(now: number): void {
    const looksAtAges = now - this.#agedAt >= RETENTION.sweepEveryMs;
    if (!this.#isBehind && !looksAtAges) return;
    this.#isBehind = false;
    this.#messages = 0;
    try {
      this.#isBehind = sweep(this.#sql, looksAtAges ? now : null);
      if (!this.#isBehind && looksAtAges) this.#agedAt = now;
    } catch (error) {
      log("warn", "sweep_failed", errorFields(error));
    }
  }
}
