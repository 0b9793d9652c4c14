import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Discord, startDiscord } from "../../../emulators/discord/gateway/whole.ts";
import type { Person } from "../../../emulators/discord/index.ts";
import { GatewayBot, INTENTS, OPTIONS, soon } from "./gateway-bot.ts";

describe("the whole emulated Discord", () => {
  let discord: Discord;
  let ann: Person;
  let guild: string;
  let channel: string;
  beforeEach(async () => {
    const { timeScale, heartbeatIntervalMs, resumeWindowMs } = OPTIONS;
    discord = await startDiscord({
      gateway: { timeScale: timeScale!, heartbeatIntervalMs: heartbeatIntervalMs!, resumeWindowMs: resumeWindowMs! },
    });
    ann = discord.http.addPerson({ username: "ann" });
    guild = discord.http.addGuild({ members: [ann] });
    channel = discord.http.addChannel(guild);
  });
  afterEach(() => discord.close());

  const call = (path: string) =>
    fetch(discord.http.apiRoot + path, { headers: { authorization: `Bot ${discord.http.botToken}` } });
  const begin = async (): Promise<GatewayBot> => {
    const bot = await new GatewayBot(discord.gateway.url).opened();
    bot.identify({ token: discord.http.botToken });
    await bot.hears("GUILD_CREATE");
    return bot;
  };

  it("names the Gateway, and how often one may still identify", async () => {
    await begin();
    const answer: unknown = await (await call("/gateway/bot")).json();
    expect(answer).toEqual({
      url: discord.gateway.url,
      shards: 1,
      session_start_limit: { total: 1000, remaining: 999, reset_after: expect.any(Number), max_concurrency: 1 },
    });
  });

  it("begins a session with the guilds of the bot, their channels and its own role", async () => {
    const bot = await begin();
    expect(bot.ready).toMatchObject({ user: { id: discord.http.me.id }, guilds: [{ id: guild }] });
    expect(bot.dispatches("GUILD_CREATE")[0]?.d).toMatchObject({ id: guild, channels: [{ id: channel }] });
  });

  it("tells what people do there, and shows their words only where the bot may read them", async () => {
    const bot = await begin();
    const said = ann.says("not for you", { in: channel });
    ann.reacts(said.id, "👍", { in: channel });
    ann.says(`<@${discord.http.me.id}> hello`, { in: channel });
    const direct = ann.says("in private");
    await soon(() => expect(bot.dispatches("MESSAGE_CREATE")).toHaveLength(3));
    expect(bot.dispatches("MESSAGE_CREATE").map(({ d }) => d)).toMatchObject([
      { id: said.id, guild_id: guild, content: "" },
      { guild_id: guild, content: `<@${discord.http.me.id}> hello` },
      { id: direct.id, channel_id: ann.dm, content: "in private" },
    ]);
    expect(bot.dispatches("MESSAGE_REACTION_ADD")).toHaveLength(1);
    expect(discord.gateway.log.identifies).toMatchObject([{ intents: INTENTS }]);
  });

  it("tells of no interaction over the Gateway once there is an endpoint for them", async () => {
    await begin();
    const event = { t: "INTERACTION_CREATE", d: { id: "1" } };
    expect(discord.gateway.dispatch(event)).toBe("sent");
    discord.http.setEndpoint("https://bot.example/discord");
    expect(discord.gateway.dispatch(event)).toBe("not_told");
  });

  it("knows the token on neither half when it was reset", async () => {
    const bot = await begin();
    const { botToken } = discord.http;
    discord.gateway.resetToken();
    discord.gateway.resetToken();
    expect(await bot.isClosed()).toBe(4004);
    expect(discord.http.botToken).not.toBe(botToken);
    const answer = await fetch(`${discord.http.apiRoot}/gateway/bot`, {
      headers: { authorization: `Bot ${botToken}` },
    });
    expect(answer.status).toBe(401);
    expect((await call("/gateway/bot")).status).toBe(200);
  });
});
