import { describe, expect, it } from "vitest";
import type { WorldEvent } from "../../../emulators/discord/events.ts";
import type { Json } from "../../../emulators/discord/json.ts";
import { answering, DEFERRED, NOW } from "./answering.ts";
import { refused, startBot, startEndpoint } from "./bot.ts";

const SECRETLY = { type: 5, data: { flags: 64 } };

describe("an interaction", () => {
  it("is posted once, signed, and answered by a message", async () => {
    const { discord, ann, call, original, guild, channel } = await answering({ type: 4, data: { content: "hello" } });
    const outcome = await ann.uses("ask", { text: "hi" }, { in: channel });
    expect(outcome).toMatchObject({ failed: null, status: 200, answer: { type: 4 } });
    expect(discord.posts).toHaveLength(1);
    expect(discord.posts[0]?.headers["x-signature-timestamp"]).toBe(String(NOW / 1000));
    const { json } = await call("GET", original(outcome.token));
    const metadata = { id: outcome.id, type: 2, user: { id: ann.id }, authorizing_integration_owners: { "0": guild } };
    expect(json).toMatchObject({ interaction_metadata: metadata, interaction: { id: outcome.id, name: "ask" } });
    expect(outcome.interaction["data"]).toMatchObject({
      name: "ask",
      options: [{ name: "text", type: 3, value: "hi" }],
    });
    expect(discord.shown(channel)).toMatchObject([
      { content: "hello", ephemeralFor: null, interactionId: outcome.id, type: 20 },
    ]);
    expect(discord.violations).toEqual([]);
  });

  it("fails when the answer takes longer than three seconds, and its token is dead then", async () => {
    const bot = await answering(() => {
      bot.tick(3_001);
      return DEFERRED;
    });
    const { discord, ann, call, original, channel } = bot;
    const { failed, token, tookMs } = await ann.uses("ask", {}, { in: channel });
    expect(failed).toBe("no answer in time");
    expect(tookMs).toBe(3_001);
    expect(discord.shown(channel)).toEqual([]);
    expect(await call("PATCH", original(token), { content: "late" })).toMatchObject(refused(404, 10_015));
    expect(discord.posts).toHaveLength(1);
  });

  it("does not fail at three seconds sharp", async () => {
    const bot = await answering(() => {
      bot.tick(3_000);
      return DEFERRED;
    });
    expect(await bot.ann.uses("ask")).toMatchObject({ failed: null });
  });

  it("can have another code for a token that is dead", async () => {
    const { ann, call, original } = await answering(() => ({ status: 500, text: "" }), { lateTokenCode: 10_062 });
    const { failed, token } = await ann.uses("ask");
    expect(failed).toBe("status 500");
    expect(await call("PATCH", original(token), { content: "a" })).toMatchObject(refused(404, 10_062));
  });

  it("fails when nobody listens, with another status, or with something else than an answer", async () => {
    const { discord, ann } = await answering(() => ({ status: 200, text: "ok" }));
    expect(await ann.uses("ask")).toMatchObject({ failed: expect.stringContaining("no JSON object") });
    expect(discord.violations).toHaveLength(1);
    discord.setEndpoint("http://127.0.0.1:9/");
    expect(await ann.uses("ask")).toMatchObject({ failed: "no answer in time", status: null });
  });

  it("fails when the connection breaks before the answer, although the bot has it", async () => {
    const { discord, ann, call, original } = await answering(DEFERRED);
    discord.cutNextPosts(1);
    expect(discord.faultsLeft).toBe(1);
    const { failed, token } = await ann.uses("ask");
    expect(failed).toBe("no answer in time");
    expect(await call("PATCH", original(token), { content: "a" })).toMatchObject(refused(404, 10_015));
    expect(await ann.uses("ask")).toMatchObject({ failed: null });
    discord.cutNextPosts(1);
    discord.heal();
    expect(await ann.uses("ask")).toMatchObject({ failed: null });
  });

  it("does not fail when it was answered by a call before the POST failed", async () => {
    const bot = await startBot();
    const callback = ({ id, token }: Json) => `/interactions/${String(id)}/${String(token)}/callback`;
    const url = await startEndpoint(bot.discord, async ({ json }) => {
      await bot.call("POST", callback(json), DEFERRED);
      return { type: 4, data: { content: "twice" } };
    });
    bot.discord.setEndpoint(url);
    expect(await bot.ann.uses("ask")).toMatchObject({ failed: null });
    expect(bot.discord.shown(bot.ann.dm)).toMatchObject([{ state: "thinking" }]);
    expect(bot.discord.violations).toHaveLength(1);
  });

  it.each<[string, Json]>([
    ["a command", { type: 6 }],
    ["a command", { type: 7, data: { content: "a" } }],
    ["a command", { type: 8, data: { choices: [] } }],
    ["a command", { type: 1 }],
    ["a command", { type: 4, data: { content: "" } }],
    ["a command", { type: 4, data: { content: "a", colour: 1 } }],
    ["a command", { type: 5, data: { flags: 4 } }],
    ["a command", { type: 5, data: { content: "a" } }],
    ["something typed", { type: 4, data: { content: "a" } }],
    ["something typed", { type: 8, data: { choices: Array.from({ length: 26 }, () => ({ name: "a", value: "a" })) } }],
  ])("fails when %s is answered with %j", async (what, answer) => {
    const { discord, ann } = await answering(answer);
    const outcome = what === "a command" ? await ann.uses("ask") : await ann.types("ask", "text", "h");
    expect(outcome.failed).toBeTypeOf("string");
    expect(discord.violations).toHaveLength(1);
    expect(discord.shown(ann.dm)).toEqual([]);
  });

  it("can be answered by a call, if the endpoint says 202", async () => {
    const bot = await answering(() => ({ status: 202, text: "" }));
    const { discord, ann, call } = bot;
    const asked = ann.uses("ask");
    await expect.poll(() => discord.posts.length).toBe(1);
    const { id, token } = JSON.parse(discord.posts[0]!.body) as { id: string; token: string };
    const callback = `/interactions/${id}/${token}/callback`;
    expect(await call("POST", callback, DEFERRED)).toMatchObject({ status: 204 });
    expect(await call("POST", callback, DEFERRED)).toMatchObject(refused(400, 40_060));
    expect(await asked).toMatchObject({ failed: null, status: 202 });
    expect(discord.shown(ann.dm)).toMatchObject([{ state: "thinking" }]);
  });
});

describe("a deferred answer", () => {
  it("shows a placeholder, which the edit of @original replaces without being an edit", async () => {
    const { discord, ann, call, original, channel } = await answering(DEFERRED);
    const { token } = await ann.uses("ask", {}, { in: channel });
    expect(discord.shown(channel)).toMatchObject([{ state: "thinking", content: "" }]);
    expect((await call("GET", original(token))).json["flags"]).toBe(128);
    const { status, json } = await call("PATCH", original(token), { content: "here" });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      content: "here",
      flags: 0,
      edited_timestamp: null,
      webhook_id: discord.applicationId,
    });
    expect(discord.shown(channel)).toMatchObject([{ state: "written", content: "here", isEdited: false }]);
    await call("PATCH", original(token), { content: "there" });
    expect(discord.shown(channel)).toMatchObject([{ content: "there", isEdited: true }]);
  });

  it("is replaced by the first message that follows, which stays as secret as it was", async () => {
    const { discord, ann, call, webhook, channel } = await answering(SECRETLY);
    const { token } = await ann.uses("ask", {}, { in: channel });
    const first = await call("POST", webhook(token), { content: "a" });
    const second = await call("POST", webhook(token), { content: "b" });
    const third = await call("POST", webhook(token), { content: "c", flags: 64 });
    expect([first, second, third].map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(discord.shown(channel)).toMatchObject([
      { content: "a", ephemeralFor: ann.id },
      { content: "b", ephemeralFor: null },
      { content: "c", ephemeralFor: ann.id },
    ]);
  });

  it("ignores that the first message that follows wants to be secret", async () => {
    const { discord, ann, call, webhook, channel } = await answering(DEFERRED);
    const { token } = await ann.uses("ask", {}, { in: channel });
    await call("POST", webhook(token), { content: "a", flags: 64 });
    expect(discord.shown(channel)).toMatchObject([{ content: "a", ephemeralFor: null }]);
  });

  it("stays for ever, as one that failed, when nothing came in fifteen minutes", async () => {
    const { discord, ann, call, original, webhook, channel, tick } = await answering(DEFERRED);
    const { token } = await ann.uses("ask", {}, { in: channel });
    tick(899_999);
    expect((await call("GET", original(token))).status).toBe(200);
    tick(1);
    expect(await call("PATCH", original(token), { content: "a" })).toMatchObject(refused(401, 50_027));
    expect(await call("POST", webhook(token), { content: "a" })).toMatchObject(refused(401, 50_027));
    expect(discord.shown(channel)).toMatchObject([{ state: "failed" }]);
  });
});

describe("whom an answer calls", () => {
  it("is people only, unless it says otherwise, when a placeholder is replaced; nobody when it is edited", async () => {
    const { discord, ann, call, original, guild, channel } = await answering(DEFERRED);
    const role = discord.addRole(guild, "team");
    const content = `<@7> <@&${role}> @everyone`;
    const { token } = await ann.uses("ask", {}, { in: channel });
    await call("PATCH", original(token), { content });
    expect(discord.shown(channel)[0]?.pings).toMatchObject({ users: [{ id: "7" }], roles: [], everyone: false });
    const quiet = await ann.uses("ask", {}, { in: channel });
    await call("PATCH", original(quiet.token), { content: "a", allowed_mentions: { parse: [] } });
    const { json } = await call("PATCH", original(quiet.token), { content });
    expect(json["mentions"]).toMatchObject([{ id: "7" }]);
    expect(discord.shown(channel)[1]?.pings).toEqual({ users: [], roles: [], everyone: false });
  });
});

describe("what is for one person's eyes", () => {
  it("is told without its guild, read by no call and pressed by nobody else", async () => {
    const components = [{ type: 1, components: [{ type: 2, style: 1, label: "Yes", custom_id: "y" }] }];
    const { discord, ann, call, guild, channel } = await answering(({ json }) =>
      json["type"] === 2 ? { type: 4, data: { content: "psst", flags: 64, components } } : { type: 6 },
    );
    const bob = discord.addPerson({ username: "bob" });
    discord.join(guild, bob.id);
    const events: WorldEvent[] = [];
    discord.world.onEvent((event) => events.push(event));
    await ann.uses("ask", {}, { in: channel });
    const [message] = discord.shown(channel);
    expect(message).toMatchObject({ content: "psst", ephemeralFor: ann.id });
    expect(events).toMatchObject([{ t: "MESSAGE_CREATE", d: { content: "psst", flags: 64, channel_id: channel } }]);
    expect(events[0]?.guildId ?? events[0]?.d["guild_id"] ?? events[0]?.d["member"]).toBeUndefined();
    expect((await call("GET", `/channels/${channel}/messages`)).list).toEqual([]);
    expect(await call("GET", `/channels/${channel}/messages/${message!.id}`)).toMatchObject(refused(404, 10_008));
    await expect(bob.presses(message!.id, "Yes", { in: channel })).rejects.toThrow("no message");
    expect(await ann.presses(message!.id, "Yes", { in: channel })).toMatchObject({ failed: null });
  });
});
