import { reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { GATEWAY_BOUNDS } from "../../durable-objects/discord-gateway/bounds.ts";
import { directory, set } from "./directory-world.ts";
import {
  CHANNEL,
  direct,
  DM,
  GUILD,
  guildSession,
  idOf,
  inGuild,
  type Message,
  OWNER,
  ownerDm,
  STRANGER,
} from "./gateway-events.ts";
import { BOT, eventually, GatewayWorld } from "./gateway-world.ts";
import { takenBy } from "./gateway-sessions.ts";

let world: GatewayWorld;
/** What Discord has in each channel, oldest first. */
let said: Map<string, { readonly id: string }[]>;

beforeEach(async () => {
  world = new GatewayWorld();
  said = new Map();
  world.fallback = (url) => messagesOf(url);
  await set({ "access.allowFrom": [`discord:${OWNER}`], "access.groupAllowFrom": [`discord:${GUILD}`] });
  await world.start();
});
afterEach(async () => {
  await reset();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** "Get Channel Messages": the newest first, as the API has them, without what only the Gateway tells. */
function messagesOf({ pathname, searchParams }: URL): Response | null {
  const channel = /^\/api\/v10\/channels\/(\d+)\/messages$/u.exec(pathname)?.[1];
  if (channel === undefined) return null;
  const after = BigInt(searchParams.get("after") ?? "0");
  const limit = Number(searchParams.get("limit"));
  const newer = (said.get(channel) ?? []).filter(({ id }) => BigInt(id) > after).slice(0, limit);
  return Response.json(newer.toReversed());
}

/** Somebody writes while nobody listens. */
function missed({ id, channel_id: channel, ...message }: Message): void {
  const { guild_id: _guild, channel_type: _type, member: _member, ...rest } = message;
  const told: Message = { id, channel_id: channel, ...rest };
  said.set(channel, [...(said.get(channel) ?? []), told]);
}

async function heard(...messages: readonly { readonly id: string }[]): Promise<void> {
  for (const message of messages) await world.dispatch("MESSAGE_CREATE", message);
  await eventually(async () => (await status()).waiting === 0);
}

/** Discord ends the session; `meanwhile` happens before there is a new one. */
async function loseSession(session = "session-2", meanwhile: () => void = () => undefined): Promise<void> {
  const count = world.connections.length;
  await world.say({ op: 9, d: false });
  await world.phase("idle");
  meanwhile();
  await world.pass(GATEWAY_BOUNDS.identifyEveryMs);
  await world.connected(count + 1);
  await world.hello();
  await world.sends(2);
  await world.ready(session);
  await world.phase("ready");
}

const status = () => world.inside((gateway) => gateway.status());
const attempts = async () => (await world.rows("SELECT attempts FROM backfill"))[0]?.["attempts"];
const newsRows = () => world.rows("SELECT about, body FROM owner_news");

async function read(): Promise<void> {
  await world.wake();
  await eventually(async () => (await status()).unread === 0);
  await world.wake();
  await eventually(async () => (await status()).waiting === 0);
}

describe("messages that came while there was no session", () => {
  it("are read by REST, oldest first, before what came later", async () => {
    await heard(direct(1), inGuild(2));
    await loseSession("session-2", () => {
      for (const number of [3, 4]) missed(direct(number));
      missed(inGuild(5));
    });
    await world.dispatch("MESSAGE_CREATE", direct(6));
    await read();
    expect(await takenBy(ownerDm)).toEqual([idOf(1), idOf(3), idOf(4), idOf(6)]);
    expect(await takenBy(guildSession)).toEqual([idOf(2), idOf(5)]);
    // What is read later is older: the next gap is not read from there.
    expect(await world.rows(`SELECT last_seen_id FROM channels WHERE channel_id = '${DM}'`)).toEqual([
      { last_seen_id: idOf(6) },
    ]);
    expect(await status()).toMatchObject({ missed: 0, unread: 0 });
    expect(await newsRows()).toEqual([]);
  });

  it("are read on by another instance when the one that read died", async () => {
    await heard(direct(1));
    await loseSession("session-2", () => missed(direct(2)));
    world.restart();
    await read();
    expect(await takenBy(ownerDm)).toEqual([idOf(1), idOf(2)]);
  });

  it("are read from the first gap on when there was another before they were read", async () => {
    await heard(direct(1));
    world.fallback = () => Response.json({ message: "no", code: 0 }, { status: 500 });
    await loseSession("session-2", () => missed(direct(2)));
    await world.dispatch("MESSAGE_CREATE", direct(3));
    await world.pass(GATEWAY_BOUNDS.backfillHoldMs);
    await eventually(async () => (await takenBy(ownerDm)).length === 2);
    await loseSession("session-3", () => missed(direct(4)));
    world.fallback = (url) => messagesOf(url);
    await world.alarmsUntil(async () => (await takenBy(ownerDm)).length === 4);
    expect(new Set(await takenBy(ownerDm))).toEqual(new Set([1, 2, 3, 4].map(idOf)));
  });

  it("are not read from the beginning: what nobody hears was seen as well", async () => {
    const asked: string[] = [];
    await heard(inGuild(1));
    await heard(
      inGuild(2, { author: { id: BOT, username: "claw", bot: true } }),
      inGuild(3, { author: { id: STRANGER, username: "x", bot: true } }),
    );
    await world.dispatch("TYPING_START", {});
    world.fallback = (url) => {
      // The session that was handed a message calls Discord too.
      const after = url.searchParams.get("after");
      if (after !== null) asked.push(after);
      return messagesOf(url);
    };
    await loseSession();
    await read();
    expect(asked).toEqual([idOf(3)]);
  });

  it("are heard of those who are for a role of theirs, though REST does not tell roles", async () => {
    const [role, member] = ["150000000000000001", "440000000000000001"];
    await set({ [`access.groups.discord:${GUILD}`]: { senders: [`discord:role:${role}`] } });
    const by = (id: string, number: number) => inGuild(number, { author: { id, username: "somebody" } });
    world.answers.set(`GET /guilds/${GUILD}/members/${member}`, () => Response.json({ roles: ["7", role] }));
    world.answers.set(`GET /guilds/${GUILD}/members/${STRANGER}`, () => Response.json({ roles: ["7"] }));
    await heard(inGuild(1));
    await loseSession("session-2", () => {
      for (const message of [by(member, 2), by(STRANGER, 3), by("450000000000000001", 4), by(member, 5)])
        missed(message);
    });
    await read();
    expect(await takenBy(guildSession)).toEqual([1, 2, 5].map(idOf));
    expect(world.calls.filter((call) => call.includes("/members/"))).toHaveLength(3);
    expect(await status()).toMatchObject({ missed: 0 });
  });

  it("do not wait for ever for a channel that cannot be read", async () => {
    await heard(direct(1));
    world.fallback = () => Response.json({ message: "no", code: 0 }, { status: 500 });
    await loseSession();
    await world.dispatch("MESSAGE_CREATE", direct(2));
    await world.pass(GATEWAY_BOUNDS.backfillHoldMs);
    await eventually(async () => (await takenBy(ownerDm)).length === 2);
  });

  it("are none where the session was resumed, and where nobody wrote to us before", async () => {
    await loseSession();
    await read();
    expect(world.calls).toEqual([]);
    await world.close(4_000);
    await world.pass(GATEWAY_BOUNDS.connectEveryMs);
    await world.connected(3);
    await world.hello();
    await world.sends(6);
    await world.dispatch("RESUMED", {});
    await world.phase("ready");
    await read();
    expect(world.calls).toEqual([]);
  });
});

describe("more than is read", () => {
  const many = (from: number, count: number) => {
    for (let number = from; number < from + count; number += 1) missed(inGuild(number));
  };

  it("is counted, and the owner is told once, elsewhere", async () => {
    await heard(inGuild(1), direct(2));
    const read300 = GATEWAY_BOUNDS.backfillPagesMax * GATEWAY_BOUNDS.backfillPageMax;
    await loseSession("session-2", () => many(10, read300 + 7));
    await world.wake();
    await eventually(async () => (await status()).unread === 0);
    await world.wake();
    await eventually(async () => (await newsRows()).length === 0);
    expect(await status()).toMatchObject({ missed: 7 });
    const notices = await runInDurableObject(directory(), (_object, { storage }) =>
      storage.sql
        .exec<{ body: string; about: string }>("SELECT body, about FROM owner_notices WHERE about IS NOT NULL")
        .toArray(),
    );
    expect(notices).toHaveLength(1);
    expect(notices[0]?.body).toContain('"messages":7');
    expect(notices[0]?.body).toContain('"chats":1');
  });

  it("is not said when everything could be read", async () => {
    await heard(inGuild(1));
    await loseSession("session-2", () => many(10, 250));
    await world.wake();
    await eventually(async () => (await status()).unread === 0);
    expect(await status()).toMatchObject({ missed: 0 });
  });

  it("is also what was written in a channel that could not be read after many tries", async () => {
    await heard(inGuild(1));
    world.fallback = () => Response.json({ message: "no", code: 0 }, { status: 500 });
    await loseSession();
    await world.wake();
    await eventually(async () => (await attempts()) === 1);
    await world.rows(`UPDATE backfill SET attempts = ${GATEWAY_BOUNDS.backfillTriesMax - 2}`);
    world.restart();
    await world.alarmsUntil(async () => (await attempts()) === GATEWAY_BOUNDS.backfillTriesMax - 1);
    expect((await status()).unread).toBe(1);
    await world.alarmsUntil(async () => (await status()).unread === 0);
    expect(await status()).toMatchObject({ missed: 1 });
  });
});

describe("a Gateway that has stopped for good", () => {
  it("is told to the owner once, however often the directory is out of reach", async () => {
    const getByName = env.AGENT_DIRECTORY.getByName.bind(env.AGENT_DIRECTORY);
    const spy = vi.spyOn(env.AGENT_DIRECTORY, "getByName").mockImplementation(() => {
      throw new Error("the directory is out of reach");
    });
    await world.close(4_014);
    await world.phase("terminal");
    await world.pass(60_000);
    expect(await newsRows()).toHaveLength(1);
    spy.mockImplementation((name, options) => getByName(name, options));
    await world.pass(60_000);
    await eventually(async () => (await newsRows()).length === 0);
    await world.pass(86_400_000);
    const notices = await runInDurableObject(directory(), (_object, { storage }) =>
      storage.sql.exec<{ body: string }>("SELECT body FROM owner_notices").toArray(),
    );
    expect(notices.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { kind: "news", news: { kind: "gateway_stopped", reason: "disallowed_intents", code: 4_014 } },
    ]);
  });
});

describe("the bounds of reading", () => {
  it("are not used up by strangers, however many write", async () => {
    await heard(direct(1));
    for (let stranger = 1; stranger <= 3; stranger += 1) {
      const author = { id: `${STRANGER}${stranger}`, username: "somebody" };
      await heard(direct(1 + stranger, { channel_id: `${DM}${stranger}`, author }));
    }
    expect(await world.rows("SELECT channel_id FROM channels")).toEqual([{ channel_id: DM }]);
    await loseSession("session-2", () => missed(direct(9)));
    await read();
    expect(await takenBy(ownerDm)).toEqual([idOf(1), idOf(9)]);
  });

  it("name channels in which somebody wrote lately, the last first", async () => {
    await heard(direct(1), inGuild(2));
    await world.rows(
      `UPDATE channels SET last_at = ${Date.now() - GATEWAY_BOUNDS.backfillChannelAgeMs - 1} WHERE channel_id = '${DM}'`,
    );
    await loseSession();
    await read();
    expect(world.calls.map((call) => call.split("?")[0])).toEqual([`GET /channels/${CHANNEL}/messages`]);
  });

  it("have the channels beyond them looked at, and what is new there counted", async () => {
    await heard(inGuild(1));
    await world.rows(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${GATEWAY_BOUNDS.backfillChannelsMax})
       INSERT INTO channels (channel_id, guild_id, channel_type, last_seen_id, last_at)
       SELECT '99' || i, '${GUILD}', 0, '1', ${Date.now() + 1_000} FROM n`,
    );
    await loseSession("session-2", () => missed(inGuild(7)));
    await world.wake();
    await eventually(async () => (await status()).unread === 0);
    expect(await takenBy(guildSession)).toEqual([idOf(1)]);
    expect(await status()).toMatchObject({ missed: 1 });
  });
});
