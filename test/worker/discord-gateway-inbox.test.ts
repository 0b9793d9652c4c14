import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AgentDirectory } from "../../durable-objects/agent-directory/object.ts";
import { ChannelSession } from "../../durable-objects/channel-session/object.ts";
import { GATEWAY_BOUNDS } from "../../durable-objects/discord-gateway/bounds.ts";
import type { SessionKey } from "../../protocol/session-key.ts";
import { set } from "./directory-world.ts";
import {
  BOT_ROLE,
  CHANNEL,
  direct,
  DM,
  elsewhere,
  guildCreate,
  GUILD,
  guildSession,
  idOf,
  inGuild,
  interaction,
  OWNER,
  OTHER_CHANNEL,
  OTHER_GUILD,
  ownerDm,
  reaction,
  STRANGER,
  THREAD,
  threadSession,
} from "./gateway-events.ts";
import { takenBy } from "./gateway-sessions.ts";
import { APPLICATION, BOT, eventually, GatewayWorld, HEARTBEAT_MS } from "./gateway-world.ts";

let world: GatewayWorld;
beforeEach(async () => {
  world = new GatewayWorld();
  await set({ "access.allowFrom": [`discord:${OWNER}`], "access.groupAllowFrom": [`discord:${GUILD}`] });
  await world.start();
});
afterEach(async () => {
  await reset();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const waiting = async () => (await world.rows("SELECT key FROM inbox ORDER BY seq")).map(({ key }) => key);
/** How many events were ever stored. */
const storedEver = async () =>
  (await world.rows("SELECT seq FROM sqlite_sequence WHERE name = 'inbox'"))[0]?.["seq"] ?? 0;
const seqOf = async () => (await world.state())["seq"];

/** Everything that was said so far is looked at and handed over. */
async function settled(seq: number): Promise<void> {
  await eventually(async () => (await world.inside((gateway) => gateway.status())).waiting === 0);
  await world.wake();
  await world.pass(HEARTBEAT_MS);
  await eventually(async () => (await seqOf()) === seq);
}

/** Sessions refuse everything until it is called. */
function breakSessions(only?: SessionKey): () => void {
  const getByName = env.CHANNEL_SESSION.getByName.bind(env.CHANNEL_SESSION);
  const spy = vi.spyOn(env.CHANNEL_SESSION, "getByName").mockImplementation((name, options) => {
    if (only !== undefined && name !== only) return getByName(name, options);
    throw new Error("the session is out of reach");
  });
  return () => spy.mockRestore();
}

describe("an event of somebody whom we hear", () => {
  it("goes to its session and leaves nothing behind", async () => {
    await world.dispatch("MESSAGE_CREATE", direct(1));
    const seq = await world.dispatch("MESSAGE_CREATE", inGuild(2));
    await settled(seq);
    expect(await takenBy(ownerDm)).toEqual([idOf(1)]);
    expect(await takenBy(guildSession)).toEqual([idOf(2)]);
    expect(await waiting()).toEqual([]);
  });

  it("is stored with its number before it is handed over, and outlives the instance", async () => {
    const mend = breakSessions();
    const seq = await world.dispatch("MESSAGE_CREATE", direct(1));
    await eventually(async () => (await waiting()).length === 1);
    expect(await seqOf()).toBe(seq);
    world.restart();
    mend();
    await world.wake();
    await world.pass(GATEWAY_BOUNDS.handoverRetry.retryFirstMs);
    await eventually(async () => (await takenBy(ownerDm)).length === 1);
  });

  it("is taken once when Discord sends it again, with the same number or another", async () => {
    const seq = await world.dispatch("MESSAGE_CREATE", direct(1));
    await world.dispatch("MESSAGE_CREATE", direct(1), seq);
    const last = await world.dispatch("MESSAGE_CREATE", direct(1), seq + 1);
    await settled(last);
    expect(await takenBy(ownerDm)).toEqual([idOf(1)]);
  });

  it("waits behind those of its channel that could not be handed over, and nowhere else", async () => {
    const mend = breakSessions(ownerDm);
    await world.dispatch("MESSAGE_CREATE", direct(1));
    await world.dispatch("MESSAGE_CREATE", direct(2));
    await world.dispatch("MESSAGE_CREATE", inGuild(3));
    await eventually(async () => (await takenBy(guildSession)).length === 1);
    expect(await waiting()).toEqual([`MESSAGE_CREATE:${idOf(1)}`, `MESSAGE_CREATE:${idOf(2)}`]);
    mend();
    await world.pass(GATEWAY_BOUNDS.handoverRetry.retryFirstMs);
    await eventually(async () => (await takenBy(ownerDm)).length === 2);
    expect(await takenBy(ownerDm)).toEqual([idOf(1), idOf(2)]);
  });

  it("is sent again when nothing at all could be stored, and the next one does not go before it", async () => {
    const seq = await seqOf();
    for (const table of ["inbox", "gateway"]) {
      await world.rows(`CREATE TRIGGER full_${table} BEFORE INSERT ON ${table} BEGIN SELECT raise(ABORT, 'full'); END`);
    }
    await world.dispatch("MESSAGE_CREATE", direct(1));
    await eventually(async () => world.connections[0]?.closedBy === 4_900);
    for (const table of ["inbox", "gateway"]) await world.rows(`DROP TRIGGER full_${table}`);
    await world.alarmsUntil(async () => world.connections.length === 2);
    await world.hello();
    expect(await world.sends(6)).toMatchObject({ seq });
  });

  /** Nobody takes them: so many events wait, and this instance knows. */
  async function fill(count: number): Promise<void> {
    await world.rows(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
       INSERT INTO inbox (key, lane, name, data, is_late, attempts, due_at, received_at)
       SELECT 'full:' || i, 'full', 'MESSAGE_CREATE', '{}', 0, 0, ${Date.now() + 86_400_000}, 0 FROM n`,
    );
    world.restart();
    await world.wake();
  }

  it("is left to Discord when there is no room, and taken when there is", async () => {
    const mend = breakSessions();
    await fill(GATEWAY_BOUNDS.inboxMax - 1);
    await world.alarmsUntil(async () => world.connections.length === 2);
    await world.hello();
    await world.sends(6);
    await world.dispatch("RESUMED", {});
    const seq = await world.dispatch("MESSAGE_CREATE", direct(1));
    await world.dispatch("MESSAGE_CREATE", direct(2));
    await eventually(async () => world.connections[1]?.closedBy === 4_900);
    expect(await waiting()).toHaveLength(GATEWAY_BOUNDS.inboxMax);
    expect(await seqOf()).toBe(seq);
    await world.pass(10_000);
    expect(world.connections).toHaveLength(2);
    mend();
    await world.rows("DELETE FROM inbox WHERE lane = 'full'");
    world.restart();
    await world.wake();
    await world.alarmsUntil(async () => world.connections.length === 3);
    await world.hello();
    expect(await world.sends(6)).toMatchObject({ session_id: "session-1", seq });
    await world.dispatch("MESSAGE_CREATE", direct(2), seq + 1);
    await world.alarmsUntil(async () => (await takenBy(ownerDm)).length === 2);
  });
});

describe("an event that nobody wants", () => {
  it.each([
    ["where nobody listens", "MESSAGE_CREATE", elsewhere(1)],
    [
      "of somebody who is not heard there",
      "MESSAGE_CREATE",
      inGuild(1, { author: { id: STRANGER, username: "x", bot: true } }),
    ],
    ["of our own", "MESSAGE_CREATE", direct(1, { author: { id: BOT, username: "claw", bot: true } })],
    ["of another kind", "TYPING_START", { channel_id: DM, user_id: OWNER, timestamp: 1 }],
    ["that cannot be read", "MESSAGE_CREATE", { id: "x" }],
  ])("leaves no row, and is not asked for again: %s", async (_what, name, data) => {
    const seq = await world.dispatch(name, data);
    await settled(seq);
    expect(await world.rows("SELECT * FROM inbox")).toEqual([]);
    expect(await storedEver()).toBe(0);
    expect(await world.rows("SELECT * FROM channels")).toEqual([]);
  });

  it("asks the directory once in half a minute", async () => {
    const policyFor = vi.spyOn(AgentDirectory.prototype, "policyFor");
    const talk = (number: number) => elsewhere(number, { content: "to others", mentions: [] });
    let seq = 0;
    for (const number of [1, 2, 3, 4]) seq = await world.dispatch("MESSAGE_CREATE", talk(number));
    await settled(seq);
    expect(policyFor).toHaveBeenCalledTimes(1);
    seq = await world.dispatch("MESSAGE_CREATE", talk(5));
    await settled(seq);
    expect(policyFor).toHaveBeenCalledTimes(2);
  });

  it("is heard a moment after its place was let in, if it means us", async () => {
    const policyFor = vi.spyOn(AgentDirectory.prototype, "policyFor");
    const seq = await world.dispatch("MESSAGE_CREATE", elsewhere(1));
    await eventually(async () => policyFor.mock.settledResults.length === 1);
    await set({ "access.groupPolicy": "open" });
    await world.pass(GATEWAY_BOUNDS.policyAskedAnewMs);
    await world.dispatch("MESSAGE_CREATE", elsewhere(2), seq + 1);
    await eventually(async () => (await storedEver()) === 1);
  });

  it("is stored when the directory does not say", async () => {
    vi.spyOn(AgentDirectory.prototype, "policyFor").mockImplementation(() => {
      throw new Error("the directory is out of reach");
    });
    await world.dispatch("MESSAGE_CREATE", elsewhere(1));
    await eventually(async () => (await storedEver()) === 1);
  });
});

describe("what events tell of guilds", () => {
  it("is known when a message is read: our role, and threads that we opened", async () => {
    await world.dispatch("GUILD_CREATE", guildCreate());
    const called = { content: `<@&${BOT_ROLE}> hello`, mentions: [], mention_roles: [BOT_ROLE] };
    await world.dispatch("MESSAGE_CREATE", inGuild(1, called));
    const seq = await world.dispatch(
      "MESSAGE_CREATE",
      inGuild(2, { channel_id: THREAD, channel_type: 11, content: "and?", mentions: [] }),
    );
    await settled(seq);
    expect(await takenBy(guildSession)).toEqual([idOf(1)]);
    expect(await takenBy(threadSession)).toEqual([idOf(2)]);
  });

  it("is asked for when a thread is not known", async () => {
    world.answers.set(`GET /channels/${THREAD}`, () =>
      Response.json({ id: THREAD, type: 11, guild_id: GUILD, parent_id: CHANNEL, owner_id: BOT }),
    );
    const seq = await world.dispatch("MESSAGE_CREATE", inGuild(1, { channel_id: THREAD, channel_type: 11 }));
    await settled(seq);
    expect(world.calls).toContain(`GET /channels/${THREAD}`);
    expect(await takenBy(threadSession)).toEqual([idOf(1)]);
    expect(await world.rows("SELECT thread_id, parent_id, is_ours FROM threads")).toEqual([
      { thread_id: THREAD, parent_id: CHANNEL, is_ours: 1 },
    ]);
  });

  it("is forgotten when it is over", async () => {
    await world.dispatch("GUILD_CREATE", guildCreate());
    await world.dispatch("THREAD_DELETE", { id: THREAD, guild_id: GUILD, parent_id: CHANNEL, type: 11 });
    const seq = await world.dispatch("GUILD_ROLE_DELETE", { guild_id: GUILD, role_id: BOT_ROLE });
    await settled(seq);
    expect(await world.rows("SELECT * FROM threads")).toEqual([]);
    expect(await world.rows("SELECT * FROM bot_roles")).toEqual([]);
  });
});

describe("reactions", () => {
  it("that are given, taken back and given again are all told, in order", async () => {
    await world.dispatch("MESSAGE_CREATE", direct(1));
    const told: string[] = [];
    const keys: string[] = [];
    await eventually(async () => (await takenBy(ownerDm)).length === 1);
    vi.spyOn(ChannelSession.prototype, "hear").mockImplementation(async (happening) => {
      if (happening.kind === "reacted") told.push(happening.now.join() || "none");
      keys.push(...happening.dedupeKeys);
      return "accepted";
    });
    await world.dispatch("MESSAGE_REACTION_ADD", reaction(1));
    await world.dispatch("MESSAGE_REACTION_REMOVE", reaction(1));
    const seq = await world.dispatch("MESSAGE_REACTION_ADD", reaction(1));
    await eventually(async () => told.length === 3);
    // As after a RESUME, with the number that it had.
    await world.dispatch("MESSAGE_REACTION_ADD", reaction(1), seq);
    await settled(seq);
    expect(told).toEqual(["👍", "none", "👍"]);
    expect(new Set(keys).size).toBe(3);
  });
});

describe("an interaction that comes over the Gateway", () => {
  const callback = (number: number) => `POST /interactions/${idOf(number)}/token-of-${number}/callback`;
  let bodies: unknown[];
  beforeEach(() => {
    bodies = [];
    for (const number of [1, 2]) {
      world.answers.set(callback(number), () => new Response(null, { status: 204 }));
    }
    world.onCall = (_name, body) => void bodies.push(body);
  });

  it("goes to its session and is answered as its webhook would be", async () => {
    const seq = await world.dispatch("INTERACTION_CREATE", interaction(1));
    await settled(seq);
    expect(await takenBy(ownerDm)).toEqual([idOf(1)]);
    expect(world.calls).toContain(callback(1));
    expect(bodies).toContainEqual({ type: 5 });
  });

  it("is refused where nobody listens, and leaves nothing", async () => {
    const seq = await world.dispatch(
      "INTERACTION_CREATE",
      interaction(1, {
        context: 0,
        guild_id: OTHER_GUILD,
        channel_id: OTHER_CHANNEL,
        channel: { id: OTHER_CHANNEL, type: 0 },
        user: undefined,
        member: { user: { id: STRANGER, username: "x" }, roles: [] },
      }),
    );
    await settled(seq);
    expect(bodies).toContainEqual(expect.objectContaining({ type: 4 }));
  });

  it("that is being typed is shown what can follow, and nothing is stored", async () => {
    await world.dispatch(
      "INTERACTION_CREATE",
      interaction(2, {
        type: 4,
        data: { id: "1", name: "think", type: 1, options: [{ name: "level", type: 3, value: "hi", focused: true }] },
      }),
    );
    await eventually(async () => bodies.length > 0);
    expect(bodies).toContainEqual({
      type: 8,
      data: { choices: expect.arrayContaining([{ name: "high", value: "high" }]) },
    });
    expect(await storedEver()).toBe(0);
  });
});

describe("the status", () => {
  it("says how the connection is and what waits", async () => {
    breakSessions();
    await world.dispatch("MESSAGE_CREATE", direct(1));
    await eventually(async () => (await waiting()).length === 1);
    expect(await world.inside((gateway) => gateway.status())).toMatchObject({
      phase: "ready",
      hasSession: true,
      identifies: 1,
      identifiesMax: 900,
      resumes: 0,
      waiting: 1,
      unread: 0,
      missed: 0,
      stopped: null,
    });
    expect(APPLICATION).toBe((await world.rows("SELECT application_id FROM identity"))[0]?.["application_id"]);
  });
});
