import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DiscordGatewayEmulator, startDiscordGateway } from "../../../emulators/discord/gateway.ts";
import {
  connected,
  GatewayBot,
  identified,
  INTENTS,
  INTENTS_WITH_CONTENT,
  OPTIONS,
  said,
  soon,
  TOKEN,
} from "./gateway-bot.ts";

/** A heartbeat of exactly so many bytes, which are more than its characters. */
function heartbeatOf(bytes: number): string {
  const frame = (padding: string): string => `{"op":1,"d":null,"x":"é${padding}"}`;
  return frame("x".repeat(bytes - Buffer.byteLength(frame(""))));
}

describe("the rules of the emulated Gateway", () => {
  let gateway: DiscordGatewayEmulator;
  let now = 1_764_000_000_000;
  const start = async (options: Partial<typeof OPTIONS> = {}): Promise<DiscordGatewayEmulator> => {
    await gateway.close();
    gateway = await startDiscordGateway({ ...OPTIONS, now: () => now, ...options });
    return gateway;
  };
  beforeEach(async () => {
    gateway = await startDiscordGateway({ ...OPTIONS, now: () => now });
  });
  afterEach(() => gateway.close());

  const kinds = () => gateway.log.violations.map(({ kind }) => kind);

  it.each([
    [4002, "no JSON", "{"],
    [4002, "no payload", "[]"],
    [4002, "a binary frame", Buffer.from('{"op":1,"d":null}')],
    [4002, "an opcode that is no number", { op: "1", d: null }],
    [4002, "a payload of 4097 bytes", heartbeatOf(4_097)],
    [4002, "a heartbeat without a number", { op: 1, d: "7" }],
    [4002, "an IDENTIFY without properties", { op: 2, d: { token: TOKEN, intents: INTENTS } }],
    [4002, "a RESUME without a session", { op: 6, d: { token: TOKEN, seq: 1 } }],
    [4001, "an opcode that is not sent", { op: 10, d: {} }],
    [4001, "an opcode that is not known", { op: 99, d: {} }],
  ])("closes by %d for %s", async (code, _what, payload) => {
    const bot = await identified(gateway.url);
    bot.send(payload);
    expect(await bot.isClosed()).toBe(code);
    expect(kinds()).toEqual(["unreadable_payload"]);
    expect(gateway.sessionIds).toHaveLength(1);
  });

  it("takes a payload of 4096 bytes", async () => {
    const bot = await identified(gateway.url);
    bot.send(heartbeatOf(4_096));
    await bot.hears(11);
    expect(gateway.log.violations).toEqual([]);
  });

  it("closes by 4003 for anything but a heartbeat before IDENTIFY, and takes it afterwards", async () => {
    const presence = { op: 3, d: { since: null, activities: [], status: "online", afk: false } };
    const early = await connected(gateway.url);
    early.send(presence);
    expect(await early.isClosed()).toBe(4003);
    expect(kinds()).toEqual(["payload_before_identify"]);
    const bot = await identified(gateway.url);
    bot.send(presence);
    bot.heartbeat();
    await bot.hears(11);
    expect(kinds()).toHaveLength(1);
  });

  it.each([
    ["a second IDENTIFY", (bot: GatewayBot) => bot.identify()],
    ["a RESUME after IDENTIFY", (bot: GatewayBot) => bot.resume(bot.ready.session_id, 1)],
  ])("closes by 4005 for %s, and keeps the session", async (_what, send) => {
    const bot = await identified(gateway.url);
    send(bot);
    expect(await bot.isClosed()).toBe(4005);
    expect(kinds()).toEqual(["identified_twice"]);
    expect(gateway.sessionIds).toEqual([bot.ready.session_id]);
  });

  it("closes by 4008 for the 121st send of a minute, and forgets those of the minute before", async () => {
    const bot = await identified(gateway.url);
    for (let count = 1; count < 120; count += 1) bot.heartbeat(1);
    await soon(() => expect(gateway.log.heartbeats).toHaveLength(119));
    now += 60;
    for (let count = 0; count < 120; count += 1) bot.heartbeat(1);
    await soon(() => expect(gateway.log.heartbeats).toHaveLength(239));
    expect(bot.isOpen).toBe(true);
    bot.heartbeat(1);
    expect(await bot.isClosed()).toBe(4008);
    expect(kinds()).toEqual(["too_many_sends"]);
  });

  it.each([
    [4013, "an intent that does not exist", 1 << 17],
    [4013, "a negative number", -1],
    [4013, "a fraction", 0.5],
    [4013, "a number beyond 32 bits", 2 ** 40],
    [4014, "MESSAGE_CONTENT, which is not approved", INTENTS_WITH_CONTENT],
    [4014, "the members of guilds", INTENTS | (1 << 1)],
  ])("closes by %d for intents with %s", async (code, _what, intents) => {
    const bot = await connected(gateway.url);
    bot.identify({ intents });
    expect(await bot.isClosed()).toBe(code);
    expect(gateway.log.identifies).toMatchObject([{ intents, outcome: "refused" }]);
    expect(gateway.sessionIds).toEqual([]);
  });

  it("lets an application have MESSAGE_CONTENT that may, and says so in READY", async () => {
    await start({ mayReadContent: true });
    const bot = await identified(gateway.url, { intents: INTENTS_WITH_CONTENT });
    expect(bot.ready).toMatchObject({ application: { flags: 1 << 19 } });
  });

  it.each([
    ["v=9&encoding=json", 4012],
    ["encoding=json", 4012],
  ])("closes by code for a connection with %s", async (query, code) => {
    expect(await new GatewayBot(gateway.url, query).isClosed()).toBe(code);
  });

  it.each(["v=10&encoding=etf", "v=10&encoding=json&compress=zlib-stream"])(
    "refuses what it does not emulate: %s",
    async (query) => {
      const bot = new GatewayBot(gateway.url, query);
      await soon(() => expect(bot.refusedWith).toBe(400));
      expect(kinds()).toEqual(["unsupported_url"]);
    },
  );

  it.each([
    [4010, [1, 1]],
    [4010, [0, 0]],
    [4010, [-1, 2]],
  ])("closes by %d for shard %j", async (code, shard) => {
    const bot = await connected(gateway.url);
    bot.identify({ shard });
    expect(await bot.isClosed()).toBe(code);
  });

  it("wants shards of an application with many guilds, and tells each shard its guilds", async () => {
    await start({ needsSharding: true, startLimit: { maxConcurrency: 2 } });
    expect(gateway.gatewayBot().shards).toBe(2);
    const whole = await connected(gateway.url);
    whole.identify();
    expect(await whole.isClosed()).toBe(4011);
    now += 5;
    const bots = [await identified(gateway.url, { shard: [0, 2] }), await identified(gateway.url, { shard: [1, 2] })];
    const own = Number((900_000_000_000_000_001n >> 22n) % 2n);
    await bots[own]!.hears("GUILD_CREATE");
    expect(bots[own]!.ready).toMatchObject({ shard: [own, 2] });
    expect(bots[1 - own]!.ready).toMatchObject({ guilds: [] });
    const [inGuild, direct] = [said("in a guild"), said("in private", {}, null)];
    gateway.dispatch(inGuild);
    gateway.dispatch(direct);
    await soon(() => expect([...bots[own]!.messageIds, ...bots[1 - own]!.messageIds]).toHaveLength(2));
    expect(bots[own]!.messageIds).toContain(inGuild.d.id);
    expect(bots[0]!.messageIds).toContain(direct.d.id);
    expect(gateway.log.violations).toEqual([]);
  });

  it("answers an IDENTIFY within five seconds of the one before by op 9, and counts it", async () => {
    const first = await identified(gateway.url);
    gateway.forgetSession();
    await first.isClosed();
    now += 4;
    const hasty = await connected(gateway.url);
    hasty.identify();
    expect((await hasty.hears(9)).d).toBe(false);
    expect(kinds()).toEqual(["identified_too_early"]);
    now += 5;
    hasty.identify();
    await hasty.hears("READY");
    expect(gateway.gatewayBot()).toEqual({
      url: gateway.url,
      shards: 1,
      session_start_limit: { total: 1000, remaining: 997, reset_after: 86_400 - 9, max_concurrency: 1 },
    });
    expect(gateway.log.identifies.map(({ outcome }) => outcome)).toEqual(["ready", "too_early", "ready"]);
  });

  it("kills the token at the IDENTIFY beyond the limit: everybody is closed, and nothing works any more", async () => {
    await start({ startLimit: { remaining: 1 } });
    const bot = await identified(gateway.url);
    expect(gateway.gatewayBot().session_start_limit).toMatchObject({ total: 1000, remaining: 0 });
    now += 5;
    const second = await connected(gateway.url);
    second.identify();
    expect(await Promise.all([second.isClosed(), bot.isClosed()])).toEqual([4004, 4004]);
    expect(gateway.tokenReset).toBe(true);
    expect(gateway.sessionIds).toEqual([]);
    expect(kinds()).toEqual(["identified_beyond_limit"]);
    now += 86_400;
    const again = await connected(gateway.resumeUrl);
    again.resume(bot.ready.session_id, bot.seq);
    expect(await again.isClosed()).toBe(4004);
  });

  it("counts the IDENTIFYs of each day anew", async () => {
    await start({ startLimit: { total: 2 } });
    await identified(gateway.url);
    now += 86_400;
    expect(gateway.gatewayBot().session_start_limit).toMatchObject({ remaining: 2, reset_after: 86_400 });
  });

  it("notes an IDENTIFY at the URL for RESUME, and takes it", async () => {
    await identified(gateway.resumeUrl);
    expect(kinds()).toEqual(["identified_at_resume_url"]);
  });

  it("hangs up, without a code, on who sends no heartbeat", async () => {
    await start({ heartbeatIntervalMs: 1_000 });
    const bot = await identified(gateway.url);
    expect(await bot.isClosed()).toBe(1005);
    expect(kinds()).toEqual(["missing_heartbeat"]);
    expect(gateway.sessionIds).toHaveLength(1);
  });

  it("leaves alone who sends heartbeats in time", async () => {
    await start({ heartbeatIntervalMs: 20_000 });
    const bot = await identified(gateway.url);
    // Longer than an interval and a half, and the slack.
    const until = performance.now() + 200;
    await soon(() => {
      if (gateway.log.heartbeats.length < 100) bot.heartbeat();
      expect(performance.now()).toBeGreaterThan(until);
    });
    expect(bot.isOpen).toBe(true);
    expect(gateway.log.violations).toEqual([]);
  });

  it("notes a heartbeat that knows more than was sent", async () => {
    const bot = await identified(gateway.url);
    bot.heartbeat(17);
    await bot.hears(11);
    expect(kinds()).toEqual(["heartbeat_ahead_of_events"]);
  });
});
