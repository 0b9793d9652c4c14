import { abortAllDurableObjects, reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { sweep } from "../../durable-objects/channel-session/retention.ts";
import { RETENTION } from "../../protocol/bounds.ts";
import { BusySession, sizeOf } from "./busy-session.ts";
import { GROUP_SESSION, groupMessage } from "./group-inbound.ts";
import { makeRows } from "./open-rows.ts";

type Size = ReturnType<typeof sizeOf>;

const session = () => env.CHANNEL_SESSION.getByName(GROUP_SESSION);

/** Runs `work` on the database of an object that does nothing else meanwhile. */
const onDatabase = <T>(work: (sql: SqlStorage, storage: DurableObjectStorage) => T | Promise<T>): Promise<T> =>
  runInDurableObject(session(), (_object, { storage }) => work(storage.sql, storage));

beforeEach(() => makeRows(session()));

const NUMBERS = "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?1)";

function fillDedupe(sql: SqlStorage, keys: number): void {
  sql.exec(
    `${NUMBERS} INSERT INTO dedupe (key, expires_at) SELECT 'key:' || n, ?2 FROM number`,
    keys,
    Date.now() + 1e9,
  );
}

function fillInbox(sql: SqlStorage, state: string, rows: number): void {
  sql.exec(
    `${NUMBERS} INSERT INTO inbox (inbound_id, conversation, kind, body, state, accepted_at, updated_at)
     SELECT ?2 || ':' || n, 'agent:main:main', 'turn', '{}', ?2, ?3, ?3 FROM number`,
    rows,
    state,
    Date.now(),
  );
}

function fillOutbox(sql: SqlStorage, state: string, rows: number): void {
  sql.exec(
    `${NUMBERS} INSERT INTO outbox (part, parts, address, markdown, inbound_ids, state, attempts, due_at, sent_at,
       resent_after_unknown, created_at)
     SELECT 1, 1, '{}', '', '[]', ?2, 0, ?3, ?3, 0, ?3 FROM number`,
    rows,
    state,
    Date.now() + 1e9,
  );
}

const statesOf = (sql: SqlStorage, table: string) =>
  Object.fromEntries(
    sql
      .exec<{ state: string; n: number }>(`SELECT state, count(*) AS n FROM ${table} GROUP BY state`)
      .toArray()
      .map(({ state, n }) => [state, n]),
  );

function sweepAll(sql: SqlStorage): void {
  while (sweep(sql, null));
}

afterEach(reset);

describe("a busy session", () => {
  it("holds as much after 100,000 messages of one moment as after 50,000", { timeout: 120_000 }, async () => {
    const [half, whole] = await onDatabase(async (sql, storage): Promise<[Size, Size]> => {
      const busy = new BusySession(storage, 0);
      const passTo = async (from: number, to: number) => {
        await busy.pass(from, to);
        sweepAll(sql);
        return sizeOf(sql);
      };
      return [await passTo(0, 50_000), await passTo(50_000, 100_000)];
    });
    expect(whole.rows).toEqual({
      dedupe: RETENTION.dedupeKeysMax,
      inbox: RETENTION.settledMax,
      outbox: RETENTION.settledMax,
      turns: RETENTION.settledMax,
    });
    expect(half.rows).toEqual(whole.rows);
    expect(whole.bytes).toBeLessThan(half.bytes * 1.02);
  });

  it("holds what its times allow when the messages come slowly", { timeout: 30_000 }, async () => {
    const [earlier, later] = await onDatabase(async (sql, storage): Promise<[Size, Size]> => {
      const busy = new BusySession(storage, 3_600_000);
      await busy.pass(0, 4_000);
      const size = sizeOf(sql);
      await busy.pass(4_000, 6_000);
      return [size, sizeOf(sql)];
    });
    const hours = (ms: number) => ms / 3_600_000;
    const slack = hours(RETENTION.sweepEveryMs) + 4;
    for (const { rows } of [earlier, later]) {
      expect(rows.dedupe).toBeLessThan(2 * (hours(RETENTION.dedupeMs) + slack));
      expect(rows.inbox).toBeLessThan(hours(RETENTION.deliveredMs) + slack);
      expect(rows.outbox).toBeLessThan(hours(RETENTION.deliveredMs) + slack);
      expect(rows.turns).toBeLessThan(hours(RETENTION.deadMs) + slack);
    }
    expect(later.bytes).toBeLessThan(earlier.bytes * 1.1);
  });
});

describe("sweep", () => {
  it("never touches what is still to be answered or sent, nor what was given up", async () => {
    const [inbox, outbox] = await onDatabase((sql) => {
      for (const state of ["accepted", "leased", "running", "answered", "failed", "dead"]) fillInbox(sql, state, 2);
      for (const state of ["pending", "sending", "not_sent", "unknown", "dead"]) fillOutbox(sql, state, 2);
      for (const state of ["delivered", "stopped"]) fillInbox(sql, state, RETENTION.settledMax);
      fillOutbox(sql, "sent", RETENTION.settledMax + 500);
      sweepAll(sql);
      return [statesOf(sql, "inbox"), statesOf(sql, "outbox")];
    });
    const open = { accepted: 2, leased: 2, running: 2, answered: 2, failed: 2, dead: 2 };
    expect(inbox).toEqual({ ...open, stopped: RETENTION.settledMax });
    expect(outbox).toEqual({ pending: 2, sending: 2, not_sent: 2, unknown: 2, dead: 2, sent: RETENTION.settledMax });
  });

  it("keeps the newest of what was given up", async () => {
    const [inbox, outbox] = await onDatabase((sql) => {
      fillInbox(sql, "failed", 1_500);
      fillInbox(sql, "dead", RETENTION.deadMax);
      fillOutbox(sql, "dead", RETENTION.deadMax + 10);
      sweepAll(sql);
      return [statesOf(sql, "inbox"), statesOf(sql, "outbox")];
    });
    expect([inbox, outbox]).toEqual([{ dead: RETENTION.deadMax }, { dead: RETENTION.deadMax }]);
  });

  it("removes a bounded number of rows at once and says that there are more", async () => {
    await onDatabase((sql) => {
      fillDedupe(sql, RETENTION.dedupeKeysMax + RETENTION.sweepRowsMax + 1);
      expect(sweep(sql, null)).toBe(true);
      expect(sizeOf(sql).rows.dedupe).toBe(RETENTION.dedupeKeysMax + 1);
      expect(sweep(sql, null)).toBe(false);
    });
  });

  it("forgets the oldest dedupe keys first", async () => {
    const oldest = await onDatabase((sql) => {
      fillDedupe(sql, RETENTION.dedupeKeysMax + 3);
      sweepAll(sql);
      return sql.exec<{ key: string }>("SELECT key FROM dedupe ORDER BY seq LIMIT 1").one().key;
    });
    expect(oldest).toBe("key:4");
  });
});

describe("the object", () => {
  const keys = () => onDatabase((sql) => sizeOf(sql).rows.dedupe);
  /** Not for us: it leaves its keys and some context, and nothing that is due. */
  const overhear = (number: number) => session().accept(groupMessage(number, "psst"));

  it("sweeps without waiting for a day once many messages have come, though none was for us", async () => {
    await overhear(1);
    await onDatabase((sql) => fillDedupe(sql, RETENTION.dedupeKeysMax + 1_500));
    for (let number = 2; number < RETENTION.sweepEveryMessages; number += 1) await overhear(number);
    expect(await keys()).toBeGreaterThan(RETENTION.dedupeKeysMax + 1_500);
    await overhear(RETENTION.sweepEveryMessages);
    await vi.waitFor(async () => expect(await keys()).toBe(RETENTION.dedupeKeysMax));
  });

  it("sweeps when each message finds it evicted", async () => {
    await onDatabase((sql) => fillDedupe(sql, RETENTION.dedupeKeysMax + 1_500));
    await abortAllDurableObjects();
    await overhear(1);
    await vi.waitFor(async () => expect(await keys()).toBe(RETENTION.dedupeKeysMax));
  });
});
