import { abortAllDurableObjects, reset, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { MIGRATIONS as DIRECTORY } from "../../durable-objects/agent-directory/schema.ts";
import { readLastUsage } from "../../durable-objects/channel-session/rows.ts";
import { MIGRATIONS as SESSION } from "../../durable-objects/channel-session/schema.ts";
import { TURN_BOUNDS } from "../../protocol/bounds.ts";
import { formatConversationKey, formatSessionKey } from "../../protocol/session-key.ts";
import { command, directMessage } from "./inbound.ts";
import { makeRows } from "./open-rows.ts";

const KEY = formatSessionKey({ agent: "main", channel: "telegram", chatKind: "direct", chatId: "7" });
const CONVERSATION = formatConversationKey({ kind: "main", agent: "main" });
const session = () => env.CHANNEL_SESSION.getByName(KEY);
const directory = () => env.AGENT_DIRECTORY.getByName("main");

type Stub = DurableObjectStub<undefined>;
const onDatabase = <T>(stub: Stub, work: (sql: SqlStorage) => T): Promise<T> =>
  runInDurableObject(stub, (_object, { storage }) => work(storage.sql));

function tablesOf(sql: SqlStorage): readonly string[] {
  const query =
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'";
  return sql
    .exec<{ name: string }>(query)
    .toArray()
    .map(({ name }) => name);
}

/** Puts a database back to what schema 1 had made of it, with nothing in it but the version. */
function rewind(sql: SqlStorage, migrations: readonly string[]): void {
  for (const name of tablesOf(sql)) sql.exec(`DROP TABLE ${name}`);
  sql.exec("CREATE TABLE schema_version (version INTEGER PRIMARY KEY) STRICT");
  sql.exec(migrations[0] ?? "");
  sql.exec("INSERT INTO schema_version (version) VALUES (1)");
}

/** Everything that is stored, but for the alarm. */
const contentsOf = (sql: SqlStorage) =>
  Object.fromEntries(tablesOf(sql).map((name) => [name, sql.exec(`SELECT * FROM ${name}`).toArray()]));

const turnOf = async (): Promise<Record<string, unknown>> => {
  const state = await onDatabase(session(), (sql) => sql.exec<{ state: string }>("SELECT state FROM turn").one().state);
  return JSON.parse(state) as Record<string, unknown>;
};

const alarmOf = (stub: Stub) => runInDurableObject(stub, (_object, { storage }) => storage.getAlarm());

const codeOf = (call: () => Promise<unknown>): Promise<unknown> =>
  call().then(
    () => "done",
    (error: unknown) => (error instanceof Error && "code" in error ? error.code : error),
  );

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

describe("databases of schema 1", () => {
  const now = Date.now();
  const turn = { turnId: "turn-0001", conversation: CONVERSATION, phase: "running", fence: 5, epoch: 2, begun: true };
  const rest = { attempts: 0, unreachable: 0, startedAt: now, wakeAt: now, passedBy: 0 };

  function fillSession(sql: SqlStorage): void {
    rewind(sql, SESSION);
    sql.exec("INSERT INTO identity VALUES (?)", KEY);
    for (const key of directMessage(9).dedupeKeys) sql.exec("INSERT INTO dedupe VALUES (?, ?)", key, now + 1_000_000);
    const message = (number: number, state: string, turnId: string | null) =>
      sql.exec(
        `INSERT INTO inbox (inbound_id, conversation, kind, body, state, turn_id, accepted_at, updated_at)
         VALUES (?1, ?2, 'turn', ?3, ?4, ?5, ?6, ?6)`,
        directMessage(number).id,
        CONVERSATION,
        JSON.stringify(directMessage(number)),
        state,
        turnId,
        now,
      );
    message(1, "answered", "turn-0000");
    message(2, "running", "turn-0001");
    message(3, "accepted", null);
    sql.exec("INSERT INTO turn VALUES (1, ?)", JSON.stringify({ ...turn, ...rest }));
    sql.exec(
      "INSERT INTO turns VALUES ('turn-0000', ?, 4, 'answered', ?, ?, ?)",
      CONVERSATION,
      JSON.stringify({ model: "m", inputTokens: 7 }),
      now,
      now,
    );
    sql.exec(
      `INSERT INTO outbox (turn_id, part, parts, address, markdown, inbound_ids, state, attempts, due_at,
         resent_after_unknown, created_at) VALUES ('turn-0000', 1, 1, ?, 'An answer.', ?, 'pending', 0, ?, 0, ?)`,
      JSON.stringify(directMessage(1).replyTo),
      JSON.stringify([directMessage(1).id]),
      now,
      now,
    );
  }

  function fillDirectory(sql: SqlStorage): void {
    rewind(sql, DIRECTORY);
    sql.exec(
      "INSERT INTO lanes VALUES (?, 5, 2, 'turn-0001', ?, ?, '[\"agent:main:web:direct:owner\"]')",
      CONVERSATION,
      KEY,
      now + 60_000,
    );
    sql.exec("INSERT INTO sessions VALUES (?, ?, ?, ?, 3)", KEY, CONVERSATION, now - 1, now);
  }

  it("are opened with every row meaning the same", async () => {
    await onDatabase(directory(), fillDirectory);
    await onDatabase(session(), fillSession);
    await abortAllDurableObjects();

    expect(await session().accept(directMessage(9))).toBe("duplicate");
    // The running turn is taken up: the lane still knows its holder, and grants it the next fence of the same epoch.
    await vi.waitFor(async () => expect(await turnOf()).toMatchObject({ turnId: "turn-0001", epoch: 2, begun: true }));
    await vi.waitFor(async () => expect((await turnOf())["fence"]).toBeGreaterThan(5));
    const { messages } = await session().ledger(10);
    const states = messages.map(({ id, state }) => [id, state]);
    expect(states).toEqual([
      [directMessage(3).id, "accepted"],
      [directMessage(2).id, "running"],
      [directMessage(1).id, "answered"],
    ]);
    // The waiting part is tried (nobody is there to take it), and the ended turn is still the last one.
    await vi.waitFor(async () => {
      const query = "SELECT markdown, attempts FROM outbox";
      const part = await onDatabase(session(), (sql) => sql.exec<{ attempts: number }>(query).one());
      expect(part).toMatchObject({ markdown: "An answer." });
      expect(part.attempts).toBeGreaterThan(0);
    });
    expect(await onDatabase(session(), readLastUsage)).toEqual({ model: "m", inputTokens: 7 });
    // It has gone on since before anybody wrote down when it began.
    expect(await directory().describeConversation(CONVERSATION)).toEqual({
      name: null,
      defaultName: "main",
      epoch: 2,
      beganAt: null,
      isFresh: false,
    });
    expect(await directory().listSessions()).toEqual([
      {
        session: KEY,
        conversation: CONVERSATION,
        firstAt: now - 1,
        lastAt: expect.any(Number),
        turns: expect.any(Number),
      },
    ]);
  });

  it("become what a new database is", async () => {
    const shapeOf = (sql: SqlStorage) =>
      sql
        .exec<{ sql: string }>(
          "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE '\\_cf%' ESCAPE '\\' ORDER BY name",
        )
        .toArray();
    for (const [stub, migrations] of [
      [session, SESSION],
      [directory, DIRECTORY],
    ] as const) {
      if (migrations === SESSION) await makeRows(session());
      const fresh = await onDatabase(stub(), shapeOf);
      await onDatabase(stub(), (sql) => rewind(sql, migrations));
      await abortAllDurableObjects();
      expect(await onDatabase(stub(), shapeOf)).toEqual(fresh);
    }
  });
});

describe("a database that a newer release wrote", () => {
  const NEWER = "INSERT INTO schema_version (version) VALUES (1000)";

  /** Makes it one, and returns what it holds from then on. */
  async function rollBack(stub: () => Stub) {
    await onDatabase(stub(), (sql) => sql.exec(NEWER));
    await abortAllDurableObjects();
    return await onDatabase(stub(), contentsOf);
  }

  const webhook = () =>
    exports.default.fetch("https://claw.test/telegram/webhook", {
      method: "POST",
      headers: { "content-type": "application/json", "x-telegram-bot-api-secret-token": "webhook-secret" },
      body: JSON.stringify({
        update_id: 10_009,
        message: {
          message_id: 9,
          date: 1_700_000_000,
          chat: { id: 7, type: "private", first_name: "Ada" },
          from: { id: 7, is_bot: false, first_name: "Ada" },
          text: "hello",
        },
      }),
    });

  it("is refused with a 503, so that the platform sends the message again, and is not changed", async () => {
    await session().accept(directMessage(1));
    const contents = await rollBack(session);
    const said = vi.spyOn(console, "error").mockImplementation(() => {});
    expect((await webhook()).status).toBe(503);
    expect(said.mock.calls.map(([line]) => JSON.parse(String(line)) as object)).toEqual([
      expect.objectContaining({
        step: "webhook_not_stored",
        code: "storage_schema_newer",
        error: expect.stringMatching(
          /^the database has schema 1000, this release knows \d+: deploy the newer release again$/,
        ),
      }),
    ]);
    expect(await onDatabase(session(), contentsOf)).toEqual(contents);
  });

  it("keeps its alarm, seldom, so that what waits goes on when the newer release is back", async () => {
    await session().accept(directMessage(1));
    await vi.waitFor(async () => expect((await turnOf())["fence"]).toBeGreaterThan(0));
    const contents = await rollBack(session);
    const said = vi.spyOn(console, "error").mockImplementation(() => {});
    await runDurableObjectAlarm(session());
    expect(await alarmOf(session())).toBeGreaterThan(Date.now() + 600_000);
    expect(said.mock.calls).toHaveLength(1);
    expect(String(said.mock.calls[0]?.[0])).toContain('"step":"database_refused"');
    expect(await onDatabase(session(), contentsOf)).toEqual(contents);
    const before = (await turnOf())["fence"];
    await onDatabase(session(), (sql) => sql.exec("DELETE FROM schema_version WHERE version = 1000"));
    await abortAllDurableObjects();
    await runDurableObjectAlarm(session());
    // A turn that was between two tries goes on after its pause.
    const patience = { timeout: 2 * TURN_BOUNDS.retryMaxMs };
    await vi.waitFor(async () => expect((await turnOf())["fence"]).toBeGreaterThan(Number(before)), patience);
  });

  it("is asked for a turn as seldom as a busy lane, when it is the directory's", async () => {
    await session().accept(command(1, "help"));
    await rollBack(directory);
    await session().accept(directMessage(2));
    await vi.waitFor(async () => {
      const { phase, wakeAt } = await turnOf();
      expect(phase).toBe("waiting");
      expect(wakeAt).toBeGreaterThan(Date.now() + TURN_BOUNDS.watchdogMs);
    });
  });

  it("tells every caller, and closes web clients", async () => {
    await makeRows(session());
    await rollBack(session);
    await rollBack(directory);
    expect(await codeOf(async () => await session().ledger(1))).toBe("storage_schema_newer");
    expect(await codeOf(async () => await directory().listSessions())).toBe("storage_schema_newer");
    expect((await session().fetch("https://claw.test/", { headers: { upgrade: "websocket" } })).status).toBe(503);
  });
});
