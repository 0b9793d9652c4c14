import { describe, expect, it } from "vitest";
import { startBot } from "./bot.ts";

const MESSAGES = "/channels/{channel_id}/messages";

async function faulty() {
  const bot = await startBot();
  const send = (content: string, channel = bot.channel) =>
    bot.call("POST", `/channels/${channel}/messages`, { content });
  const shown = () => bot.discord.shown(bot.channel).map(({ content }) => content);
  return { ...bot, send, shown };
}

describe("faults", () => {
  it("refuse a call with a status and a code, and no more calls than they say", async () => {
    const { discord, send, shown } = await faulty();
    discord.fail({ kind: "status", status: 403, code: 50_001, message: "Missing Access", times: 2 });
    expect(discord.faultsLeft).toBe(2);
    expect(await send("a")).toMatchObject({ status: 403, json: { code: 50_001, message: "Missing Access" } });
    expect((await send("b")).status).toBe(403);
    expect((await send("c")).status).toBe(200);
    expect(shown()).toEqual(["c"]);
    expect(discord.violations).toEqual([]);
  });

  it("hit the n-th call that matches, by method, route and channel", async () => {
    const { discord, call, send, guild, channel, shown } = await faulty();
    const other = discord.addChannel(guild);
    discord.fail({ kind: "status", status: 500, method: "POST", route: MESSAGES, channelId: channel, skip: 1 });
    expect((await send("elsewhere", other)).status).toBe(200);
    expect((await call("GET", `/channels/${channel}/messages`)).status).toBe(200);
    expect((await send("first")).status).toBe(200);
    expect((await send("second")).status).toBe(500);
    expect(shown()).toEqual(["first"]);
  });

  it("hit the calls by one interaction's token", async () => {
    const { discord, call } = await faulty();
    const webhook = (token: string) => `/webhooks/${discord.applicationId}/${token}`;
    discord.fail({ kind: "status", status: 500, token: "hers" });
    expect((await call("GET", `${webhook("his")}/messages/@original`)).status).toBe(404);
    expect((await call("GET", `${webhook("hers")}/messages/@original`)).status).toBe(500);
    expect(discord.faultsLeft).toBe(0);
  });

  it("cut the connection before or after a call is carried out", async () => {
    const { discord, send, shown } = await faulty();
    discord.fail({ kind: "cut_before" });
    await expect(send("never")).rejects.toThrow();
    discord.fail({ kind: "cut_after" });
    await expect(send("shown")).rejects.toThrow();
    expect(shown()).toEqual(["shown"]);
    expect(discord.calls.map(({ status, isCarriedOut }) => [status, isCarriedOut])).toEqual([
      [0, false],
      [0, true],
    ]);
  });

  it("keep an answer back until the emulator closes", async () => {
    const { discord, send, shown } = await faulty();
    discord.fail({ kind: "hang" });
    const gone = new Promise<void>((resolve) => void discord.onCall(() => resolve()));
    const answer = expect(send("a")).rejects.toThrow();
    await gone;
    expect(shown()).toEqual(["a"]);
    await discord.close();
    await answer;
    await discord.listen();
  });

  it("answer late, or with something else than JSON", async () => {
    const { discord, send, shown } = await faulty();
    discord.fail({ kind: "slow", delayMs: 30 });
    const startedAt = performance.now();
    expect((await send("a")).status).toBe(200);
    expect(performance.now() - startedAt).toBeGreaterThan(25);
    discord.fail({ kind: "garbage", text: "<oops>" });
    expect(await send("b")).toMatchObject({ status: 200, text: "<oops>" });
    discord.fail({ kind: "page", status: 502 });
    expect((await send("c")).text).toContain("<html>");
    expect(shown()).toEqual(["a", "b"]);
  });
});

describe("the record of calls", () => {
  it("holds what came and what became of it, with the arguments of the path", async () => {
    const { discord, call, send, channel } = await faulty();
    await send("a");
    await send("");
    await call("GET", `/channels/${channel}/messages?limit=2`);
    const [sent, refusedCall, read] = discord.calls;
    expect(sent).toMatchObject({
      method: "POST",
      path: `/api/v10/channels/${channel}/messages`,
      route: MESSAGES,
      params: { channel_id: channel },
      headers: { "user-agent": "DiscordBot (https://example.com, 1)" },
      body: { content: "a" },
      status: 200,
      isCarriedOut: true,
    });
    expect(refusedCall).toMatchObject({ status: 400, code: 50_006, isCarriedOut: false });
    expect(read).toMatchObject({ query: { limit: "2" }, method: "GET" });
    expect(sent!.at).toBeLessThanOrEqual(read!.at);
  });
});

describe("what is no call of Discord's", () => {
  it("is not found, or not with that method", async () => {
    const { discord, call } = await faulty();
    expect(await call("GET", "/nothing")).toMatchObject({ status: 404, json: { message: "404: Not Found", code: 0 } });
    expect(await call("DELETE", "/gateway/bot")).toMatchObject({ status: 405, json: { code: 0 } });
    expect((await fetch(`${discord.origin}/api/v9/gateway`)).status).toBe(404);
  });

  it("is refused when it cannot be read", async () => {
    const { discord, channel } = await faulty();
    const post = (body: string, type: string) =>
      fetch(`${discord.apiRoot}/channels/${channel}/messages`, {
        method: "POST",
        headers: { authorization: `Bot ${discord.botToken}`, "content-type": type, "user-agent": "DiscordBot (x, 1)" },
        body,
      });
    expect(await (await post("{", "application/json")).json()).toMatchObject({ code: 50_109 });
    expect(await (await post("a", "text/plain")).json()).toMatchObject({ code: 50_035 });
    expect(await (await post("a", "multipart/form-data; boundary=x")).json()).toMatchObject({ code: 50_035 });
    expect(discord.violations).toHaveLength(3);
  });

  it("is noted when the client does not say that it is a bot", async () => {
    const { discord, call, channel } = await faulty();
    await call("GET", `/channels/${channel}`, undefined, { "user-agent": "curl" });
    expect(discord.violations).toMatchObject([{ where: "GET /channels/{channel_id}" }]);
  });
});
