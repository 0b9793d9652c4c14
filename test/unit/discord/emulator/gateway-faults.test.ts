import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DiscordGatewayEmulator, startDiscordGateway } from "../../../emulators/discord/gateway.ts";
import {
  NEW_SESSION_CLOSE_CODES,
  RESUMABLE_CLOSE_CODES,
  TERMINAL_CLOSE_CODES,
} from "../../../emulators/discord/gateway/codes.ts";
import { connected, GatewayBot, identified, OPTIONS, resumed, said, soon } from "./gateway-bot.ts";

describe("the faults of the emulated Gateway", () => {
  let gateway: DiscordGatewayEmulator;
  beforeEach(async () => {
    gateway = await startDiscordGateway(OPTIONS);
  });
  afterEach(() => gateway.close());

  const kinds = () => gateway.log.violations.map(({ kind }) => kind);
  const restart = async (options: Partial<typeof OPTIONS>): Promise<void> => {
    await gateway.close();
    gateway = await startDiscordGateway({ ...OPTIONS, ...options });
  };

  it("hit nobody while there is no live connection", async () => {
    await connected(gateway.url);
    expect([
      gateway.dropNow(),
      gateway.closeWith(4000),
      gateway.invalidate(true),
      gateway.reconnect(),
      gateway.withholdAcks(),
      gateway.stall(),
      gateway.forgetSession(),
      gateway.askHeartbeat(),
    ]).toEqual(Array.from({ length: 8 }, () => false));
  });

  it.each(RESUMABLE_CLOSE_CODES)("keep the session when the server closes by %d", async (code) => {
    const bot = await identified(gateway.url);
    expect(gateway.closeWith(code)).toBe(true);
    expect(gateway.isLive).toBe(false);
    expect(await bot.isClosed()).toBe(code);
    await resumed(bot);
    expect(gateway.log.connections[0]?.closed).toMatchObject({ by: "server", code });
    expect(gateway.log.violations).toEqual([]);
  });

  it.each([...NEW_SESSION_CLOSE_CODES, ...TERMINAL_CLOSE_CODES])(
    "end the session when the server closes by %d",
    async (code) => {
      const bot = await identified(gateway.url);
      gateway.closeWith(code);
      expect(gateway.sessionIds).toEqual([]);
      expect(await bot.isClosed()).toBe(code);
      expect(gateway.log.violations).toEqual([]);
    },
  );

  it("close without a code, too", async () => {
    const bot = await identified(gateway.url);
    gateway.closeWith();
    expect(await bot.isClosed()).toBe(1005);
    await resumed(bot);
  });

  it.each([true, false])("take the connection away without a close frame, reset: %s", async (isReset) => {
    const bot = await identified(gateway.url);
    gateway.dropNow(isReset);
    expect(await bot.isClosed()).toBe(1006);
    await resumed(bot);
  });

  it("end a session by op 9 false, and leave the connection open", async () => {
    const bot = await identified(gateway.url);
    gateway.invalidate(false);
    expect((await bot.hears(9)).d).toBe(false);
    expect(gateway.dispatch(said("nobody"))).toBe("lost");
    bot.heartbeat();
    await bot.hears(11);
    bot.send({ op: 3, d: {} });
    expect(await bot.isClosed()).toBe(4003);
  });

  it("keep a session that op 9 true invalidates, for a RESUME elsewhere", async () => {
    const bot = await identified(gateway.url);
    gateway.invalidate(true);
    expect((await bot.hears(9)).d).toBe(true);
    expect(gateway.dispatch(said("later"))).toBe("kept");
    bot.close(1000);
    await bot.isClosed();
    const back = await resumed(bot);
    expect(back.dispatches("MESSAGE_CREATE")).toHaveLength(1);
    expect(gateway.log.violations).toEqual([]);
  });

  it("ask for a new connection by op 7, go on meanwhile, and cut off who stays", async () => {
    const bot = await identified(gateway.url);
    gateway.reconnect();
    await bot.hears(7);
    expect(gateway.dispatch(said("meanwhile"))).toBe("sent");
    await bot.hears("MESSAGE_CREATE");
    expect(await bot.isClosed()).toBe(1005);
    expect(kinds()).toEqual(["stayed_after_reconnect"]);
  });

  it("note nothing against who leaves after op 7", async () => {
    const bot = await identified(gateway.url);
    gateway.reconnect();
    await bot.hears(7);
    bot.close(4900);
    const back = await resumed(bot);
    // Longer than the half minute that is left to it.
    await soon(() => expect(Date.now() - gateway.log.connections[0]!.at).toBeGreaterThan(150));
    expect(back.isOpen).toBe(true);
    expect(gateway.log.violations).toEqual([]);
  });

  it("withhold acks, and note a heartbeat that is sent in spite of that", async () => {
    const bot = await identified(gateway.url);
    gateway.withholdAcks(1);
    bot.heartbeat();
    await soon(() => expect(gateway.log.heartbeats).toMatchObject([{ isAcked: false }]));
    expect(gateway.dispatch(said("still heard"))).toBe("sent");
    expect(kinds()).toEqual([]);
    bot.heartbeat();
    await bot.hears(11);
    expect(kinds()).toEqual(["heartbeat_after_missing_ack"]);
    expect(bot.frames.filter(({ op }) => op === 11)).toHaveLength(1);
  });

  it("take a heartbeat that was asked for after a missing ack", async () => {
    const bot = await identified(gateway.url);
    gateway.withholdAcks(1);
    bot.heartbeat();
    await soon(() => expect(gateway.log.heartbeats).toHaveLength(1));
    gateway.askHeartbeat();
    await bot.hears(1);
    bot.heartbeat();
    await bot.hears(11);
    expect(gateway.log.violations).toEqual([]);
  });

  it("withhold all acks of a connection, but not those of the next", async () => {
    const bot = await identified(gateway.url);
    gateway.withholdAcks();
    bot.heartbeat();
    bot.heartbeat();
    await soon(() => expect(gateway.log.heartbeats.map(({ isAcked }) => isAcked)).toEqual([false, false]));
    bot.close(4900);
    const back = await resumed(bot);
    back.heartbeat();
    await back.hears(11);
  });

  it("ask for a heartbeat by op 1", async () => {
    const bot = await identified(gateway.url);
    gateway.askHeartbeat();
    await bot.hears(1);
    bot.heartbeat();
    bot.heartbeat();
    await soon(() => expect(gateway.log.heartbeats.map(({ isAsked }) => isAsked)).toEqual([true, false]));
    expect(gateway.log.violations).toEqual([]);
  });

  it("make a connection half open: nothing comes, nothing is answered, nobody closes it", async () => {
    const bot = await identified(gateway.url);
    gateway.stall();
    bot.heartbeat();
    expect(gateway.dispatch(said("buffered"))).toBe("kept");
    bot.close(4900);
    const back = await resumed(bot);
    expect(back.dispatches("MESSAGE_CREATE")).toHaveLength(1);
    expect(bot.frames.filter(({ op }) => op === 11)).toEqual([]);
    expect(gateway.log.heartbeats).toEqual([]);
    // The RESUME takes the session away from it.
    expect(await bot.isClosed()).not.toBeNull();
  });

  it("let the session of a half open connection run out", async () => {
    await restart({ heartbeatIntervalMs: 20_000, resumeWindowMs: 20_000 });
    const bot = await identified(gateway.url);
    gateway.stall();
    await soon(() => expect(gateway.sessionIds).toEqual([]));
    expect(bot.isOpen).toBe(true);
    expect(gateway.log.violations).toEqual([]);
  });

  it("refuse web sockets by a status so many times, at both addresses", async () => {
    gateway.refuseUpgrade(503, 2);
    const bots = [new GatewayBot(gateway.url), new GatewayBot(gateway.resumeUrl)];
    await soon(() => expect(bots.map(({ refusedWith }) => refusedWith)).toEqual([503, 503]));
    expect(gateway.log.refused.map(({ status }) => status)).toEqual([503, 503]);
    await identified(gateway.url);
    expect(gateway.log.connections).toHaveLength(1);
  });

  it("leave a request for a web socket without an answer", async () => {
    gateway.hangUpgrade();
    const bot = new GatewayBot(gateway.url);
    await soon(() => expect(gateway.log.hanging).toBe(1));
    expect([bot.isOpen, bot.closed]).toEqual([false, null]);
    await identified(gateway.url);
    bot.drop();
  });

  it("delay a Hello, or never send it, and only to the next connection", async () => {
    gateway.slowHello(100_000);
    gateway.slowHello(Number.POSITIVE_INFINITY);
    const startedAt = performance.now();
    const slow = await new GatewayBot(gateway.url).opened();
    const never = await new GatewayBot(gateway.url).opened();
    await identified(gateway.url);
    expect(slow.frames).toEqual([]);
    await slow.hears(10);
    expect(performance.now() - startedAt).toBeGreaterThan(90);
    expect(never.frames).toEqual([]);
    never.drop();
  });

  it("forget a session before its client is back", async () => {
    const bot = await identified(gateway.url);
    gateway.forgetSession();
    await bot.isClosed();
    const back = await connected(gateway.resumeUrl);
    back.resume(bot.ready.session_id, bot.seq);
    expect((await back.hears(9)).d).toBe(false);
  });

  it("tell when a connection is live again", async () => {
    const bot = await identified(gateway.url);
    await gateway.whenLive();
    gateway.dropNow();
    let isBack = false;
    const back = gateway.whenLive().then(() => {
      isBack = true;
    });
    await bot.isClosed();
    expect(isBack).toBe(false);
    await resumed(bot);
    await back;
  });

  it("reset the token at the owner's will", async () => {
    const bot = await identified(gateway.url);
    gateway.resetToken();
    expect(await bot.isClosed()).toBe(4004);
    expect(gateway.tokenReset).toBe(true);
    expect(gateway.log.violations).toEqual([]);
  });
});
