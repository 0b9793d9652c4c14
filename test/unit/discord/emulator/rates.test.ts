import { describe, expect, it } from "vitest";
import { startBot } from "./bot.ts";

const NOW = 1_790_000_000_000;
const MESSAGES = "/channels/{channel_id}/messages";

describe("rate limits", () => {
  it("are told with every answer", async () => {
    const { call, channel } = await startBot({ rates: true, now: () => NOW });
    const { headers } = await call("POST", `/channels/${channel}/messages`, { content: "a" });
    expect(headers.get("x-ratelimit-limit")).toBe("5");
    expect(headers.get("x-ratelimit-remaining")).toBe("4");
    expect(headers.get("x-ratelimit-reset-after")).toBe("5.000");
    expect(headers.get("x-ratelimit-reset")).toBe("1790000005.000");
    expect(headers.get("x-ratelimit-bucket")).toMatch(/^[\da-f]{32}$/u);
    const refusedCall = await call("POST", `/channels/${channel}/messages`, {});
    expect(refusedCall.status).toBe(400);
    expect(refusedCall.headers.get("x-ratelimit-remaining")).toBe("3");
  });

  it("refuse the sixth message of five seconds, with the wait exact and rounded up", async () => {
    let now = NOW;
    const { discord, call, channel } = await startBot({ rates: true, now: () => now });
    const send = () => call("POST", `/channels/${channel}/messages`, { content: "a" });
    for (let index = 0; index < 5; index += 1) await send();
    now += 1_250;
    const { status, json, headers } = await send();
    expect({ status, json }).toEqual({
      status: 429,
      json: { message: "You are being rate limited.", retry_after: 3.75, global: false },
    });
    expect(headers.get("retry-after")).toBe("4");
    expect(headers.get("x-ratelimit-scope")).toBe("user");
    expect(headers.get("x-ratelimit-remaining")).toBe("0");
    expect(headers.get("x-ratelimit-global")).toBeNull();
    now += 3_749;
    expect((await send()).status).toBe(429);
    now += 1;
    expect((await send()).status).toBe(200);
    expect(discord.answers(channel)).toHaveLength(6);
  });

  it("count each channel and each kind of call by itself", async () => {
    const { discord, call, guild, channel } = await startBot({ rates: true, now: () => NOW });
    const other = discord.addChannel(guild);
    const send = (where: string) => call("POST", `/channels/${where}/messages`, { content: "a" });
    for (let index = 0; index < 5; index += 1) await send(channel);
    expect((await send(channel)).status).toBe(429);
    expect((await send(other)).status).toBe(200);
    expect((await call("GET", `/channels/${channel}/messages`)).status).toBe(200);
  });

  it("allow the bot 50 calls a second in all, interactions left out", async () => {
    let now = NOW;
    const { discord, call, guild } = await startBot({ rates: true, now: () => now });
    const send = (channel: string) => call("POST", `/channels/${channel}/messages`, { content: "a" });
    const channels = Array.from({ length: 51 }, () => discord.addChannel(guild));
    for (const channel of channels.slice(0, 50)) expect((await send(channel)).status).toBe(200);
    const { status, json, headers } = await send(channels[50]!);
    expect({ status, json }).toMatchObject({ status: 429, json: { global: true, retry_after: 1 } });
    expect(headers.get("x-ratelimit-global")).toBe("true");
    expect(headers.get("x-ratelimit-scope")).toBe("global");
    expect((await call("POST", `/webhooks/${discord.applicationId}/nobody`, { content: "a" })).status).toBe(404);
    now += 1_000;
    expect((await send(channels[50]!)).status).toBe(200);
  });

  it("are out of reach unless they are asked for", async () => {
    const { call, channel } = await startBot({ now: () => NOW });
    for (let index = 0; index < 60; index += 1) {
      const { status, headers } = await call("POST", `/channels/${channel}/typing`);
      expect(status).toBe(204);
      expect(Number(headers.get("x-ratelimit-remaining"))).toBeGreaterThan(1000);
    }
  });
});

describe("the bucket of reactions", () => {
  it("takes one in a quarter of a second, whatever the message", async () => {
    let now = NOW;
    const { ann, call, channel } = await startBot({ rates: true, now: () => now });
    const react = () => {
      const { id } = ann.says("a", { in: channel });
      return call("PUT", `/channels/${channel}/messages/${id}/reactions/%F0%9F%91%80/@me`);
    };
    expect((await react()).status).toBe(204);
    now += 100;
    expect(await react()).toMatchObject({ status: 429, json: { retry_after: 0.15 } });
    now += 150;
    expect((await react()).status).toBe(204);
  });
});

describe("a 429 that is scripted", () => {
  it.each([
    ["user", false, 1],
    ["shared", false, 0],
    ["global", true, 1],
  ] as const)("of scope %s holds until its time is over", async (scope, isGlobal, counted) => {
    let now = NOW;
    const { discord, call, guild, channel } = await startBot({ now: () => now });
    const other = discord.addChannel(guild);
    discord.fail({
      kind: "too_many",
      retryAfterS: 0.5,
      scope,
      route: MESSAGES,
      ...(scope === "shared" && { code: 20_028 }),
    });
    const send = (where: string) => call("POST", `/channels/${where}/messages`, { content: "a" });
    const { status, json, headers } = await send(channel);
    expect({ status, json }).toMatchObject({ status: 429, json: { retry_after: 0.5, global: isGlobal } });
    expect(json["code"]).toBe(scope === "shared" ? 20_028 : undefined);
    expect(headers.get("x-ratelimit-scope")).toBe(scope);
    expect(headers.get("retry-after")).toBe("1");
    expect(discord.invalidRequests).toBe(counted);
    now += 499;
    expect((await send(channel)).status).toBe(429);
    expect((await send(other)).status).toBe(isGlobal ? 429 : 200);
    now += 1;
    expect((await send(channel)).status).toBe(200);
  });

  it("is forgotten by healing", async () => {
    const { discord, call, channel } = await startBot();
    discord.fail({ kind: "too_many", retryAfterS: 60, times: 2 });
    expect((await call("GET", `/channels/${channel}`)).status).toBe(429);
    discord.heal();
    expect(discord.faultsLeft).toBe(0);
    expect((await call("GET", `/channels/${channel}`)).status).toBe(200);
  });
});

describe("invalid requests", () => {
  it("shut us out when there were too many in ten minutes, whatever comes then", async () => {
    let now = NOW;
    const { discord, call, channel } = await startBot({ now: () => now, invalidMax: 3 });
    const wrong = () => call("GET", "/users/@me", undefined, { authorization: "Bot wrong" });
    expect(await wrong()).toMatchObject({ status: 401, json: { message: "401: Unauthorized", code: 0 } });
    await wrong();
    now += 600_000;
    await wrong();
    expect(discord.invalidRequests).toBe(1);
    discord.deny(channel, "VIEW_CHANNEL");
    expect((await call("GET", `/channels/${channel}`)).status).toBe(403);
    expect((await wrong()).status).toBe(401);
    const banned = await call("GET", "/users/@me");
    expect(banned).toMatchObject({ status: 429, text: "error code: 1015", json: {} });
    expect(banned.headers.get("retry-after")).toBe("600");
    expect(banned.headers.get("x-ratelimit-scope")).toBeNull();
    now += 600_000;
    expect((await call("GET", "/users/@me")).status).toBe(200);
  });

  it("are not 400 and 404", async () => {
    const { discord, call, channel } = await startBot();
    await call("POST", `/channels/${channel}/messages`, {});
    await call("GET", "/channels/1");
    expect(discord.invalidRequests).toBe(0);
  });
});
