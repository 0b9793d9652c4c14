import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ChannelSession } from "../../durable-objects/channel-session/object.ts";
import { INBOUND_BOUNDS, RETENTION } from "../../protocol/bounds.ts";
import { isTurnId, type TurnId } from "../../protocol/ids.ts";
import { formatConversationKey, formatSessionKey } from "../../protocol/session-key.ts";
import { WEB_SESSION } from "../../worker/channels/registry.ts";
import { emptyObjects } from "./empty-objects.ts";
import { command, directMessage } from "./inbound.ts";
import { makeRows } from "./open-rows.ts";

const session = (chatId: string) =>
  env.CHANNEL_SESSION.getByName(formatSessionKey({ agent: "main", channel: "telegram", chatKind: "direct", chatId }));

type Stub = ReturnType<typeof session>;

function rows<T extends Record<string, SqlStorageValue>>(stub: Stub, query: string): Promise<T[]> {
  return runInDurableObject(stub, (_object, state) => state.storage.sql.exec<T>(query).toArray());
}

const states = async (stub: Stub) => (await stub.ledger(100)).messages.map((message) => message.state);

const MAIN = formatConversationKey({ kind: "main", agent: "main" });
function turnId(id: string): TurnId {
  if (!isTurnId(id)) throw new Error(id);
  return id;
}
const [DONE, NEXT] = [turnId("turn-0000done"), turnId("turn-0000next")];

afterEach(emptyObjects);

describe("accept", () => {
  it("stores a message once when it comes five times at the same time, and again later", async () => {
    const stub = session("7");
    const receipts = await Promise.all(Array.from({ length: 5 }, () => stub.accept(directMessage(1))));
    expect(receipts.filter((receipt) => receipt === "accepted")).toHaveLength(1);
    await abortAllDurableObjects();
    expect(await session("7").accept(directMessage(1))).toBe("duplicate");
    expect((await session("7").ledger(100)).messages).toHaveLength(1);
  });

  it("knows the same message under a new update id", async () => {
    const stub = session("7");
    const first = directMessage(1);
    await stub.accept(first);
    const again = { ...first, dedupeKeys: ["telegram:77:update:99", first.dedupeKeys[1] ?? ""] };
    expect(await stub.accept(again)).toBe("duplicate");
  });

  it("begins the turn and arms the alarm in the transaction that stores the message", async () => {
    const stub = session("7");
    await stub.accept(directMessage(1));
    const [turn] = await rows<{ state: string }>(stub, "SELECT state FROM turn");
    expect(JSON.parse(turn?.state ?? "null")).toMatchObject({ conversation: "agent:main:main" });
    const alarm = await runInDurableObject(stub, (_object, state) => state.storage.getAlarm());
    expect(alarm).not.toBeNull();
  });

  it("refuses a message beyond the bound of waiting ones, and then nothing of it is kept", async () => {
    await makeRows(session("7"));
    await runInDurableObject(session("7"), (_object, state) => {
      state.storage.sql.exec(
        `WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?)
         INSERT INTO inbox (inbound_id, conversation, kind, body, state, accepted_at, updated_at)
         SELECT 'waiting:' || n, 'agent:main:main', 'turn', '{}', 'accepted', 0, 0 FROM number`,
        INBOUND_BOUNDS.waitingMax,
      );
    });
    await abortAllDurableObjects();
    await runInDurableObject(session("7"), async (object) => {
      await expect(object.accept(directMessage(1))).rejects.toThrow("too many messages");
    });
    expect(await session("7").accept(command(2, "stop"))).toBe("accepted");
    await rows(session("7"), "DELETE FROM dedupe WHERE key LIKE '%:2' OR key LIKE '%10002'");
    expect(await rows(session("7"), "SELECT * FROM dedupe")).toEqual([]);
  });
});

describe("commands", () => {
  it.each(["start", "help", "whoami"])("answers /%s at once, without the agent", async (name) => {
    const stub = session("7");
    await stub.accept(command(1, name));
    expect(await states(stub)).toEqual(["answered"]);
    expect(await rows(stub, "SELECT * FROM turn")).toEqual([]);
    expect(await rows(stub, "SELECT * FROM outbox")).toHaveLength(1);
  });

  it("stops the turn and drops what waited before /stop", async () => {
    const stub = session("7");
    await stub.accept(directMessage(1));
    await stub.accept(command(2, "stop"));
    await vi.waitFor(async () => expect(await states(stub)).toEqual(["answered", "stopped"]));
    expect(await rows(stub, "SELECT * FROM turn")).toEqual([]);
  });

  it("turns what follows /new into the first message of a new transcript", async () => {
    const stub = session("7");
    await stub.accept(command(1, "new", "buy milk"));
    await vi.waitFor(async () => {
      const [row] = await rows<{ kind: string; body: string }>(stub, "SELECT kind, body FROM inbox");
      expect(row?.kind).toBe("turn");
      expect(JSON.parse(row?.body ?? "{}")).toMatchObject({ text: "buy milk" });
    });
    const [lane] = await runInDurableObject(env.AGENT_DIRECTORY.getByName("main"), (_object, state) =>
      state.storage.sql.exec<{ epoch: number }>("SELECT epoch FROM lanes").toArray(),
    );
    expect(lane?.epoch).toBe(1);
  });
});

describe("recovery", () => {
  it("asks for the lane again, with a higher fence, when the instance that read the turn is gone", async () => {
    const stub = session("7");
    await stub.accept(directMessage(1));
    const fence = async () => {
      const [turn] = await rows<{ state: string }>(session("7"), "SELECT state FROM turn");
      return (JSON.parse(turn?.state ?? "{}") as { fence?: number }).fence ?? 0;
    };
    await vi.waitFor(async () => expect(await fence()).toBeGreaterThan(0));
    const before = await fence();
    await abortAllDurableObjects();
    await vi.waitFor(async () => {
      await runDurableObjectAlarm(session("7"));
      expect(await fence()).toBeGreaterThan(before);
    });
    expect(await states(session("7"))).toEqual(["leased"]);
  });

  it("treats a part whose sending was cut off as unknown, and sends it again only once", async () => {
    const stub = session("7");
    await stub.accept(command(1, "help"));
    await vi.waitFor(async () => expect((await stub.ledger(1)).parts[0]?.state).toBe("not_sent"));
    await runInDurableObject(stub, (_object, state) => {
      state.storage.sql.exec("UPDATE outbox SET state = 'sending'");
    });
    await abortAllDurableObjects();
    expect((await session("7").ledger(1)).parts[0]).toMatchObject({ state: "unknown", resentAfterUnknown: true });
    await runInDurableObject(session("7"), (_object, state) => {
      state.storage.sql.exec("UPDATE outbox SET state = 'sending'");
    });
    await abortAllDurableObjects();
    expect((await session("7").ledger(1)).parts[0]?.state).toBe("dead");
  });

  it("refuses a database that a newer release wrote, with one line", async () => {
    const stub = session("7");
    await makeRows(stub);
    await runInDurableObject(stub, (_object, state) => {
      state.storage.sql.exec("INSERT INTO schema_version (version) VALUES (1000)");
      expect(() => new ChannelSession(state, env)).toThrow(/schema 1000, this release knows \d+: deploy the newer/);
    });
  });

  it("forgets delivered messages, sent parts and dedupe keys when their time is over", async () => {
    const stub = session("7");
    await stub.accept(command(1, "help"));
    await runInDurableObject(stub, (_object, state) => {
      const old = Date.now() - RETENTION.deliveredMs - 1;
      state.storage.sql.exec("UPDATE outbox SET state = 'sent', sent_at = ?", old);
      state.storage.sql.exec("UPDATE inbox SET state = 'delivered', updated_at = ?", old);
      state.storage.sql.exec("UPDATE dedupe SET expires_at = ?", old);
    });
    await abortAllDurableObjects();
    await runInDurableObject(session("7"), (_object, state) => state.storage.setAlarm(Date.now() + 60_000));
    await runDurableObjectAlarm(session("7"));
    expect(await session("7").ledger(10)).toEqual({ messages: [], parts: [] });
    expect(await rows(session("7"), "SELECT * FROM dedupe")).toEqual([]);
  });
});

describe("an instance after one that died at the end of a turn", () => {
  const key = (chatId: string) => formatSessionKey({ agent: "main", channel: "telegram", chatKind: "direct", chatId });
  const directory = () => env.AGENT_DIRECTORY.getByName("main");

  /**
   * A turn of session 7 that holds the lane, though its session has ended it as `outcome` a moment ago. Its session knew
   * of the grant with this fence; of none if it is 0.
   */
  async function endedTurn(outcome: "answered" | "stopped", fence = 1): Promise<void> {
    const granted = await directory().beginTurn(MAIN, DONE, key("7"), 0);
    expect(granted).toMatchObject({ kind: "granted", fence: 1 });
    await makeRows(session("7"));
    await runInDurableObject(session("7"), (_object, state) => {
      state.storage.sql.exec(
        `INSERT INTO turns (turn_id, conversation, fence, runs, outcome, started_at, ended_at) VALUES (?, ?, ?, 1, ?, ?, ?)`,
        DONE,
        MAIN,
        fence,
        outcome,
        Date.now() - 2,
        Date.now() - 1,
      );
      return state.storage.setAlarm(Date.now() + 60_000);
    });
  }

  it("gives the lane back, so that another session need not wait for the lease", async () => {
    await endedTurn("answered");
    expect(await directory().beginTurn(MAIN, NEXT, WEB_SESSION, 0)).toMatchObject({ kind: "busy" });
    await abortAllDurableObjects();
    await runDurableObjectAlarm(session("7"));
    await vi.waitFor(async () =>
      expect(await directory().beginTurn(MAIN, NEXT, WEB_SESSION, 0)).toMatchObject({
        kind: "granted",
      }),
    );
  });

  it.each([
    ["its only grant", 0, 0],
    ["a later grant than it knew of", 1, 1],
  ])("gives back what came when the turn was over: %s", async (_what, fence, grantsMore) => {
    await endedTurn("stopped", fence);
    for (let more = 0; more < grantsMore; more += 1) await directory().beginTurn(MAIN, DONE, key("7"), 0);
    expect(await directory().beginTurn(MAIN, NEXT, WEB_SESSION, 0)).toMatchObject({ kind: "busy" });
    await abortAllDurableObjects();
    await runDurableObjectAlarm(session("7"));
    await vi.waitFor(async () =>
      expect(await directory().beginTurn(MAIN, NEXT, WEB_SESSION, 0)).toMatchObject({ kind: "granted" }),
    );
  });

  it("leaves a lane alone that was given to another turn since", async () => {
    await endedTurn("stopped");
    await directory().revokeTurn(MAIN);
    expect(await directory().beginTurn(MAIN, NEXT, WEB_SESSION, 0)).toMatchObject({ kind: "granted", fence: 3 });
    await abortAllDurableObjects();
    await runDurableObjectAlarm(session("7"));
    expect(await directory().renewTurn(MAIN, NEXT, 3)).toMatchObject({ kind: "done" });
  });

  it("says so when it is told of a free lane that it does not want", async () => {
    expect(await session("7").laneFree()).toMatchObject({ isWanted: false });
    await directory().beginTurn(MAIN, NEXT, WEB_SESSION, 0);
    await session("7").accept(directMessage(1));
    expect(await session("7").laneFree()).toMatchObject({ isWanted: true });
  });
});
