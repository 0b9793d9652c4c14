import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DiscordGatewayEmulator, startDiscordGateway } from "../../../emulators/discord/gateway.ts";
import {
  BOT,
  connected,
  type GatewayBot,
  identified,
  INTENTS,
  OPTIONS,
  resumed,
  said,
  soon,
  TOKEN,
} from "./gateway-bot.ts";

describe("a session of the emulated Gateway", () => {
  let gateway: DiscordGatewayEmulator;
  let now = 1_764_000_000_000;
  beforeEach(async () => {
    gateway = await startDiscordGateway({ ...OPTIONS, now: () => now });
  });
  afterEach(() => gateway.close());

  const kinds = () => gateway.log.violations.map(({ kind }) => kind);

  it("begins with Hello, READY and the guilds, which READY calls unavailable", async () => {
    const bot = await identified(gateway.url);
    await bot.hears("GUILD_CREATE");
    expect(bot.frames.map(({ op, t, s }) => [op, t, s])).toEqual([
      [10, null, null],
      [0, "READY", 1],
      [0, "GUILD_CREATE", 2],
    ]);
    expect(bot.frames[0]?.d).toMatchObject({ heartbeat_interval: 10_000 });
    expect(bot.ready).toMatchObject({
      v: 10,
      user: { id: BOT.id, username: BOT.username, bot: true },
      session_id: expect.stringMatching(/^[0-9a-f]{32}$/u),
      session_type: "normal",
      application: { id: OPTIONS.applicationId, flags: 0 },
      guilds: [{ id: "900000000000000001", unavailable: true }],
    });
    expect(bot.ready).not.toHaveProperty("shard");
    expect(bot.ready.resume_gateway_url).toBe(gateway.resumeUrl);
    expect(gateway.resumeUrl).not.toBe(gateway.url);
    expect(gateway.log.identifies).toMatchObject([{ connection: 1, intents: INTENTS, outcome: "ready" }]);
    expect(gateway.log.violations).toEqual([]);
  });

  it("numbers what it tells, and says what it sent to whom", async () => {
    const bot = await identified(gateway.url);
    const events = [said("one"), said("two")];
    expect(events.map((event) => gateway.dispatch(event))).toEqual(["sent", "sent"]);
    await soon(() => expect(bot.messageIds).toEqual(events.map(({ d }) => d.id)));
    expect(bot.dispatches("MESSAGE_CREATE").map(({ s }) => s)).toEqual([3, 4]);
    const { session_id: sessionId } = bot.ready;
    expect(gateway.log.sent.slice(-1)).toMatchObject([
      { sessionId, s: 4, t: "MESSAGE_CREATE", messageId: events[1]?.d.id, isReplay: false },
    ]);
  });

  it("answers heartbeats, before IDENTIFY as well, and notes the number they carry", async () => {
    const bot = await connected(gateway.url);
    bot.heartbeat(null);
    await bot.hears(11);
    bot.identify();
    await bot.hears("GUILD_CREATE");
    bot.heartbeat();
    await soon(() => expect(gateway.log.heartbeats.map(({ seq }) => seq)).toEqual([null, 2]));
    expect(gateway.log.violations).toEqual([]);
  });

  it("is resumed at the other URL with what was missed, and RESUMED comes last", async () => {
    const bot = await identified(gateway.url);
    gateway.dispatch(said("before"));
    await bot.hears("MESSAGE_CREATE");
    gateway.dropNow();
    expect(await bot.isClosed()).toBe(1006);
    const missed = [said("missed"), said("missed too")];
    expect(missed.map((event) => gateway.dispatch(event))).toEqual(["kept", "kept"]);
    const back = await resumed(bot);
    expect(back.dispatches().map(({ t, s }) => [t, s])).toEqual([
      ["MESSAGE_CREATE", 4],
      ["MESSAGE_CREATE", 5],
      ["RESUMED", 6],
    ]);
    expect(back.messageIds).toEqual(missed.map(({ d }) => d.id));
    expect(gateway.dispatch(said("after"))).toBe("sent");
    expect(gateway.log.resumes).toMatchObject([{ seq: 3, outcome: "resumed" }]);
    expect(gateway.log.identifies).toHaveLength(1);
    expect(gateway.log.lost).toEqual([]);
    expect(gateway.log.violations).toEqual([]);
  });

  it("is told again what the client has, if that is asked for, with the old numbers", async () => {
    const bot = await identified(gateway.url);
    const events = [said("one"), said("two"), said("three")];
    for (const event of events) gateway.dispatch(event);
    await soon(() => expect(bot.seq).toBe(5));
    gateway.replayOverlap(2);
    gateway.dropNow();
    await bot.isClosed();
    const back = await resumed(bot);
    expect(back.dispatches().map(({ s }) => s)).toEqual([4, 5, 6]);
    expect(gateway.log.sent.filter(({ isReplay }) => isReplay)).toHaveLength(2);
  });

  it("is never told READY or RESUMED again", async () => {
    const bot = await identified(gateway.url);
    gateway.dropNow();
    const back = await resumed(bot);
    gateway.replayOverlap(100);
    gateway.dropNow();
    const again = await connected(gateway.resumeUrl);
    again.resume(bot.ready.session_id, back.seq);
    await again.hears("RESUMED");
    expect(again.dispatches().map(({ t, s }) => [t, s])).toEqual([
      ["GUILD_CREATE", 2],
      ["RESUMED", 4],
    ]);
  });

  it("cannot be resumed by who is further behind than it keeps events", async () => {
    await gateway.close();
    gateway = await startDiscordGateway({ ...OPTIONS, replayMax: 3 });
    const bot = await identified(gateway.url);
    await bot.hears("GUILD_CREATE");
    gateway.dropNow();
    const events = ["a", "b", "c"].map((text) => said(text));
    for (const event of events) gateway.dispatch(event);
    expect((await resumed(bot, 2)).dispatches("MESSAGE_CREATE")).toHaveLength(3);
    gateway.dropNow();
    gateway.dispatch(said("d"));
    const late = await connected(gateway.resumeUrl);
    late.resume(bot.ready.session_id, 2);
    expect((await late.hears(9)).d).toBe(false);
    expect(gateway.log.resumes.map(({ outcome }) => outcome)).toEqual(["resumed", "too_old"]);
    expect(gateway.sessionIds).toEqual([]);
    // What it kept no longer counts as well.
    expect(gateway.log.lost.map(({ messageId }) => messageId).slice(0, 3)).toEqual(events.map(({ d }) => d.id));
  });

  it("does not run out when it was resumed within the window", async () => {
    await gateway.close();
    gateway = await startDiscordGateway({ ...OPTIONS, resumeWindowMs: 20_000 });
    const bot = await identified(gateway.url);
    bot.drop();
    await bot.isClosed();
    const back = await resumed(bot);
    // Longer than the window and its slack.
    const until = performance.now() + 150;
    await soon(() => expect(performance.now()).toBeGreaterThan(until));
    expect(gateway.dispatch(said("still here"))).toBe("sent");
    await back.hears("MESSAGE_CREATE");
  });

  it("is taken over by a RESUME while the connection before it is still open", async () => {
    const bot = await identified(gateway.url);
    const back = await resumed(bot);
    expect(await bot.isClosed()).toBe(1006);
    gateway.dispatch(said("here"));
    await back.hears("MESSAGE_CREATE");
    expect(gateway.sessionIds).toHaveLength(1);
  });

  it("is lost, with a violation, to a client that resumes at the first URL", async () => {
    const bot = await identified(gateway.url);
    bot.drop();
    const back = await connected(gateway.url);
    back.resume(bot.ready.session_id, bot.seq);
    expect((await back.hears(9)).d).toBe(false);
    expect(kinds()).toEqual(["ignored_resume_url"]);
    expect(gateway.sessionIds).toEqual([]);
  });

  it.each([
    ["a number that was never sent", (bot: GatewayBot) => bot.seq + 1],
    ["a number below 0", () => -1],
    ["no number", () => null],
  ])("closes a RESUME with %s by 4007, and the session is gone", async (_what, seqOf) => {
    const bot = await identified(gateway.url);
    await bot.hears("GUILD_CREATE");
    bot.drop();
    const back = await connected(gateway.resumeUrl);
    back.resume(bot.ready.session_id, seqOf(bot));
    expect(await back.isClosed()).toBe(4007);
    expect(kinds()).toEqual(["resumed_with_wrong_seq"]);
    expect(gateway.sessionIds).toEqual([]);
  });

  it("cannot be resumed when it is unknown, or when too long has passed", async () => {
    const bot = await identified(gateway.url);
    bot.drop();
    await bot.isClosed();
    await soon(() => expect(gateway.log.connections[0]?.closed).not.toBeNull());
    gateway.expireSessions();
    for (const id of [bot.ready.session_id, "0".repeat(32)]) {
      const back = await connected(gateway.resumeUrl);
      back.resume(id, bot.seq);
      expect((await back.hears(9)).d).toBe(false);
      expect(back.isOpen).toBe(true);
    }
    expect(gateway.log.resumes.map(({ outcome }) => outcome)).toEqual(["unknown_session", "unknown_session"]);
  });

  it("is over by itself when nobody has come back within the window", async () => {
    const brief = await startDiscordGateway({ ...OPTIONS, resumeWindowMs: 20_000 });
    try {
      const bot = await identified(brief.url);
      expect(brief.sessionIds).toEqual([bot.ready.session_id]);
      bot.drop();
      await soon(() => expect(brief.sessionIds).toEqual([]));
    } finally {
      await brief.close();
    }
  });

  it("is closed by 4004 for a token that is not the bot's, and stays for who has the right one", async () => {
    const bot = await identified(gateway.url);
    const thief = await connected(gateway.resumeUrl);
    thief.resume(bot.ready.session_id, bot.seq, `${TOKEN}x`);
    expect(await thief.isClosed()).toBe(4004);
    const other = await connected(gateway.url);
    other.identify({ token: `Bot ${TOKEN}` });
    expect(await other.isClosed()).toBe(4004);
    expect(bot.isOpen).toBe(true);
    expect(gateway.gatewayBot().session_start_limit.remaining).toBe(999);
  });

  it.each([1000, 1001])("ends at once when the client closes by %d, and what comes then is lost", async (code) => {
    const bot = await identified(gateway.url);
    bot.close(code);
    await soon(() => expect(gateway.sessionIds).toEqual([]));
    expect(kinds()).toEqual(["closed_session_unasked"]);
    const event = said("nobody hears");
    expect(gateway.dispatch(event)).toBe("lost");
    expect(gateway.log.lost).toEqual([
      {
        t: "MESSAGE_CREATE",
        messageId: event.d.id,
        channelId: event.d.channel_id,
        why: "no_session",
        isCertain: true,
      },
    ]);
  });

  it("believes a RESUME what it has", async () => {
    const bot = await identified(gateway.url);
    gateway.dispatch(said("heard"));
    await bot.hears("MESSAGE_CREATE");
    bot.drop();
    const back = await resumed(bot);
    back.drop();
    await soon(() => expect(gateway.isLive).toBe(false));
    gateway.expireSessions();
    expect(gateway.sessionIds).toEqual([]);
    expect(gateway.log.lost).toEqual([]);
  });

  it("loses nothing that another session keeps", async () => {
    const bot = await identified(gateway.url);
    bot.drop();
    await soon(() => expect(gateway.isLive).toBe(false));
    now += 5;
    await identified(gateway.url);
    gateway.holdDispatches();
    gateway.dispatch(said("kept twice"));
    gateway.expireSessions();
    expect(gateway.sessionIds).toHaveLength(1);
    expect(gateway.log.lost).toEqual([]);
  });

  it("ends without a violation when the goodbye was expected, once", async () => {
    gateway.expectGoodbye();
    for (const violations of [[], ["closed_session_unasked"]]) {
      now += 5;
      const bot = await identified(gateway.url);
      bot.close(1000);
      await soon(() => expect(gateway.sessionIds).toEqual([]));
      expect(kinds()).toEqual(violations);
    }
  });

  it.each([4900, undefined])("outlives its connection when the client closes by %s", async (code) => {
    const bot = await identified(gateway.url);
    bot.close(code);
    await bot.isClosed();
    const back = await resumed(bot);
    expect(back.dispatches("RESUMED")).toHaveLength(1);
    expect(gateway.log.connections[0]?.closed).toMatchObject({ by: "client", code: code ?? 1005 });
    expect(gateway.log.violations).toEqual([]);
  });

  it("takes what nobody was told along when it ends, and what perhaps was heard with less certainty", async () => {
    const first = await identified(gateway.url);
    const [resumedAt, confirmed, written, kept] = [said("a"), said("b"), said("c"), said("d")];
    gateway.dispatch(resumedAt);
    await first.hears("MESSAGE_CREATE");
    first.drop();
    const bot = await resumed(first);
    gateway.dispatch(confirmed);
    gateway.dispatch(written);
    await soon(() => expect(bot.messageIds).toHaveLength(2));
    bot.heartbeat(bot.seq - 1);
    await bot.hears(11);
    gateway.dropNow();
    gateway.dispatch(kept);
    await bot.isClosed();
    gateway.expireSessions();
    expect(gateway.log.lost).toMatchObject([
      { messageId: written.d.id, why: "session_ended", isCertain: false },
      { messageId: kept.d.id, why: "session_ended", isCertain: true },
    ]);
  });

  it("notes a second session that is begun beside a live one", async () => {
    await identified(gateway.url);
    now += 5;
    await identified(gateway.url);
    expect(kinds()).toEqual(["second_session"]);
    expect(gateway.sessionIds).toHaveLength(2);
  });
});
