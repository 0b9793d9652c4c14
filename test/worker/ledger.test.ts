import {
  abortAllDurableObjects,
  listDurableObjectIds,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { DEAD_LETTER_BOUNDS, OUTBOUND_BOUNDS } from "../../protocol/bounds.ts";
import type { DeadLetter } from "../../protocol/dead-letter.ts";
import { type InboundId, isInboundId, isTurnId, type TurnId } from "../../protocol/ids.ts";
import { formatConversationKey, formatSessionKey, type SessionKey } from "../../protocol/session-key.ts";
import {
  enqueueAnswer,
  markSent,
  nextPart,
  readPart,
  recordFailure,
} from "../../durable-objects/channel-session/outbox.ts";
import { WEB_SESSION } from "../../worker/channels/registry.ts";
import { emptyObjects } from "./empty-objects.ts";
import { command, directMessage } from "./inbound.ts";

const dm = (chatId: string) => formatSessionKey({ agent: "main", channel: "telegram", chatKind: "direct", chatId });
const group = (chatId: string) => formatSessionKey({ agent: "main", channel: "telegram", chatKind: "group", chatId });
/** The owner's DM: `ALLOW_FROM` of the Worker under test. */
const OWNER_DM = dm("7");
const DIED_AT = Date.now();
const MAIN = formatConversationKey({ kind: "main", agent: "main" });

/** How long a busy machine may take for a step. */
const PATIENCE = { timeout: 5_000, interval: 20 } as const;

const session = (key: SessionKey) => env.CHANNEL_SESSION.getByName(key);
const directory = () => env.AGENT_DIRECTORY.getByName("main");

async function api(path: string, body?: object): Promise<{ status: number; body: unknown }> {
  const headers = { authorization: "Bearer admin-token-for-tests" };
  const init = body ? { method: "POST", body: JSON.stringify(body) } : {};
  const response = await exports.default.fetch(`https://claw.test/admin/api${path}`, { headers, ...init });
  return { status: response.status, body: await response.json() };
}

const path = (key: string, verb: string) => `/sessions/${encodeURIComponent(key)}/${verb}`;

function inbound(text: string): InboundId {
  if (!isInboundId(text)) throw new Error(text);
  return text;
}

function turn(text: string): TurnId {
  if (!isTurnId(text)) throw new Error(text);
  return text;
}

function query<T extends Record<string, SqlStorageValue>>(key: SessionKey, sql: string): Promise<T[]> {
  return runInDurableObject(session(key), (_object, state) => state.storage.sql.exec<T>(sql).toArray());
}

/** Lets the platform be out of reach once too often: the answer to a command dies. */
async function killAnswer(key: SessionKey): Promise<void> {
  await vi.waitFor(async () => expect((await session(key).ledger(1)).parts[0]?.state).toBe("not_sent"), PATIENCE);
  await query(
    key,
    `UPDATE outbox SET due_at = 0, attempts = ${OUTBOUND_BOUNDS.attemptsMax - 1} WHERE state = 'not_sent'`,
  );
  await vi.waitFor(async () => {
    await runDurableObjectAlarm(session(key));
    expect((await session(key).ledger(1)).parts[0]?.state).toBe("dead");
  }, PATIENCE);
}

const deadLetters = async () =>
  (await directory().listDeadLetters(100)).map(({ session: key, seq }) => `${key}/${seq}`);
const notices = (key: SessionKey) =>
  query<{ markdown: string }>(key, "SELECT markdown FROM outbox WHERE inbound_ids = '[]' ORDER BY seq");

afterEach(emptyObjects);

describe("the ledger of a session", () => {
  it("tells the path of a message with a time for each step, and what answers it", async () => {
    await session(OWNER_DM).accept(command(1, "help"));
    const { messages, parts } = await session(OWNER_DM).ledger(10);
    expect(messages[0]?.path.map((step) => step.state)).toEqual(["accepted", "answered"]);
    expect(messages[0]).toMatchObject({ id: "telegram:77:1", state: "answered", parts: [parts[0]?.seq] });
    expect(parts[0]).toMatchObject({ answers: ["telegram:77:1"], part: 1, parts: 1 });
    expect(JSON.stringify({ messages, parts })).not.toContain("fresh conversation");
  });

  it("tells the turn that a message is in, with its fence and the number of its runs", async () => {
    await session(OWNER_DM).accept(directMessage(1));
    await vi.waitFor(async () => {
      const [message] = (await session(OWNER_DM).ledger(1)).messages;
      expect(message?.path.map((step) => step.state)).toEqual(["accepted", "leased"]);
      expect(message?.turn).toMatchObject({ fence: expect.any(Number), runs: expect.any(Number), outcome: null });
    }, PATIENCE);
  });

  it("can be asked for one message, and for what was given up", async () => {
    await session(OWNER_DM).accept(command(1, "help"));
    await killAnswer(OWNER_DM);
    await session(OWNER_DM).accept(directMessage(2));
    const ids = async (search: string) => {
      const { body } = await api(`${path(OWNER_DM, "ledger")}?${search}`);
      return (body as { messages: { id: string }[] }).messages.map(({ id }) => id);
    };
    await vi.waitFor(async () => expect(await ids("limit=10")).toEqual(["telegram:77:2", "telegram:77:1"]), PATIENCE);
    expect(await ids("limit=1")).toEqual(["telegram:77:2"]);
    expect(await ids("message=telegram:77:1")).toEqual(["telegram:77:1"]);
    expect(await ids("dead=true")).toEqual(["telegram:77:1"]);
  });

  it.each(["limit=0", "limit=x", "limit=501", "dead=maybe", "message="])("refuses ?%s", async (search) => {
    expect(await api(`${path(OWNER_DM, "ledger")}?${search}`)).toEqual({
      status: 400,
      body: { error: "malformed_query" },
    });
  });

  it("is a 404 for a session that nobody has written in, and makes no object", async () => {
    for (const [verb, body] of [["ledger"], ["replay", { part: 1 }]] as const) {
      expect(await api(path(dm("990001"), verb), body)).toEqual({ status: 404, body: { error: "unknown_session" } });
    }
    const made = await listDurableObjectIds(env.CHANNEL_SESSION);
    expect(made.some((id) => id.equals(env.CHANNEL_SESSION.idFromName(dm("990001"))))).toBe(false);
  });

  it("finds a session that only ever had a command, but not a stranger's", async () => {
    await session(OWNER_DM).accept(command(1, "help"));
    await session(dm("8")).accept(directMessage(1, "8"));
    await vi.waitFor(async () => expect((await api(path(OWNER_DM, "ledger"))).status).toBe(200), PATIENCE);
    expect((await api(path(dm("8"), "ledger"))).status).toBe(404);
  });

  it("finds a session that waits for its lane", async () => {
    await directory().beginTurn(MAIN, turn("turn-of-another"), WEB_SESSION, 0);
    await session(OWNER_DM).accept(directMessage(1));
    await vi.waitFor(async () => expect((await api(path(OWNER_DM, "ledger"))).status).toBe(200), PATIENCE);
  });
});

describe("the ledger of all sessions", () => {
  it("holds notices that were given up only among what was given up", async () => {
    await session(OWNER_DM).accept(command(1, "help"));
    await vi.waitFor(async () => expect((await api(path(OWNER_DM, "ledger"))).status).toBe(200), PATIENCE);
    await query(OWNER_DM, "UPDATE outbox SET state = 'sent'");
    await session(OWNER_DM).tellOwner({ notice: 1, deadLetters: [letter(group("-1"), 1)], more: 0 });
    await killAnswer(OWNER_DM);
    expect((await api("/ledger?dead=true")).body).toMatchObject({
      messages: [],
      parts: [{ session: OWNER_DM, answers: [], state: "dead" }],
    });
    expect((await api("/ledger")).body).toMatchObject({ messages: [{}], parts: [{ answers: ["telegram:77:1"] }] });
  });

  it("holds the newest messages, each with its session", async () => {
    await session(OWNER_DM).accept(directMessage(1));
    await session(WEB_SESSION).accept({ ...command(2, "help"), session: WEB_SESSION, channel: "web" });
    await vi.waitFor(async () => {
      const { body } = await api("/ledger?limit=10");
      expect(body).toMatchObject({
        messages: [
          { session: WEB_SESSION, id: "telegram:77:2" },
          { session: OWNER_DM, id: "telegram:77:1" },
        ],
        unavailable: [],
      });
    }, PATIENCE);
  });
});

describe("a dead letter", () => {
  it("is listed and counted, and the owner is told once, elsewhere than where it died", async () => {
    await session(OWNER_DM).accept(command(1, "help"));
    await killAnswer(OWNER_DM);
    await vi.waitFor(async () => expect(await notices(WEB_SESSION)).toHaveLength(1), PATIENCE);
    expect((await api("/dead-letters")).body).toMatchObject({
      deadLetters: [{ session: OWNER_DM, seq: 1, inboundId: "telegram:77:1", reason: "channel_unreachable" }],
    });
    expect((await api("/status")).body).toMatchObject({ deadLetters: 1 });
    const [notice] = await notices(WEB_SESSION);
    expect(notice?.markdown).toContain("to `7` on Telegram");
    expect(notice?.markdown).toContain("npm run claw -- ledger --dead");
    await query(OWNER_DM, "INSERT INTO report (id, due_at, attempts) VALUES (1, 0, 0)");
    await runDurableObjectAlarm(session(OWNER_DM));
    await vi.waitFor(async () => expect(await query(OWNER_DM, "SELECT * FROM report")).toEqual([]), PATIENCE);
    expect(await notices(WEB_SESSION)).toHaveLength(1);
  });

  it("is reported by a later alarm when the object dies before it could", async () => {
    await session(OWNER_DM).accept(command(1, "help"));
    await killAnswer(OWNER_DM);
    await vi.waitFor(async () => expect(await deadLetters()).toHaveLength(1), PATIENCE);
    await runInDurableObject(directory(), (_object, state) => void state.storage.sql.exec("DELETE FROM dead_letters"));
    await query(OWNER_DM, "INSERT OR REPLACE INTO report (id, due_at, attempts) VALUES (1, 0, 3)");
    await abortAllDurableObjects();
    await runInDurableObject(session(OWNER_DM), (_object, state) => state.storage.setAlarm(Date.now() + 60_000));
    await runDurableObjectAlarm(session(OWNER_DM));
    await vi.waitFor(async () => expect(await deadLetters()).toEqual([`${OWNER_DM}/1`]), PATIENCE);
  });

  it("goes out again when it is replayed, once, and leaves the index", async () => {
    await session(OWNER_DM).accept(command(1, "help"));
    await killAnswer(OWNER_DM);
    await vi.waitFor(async () => expect(await deadLetters()).toHaveLength(1), PATIENCE);
    const replayed = await api(path(OWNER_DM, "replay"), { part: 1 });
    expect(replayed).toEqual({ status: 200, body: { kind: "replayed", parts: [1] } });
    expect(await api(path(OWNER_DM, "replay"), { part: 1 })).toMatchObject({
      status: 409,
      body: { error: "not_dead" },
    });
    await vi.waitFor(async () => expect(await deadLetters()).toEqual([]), PATIENCE);
    const { messages, parts } = await session(OWNER_DM).ledger(1);
    expect(messages[0]).toMatchObject({ state: "answered", reason: null, replayedAt: expect.any(Number) });
    expect(parts[0]?.attempts).toBeLessThan(OUTBOUND_BOUNDS.attemptsMax - 1);
  });

  it("is told of anew when it dies again", async () => {
    await session(OWNER_DM).accept(command(1, "help"));
    await killAnswer(OWNER_DM);
    await vi.waitFor(async () => expect(await notices(WEB_SESSION)).toHaveLength(1), PATIENCE);
    await api(path(OWNER_DM, "replay"), { message: "telegram:77:1" });
    await killAnswer(OWNER_DM);
    await vi.waitFor(async () => expect(await notices(WEB_SESSION)).toHaveLength(2), PATIENCE);
  });

  it("is never made of a notice: neither the owner's nor a stranger's is told of", async () => {
    await session(OWNER_DM).tellOwner({ notice: 1, deadLetters: [letter(group("-1"), 1)], more: 0 });
    await session(dm("8")).accept(directMessage(1, "8"));
    for (const key of [OWNER_DM, dm("8")]) {
      await killAnswer(key);
      expect(await query(key, "SELECT * FROM report")).toEqual([]);
    }
    expect(await deadLetters()).toEqual([]);
  });
});

describe("replay", () => {
  it("gives a failed message a new turn and forgets the notice that could not be delivered", async () => {
    await session(OWNER_DM).accept(directMessage(1));
    await vi.waitFor(async () => expect(await directory().knowsSession(OWNER_DM)).toBe(true), PATIENCE);
    await query(OWNER_DM, "UPDATE inbox SET state = 'failed', reason = 'agent_refused'");
    await query(OWNER_DM, "DELETE FROM turn");
    await runInDurableObject(session(OWNER_DM), (_object, { storage }) => {
      const { replyTo: address, id } = directMessage(1);
      enqueueAnswer(storage.sql, { turnId: null, address, parts: [{ markdown: "I could not." }], inboundIds: [id] }, 1);
      storage.sql.exec("UPDATE outbox SET state = 'dead'");
    });
    await abortAllDurableObjects();
    const replayed = await api(path(OWNER_DM, "replay"), { message: "telegram:77:1" });
    expect(replayed).toEqual({ status: 200, body: { kind: "replayed", parts: [] } });
    const { messages, parts } = await session(OWNER_DM).ledger(1);
    expect(messages[0]).toMatchObject({ reason: null, replayedAt: expect.any(Number) });
    expect(["accepted", "leased"]).toContain(messages[0]?.state);
    expect(parts).toEqual([]);
    expect(await query(OWNER_DM, "SELECT * FROM turn")).toHaveLength(1);
  });

  it("refuses what is unknown, what is not dead, and what makes no sense", async () => {
    await session(OWNER_DM).accept(directMessage(1));
    await vi.waitFor(async () => expect(await directory().knowsSession(OWNER_DM)).toBe(true), PATIENCE);
    const ask = async (body: object) => {
      const answer = await api(path(OWNER_DM, "replay"), body);
      return [answer.status, (answer.body as { error: string }).error];
    };
    expect(await ask({ message: "telegram:77:9" })).toEqual([404, "unknown_message"]);
    expect(await ask({ part: 9 })).toEqual([404, "unknown_part"]);
    expect(await ask({ message: "telegram:77:1" })).toEqual([409, "not_dead"]);
    for (const body of [{}, { part: 0 }, { part: "1" }, { message: "" }, { message: "telegram:77:1", part: 1 }]) {
      expect(await ask(body)).toEqual([400, "malformed_body"]);
    }
  });

  it("counts an answer as delivered only when all its parts are, in whatever order they arrived", async () => {
    await session(OWNER_DM).accept(command(1, "help"));
    await vi.waitFor(async () => expect(await directory().knowsSession(OWNER_DM)).toBe(true), PATIENCE);
    const states = await runInDurableObject(session(OWNER_DM), (object, { storage: { sql } }) => {
      const { replyTo: address, id } = directMessage(1);
      sql.exec("DELETE FROM outbox");
      enqueueAnswer(
        sql,
        { turnId: null, address, parts: ["one", "two", "three"].map((markdown) => ({ markdown })), inboundIds: [id] },
        1,
      );
      const state = () => sql.exec<{ state: string }>("SELECT state FROM inbox").one().state;
      const next = () => nextPart(sql) ?? expect.fail("nothing is open");
      for (const state of ["dead", "dead", null] as const) {
        const row = next();
        if (state) recordFailure(sql, row, { state, dueAt: 2, resend: false }, "channel_refused");
        else markSent(sql, row, { messageId: "1" }, 2);
      }
      const [one = 0, two = 0] = sql
        .exec<{ seq: number }>("SELECT seq FROM outbox ORDER BY seq")
        .toArray()
        .map((row) => row.seq);
      const steps = [
        () => object.replay({ part: two }),
        () => object.replay({ part: one }),
        () => markSent(sql, readPart(sql, one) ?? expect.fail("the part is gone"), { messageId: "2" }, 3),
        () => markSent(sql, readPart(sql, two) ?? expect.fail("the part is gone"), { messageId: "3" }, 3),
      ];
      return steps.map((step) => (step(), state()));
    });
    expect(states).toEqual(["dead", "answered", "answered", "delivered"]);
  });
});

describe("the owner", () => {
  const report = (key: SessionKey, seqs: readonly number[]) =>
    directory().report({ session: key, conversation: MAIN, deadLetters: seqs.map((seq) => letter(key, seq)) });

  it("is told in their own chat, and in the web chat as long as they have never written there", async () => {
    await report(group("-1"), [1]);
    await vi.waitFor(async () => expect(await notices(WEB_SESSION)).toHaveLength(1), PATIENCE);
    await directory().beginTurn(MAIN, turn("turn-of-the-owner"), OWNER_DM, 0);
    await report(group("-1"), [1, 2]);
    await vi.waitFor(async () => expect(await notices(OWNER_DM)).toHaveLength(1), PATIENCE);
    expect(await notices(WEB_SESSION)).toHaveLength(1);
  });

  it("reads a notice once, though it is handed over twice", async () => {
    const notice = { notice: 7, deadLetters: [letter(group("-1"), 1)], more: 0 };
    for (let time = 0; time < 2; time += 1) await session(OWNER_DM).tellOwner(notice);
    expect(await notices(OWNER_DM)).toHaveLength(1);
  });

  it("gets a bounded number of notices an hour, and then one that says how many more there are", async () => {
    await directory().beginTurn(MAIN, turn("turn-of-the-owner"), OWNER_DM, 0);
    const { noticesMax, noticesWindowMs, namedMax } = DEAD_LETTER_BOUNDS;
    const late = namedMax + 3;
    for (let count = 1; count <= noticesMax + late; count += 1) {
      await report(
        group("-1"),
        Array.from({ length: count }, (_, index) => index + 1),
      );
      const expected = Math.min(count, noticesMax);
      await vi.waitFor(async () => expect(await notices(OWNER_DM)).toHaveLength(expected), PATIENCE);
    }
    await vi.waitFor(async () => {
      const alarm = await runInDurableObject(directory(), (_object, { storage }) => storage.getAlarm());
      expect(alarm).toBeGreaterThan(Date.now() + noticesWindowMs / 2);
    }, PATIENCE);
    await runInDurableObject(directory(), (_object, { storage: { sql } }) => {
      sql.exec("UPDATE owner_notices SET made_at = made_at - ?", noticesWindowMs);
    });
    await runDurableObjectAlarm(directory());
    await vi.waitFor(async () => expect(await notices(OWNER_DM)).toHaveLength(noticesMax + 1), PATIENCE);
    const last = (await notices(OWNER_DM)).at(-1)?.markdown;
    expect(last).toContain(`${late} answers`);
    expect(last).toContain("and 3 more");
  });
});

describe("a database of schema 1", () => {
  it("has a turn that did not count its runs, which counts from now on", async () => {
    await session(OWNER_DM).accept(directMessage(1));
    await query(OWNER_DM, "UPDATE turn SET state = json_remove(state, '$.runs')");
    await abortAllDurableObjects();
    await vi.waitFor(async () => {
      await runDurableObjectAlarm(session(OWNER_DM));
      expect((await session(OWNER_DM).ledger(1)).messages[0]?.turn?.runs).toBeGreaterThan(0);
    }, PATIENCE);
  });
});

function letter(key: SessionKey, seq: number): DeadLetter {
  return {
    session: key,
    seq,
    inboundId: inbound(`telegram:77:${seq}`),
    turnId: null,
    part: 1,
    parts: 1,
    reason: "channel_refused",
    deadAt: DIED_AT,
  };
}
