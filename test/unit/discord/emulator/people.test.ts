import { describe, expect, it } from "vitest";
import type { WorldEvent } from "../../../emulators/discord/events.ts";
import { startBot } from "./bot.ts";

async function listening() {
  const bot = await startBot();
  const events: WorldEvent[] = [];
  bot.discord.world.onEvent((event) => events.push(event));
  return { ...bot, events };
}

describe("what people write", () => {
  it("is told with who wrote it, where, and whom it calls", async () => {
    const { discord, ann, guild, channel, events } = await listening();
    const role = discord.addRole(guild, "team");
    discord.join(guild, ann.id, [role]);
    ann.says(`<@${discord.me.id}> <@&${role}> hey`, { in: channel });
    expect(events).toMatchObject([
      {
        t: "MESSAGE_CREATE",
        guildId: guild,
        d: {
          type: 0,
          guild_id: guild,
          channel_id: channel,
          channel_type: 0,
          author: { id: ann.id, username: "ann", global_name: "Ann" },
          member: { roles: [role] },
          mentions: [{ id: discord.me.id, bot: true, member: {} }],
          mention_roles: [role],
          mention_everyone: false,
        },
      },
    ]);
    expect(events[0]!.d["nonce"]).toBeTypeOf("string");
    expect(events[0]!.d["author"]).not.toHaveProperty("bot");
    expect(JSON.stringify(events[0]!.d)).not.toContain('"user"');
  });

  it("has no guild in a direct conversation", async () => {
    const { ann, events } = await listening();
    ann.says("hi");
    expect(events).toMatchObject([{ d: { channel_id: ann.dm, channel_type: 1, content: "hi" } }]);
    expect(events[0]!.guildId).toBeUndefined();
    expect(Object.keys(events[0]!.d)).not.toContain("guild_id");
    expect(Object.keys(events[0]!.d)).not.toContain("member");
  });

  it("brings along what it answers, and calls its author unless that is switched off", async () => {
    const { discord, ann, write, channel, events } = await listening();
    const id = await write({ content: "question?" });
    ann.says("loud", { in: channel, replyTo: id });
    ann.says("quiet", { in: channel, replyTo: id, isQuietReply: true });
    const [, loud, quiet] = events.map(({ d }) => d);
    expect(loud).toMatchObject({
      type: 19,
      referenced_message: { id, content: "question?" },
      mentions: [{ id: discord.me.id }],
    });
    expect(quiet).toMatchObject({ referenced_message: { id }, mentions: [] });
  });

  it("brings files along, a spoken one with its length", async () => {
    const { ann, channel, events } = await listening();
    ann.says("", { in: channel, isVoice: true, files: [{ name: "voice-message.ogg", content: "OggS" }] });
    expect(events).toMatchObject([
      { d: { content: "", flags: 8192, attachments: [{ content_type: "audio/ogg", duration_secs: 2.5, size: 4 }] } },
    ]);
  });

  it("is told again when it is edited, with whom it calls now, and when it is deleted", async () => {
    const { discord, ann, guild, channel, events } = await listening();
    const { id } = ann.says("hey", { in: channel });
    ann.edits(id, `hey <@${discord.me.id}>`, { in: channel });
    ann.deletes(id, { in: channel });
    const [, edited, deleted] = events;
    expect(edited).toMatchObject({ t: "MESSAGE_UPDATE", d: { id, mentions: [{ id: discord.me.id }] } });
    expect(edited!.d["edited_timestamp"]).toBeTypeOf("string");
    expect(deleted).toEqual({ t: "MESSAGE_DELETE", guildId: guild, d: { id, channel_id: channel, guild_id: guild } });
    expect(discord.shown(channel)).toEqual([]);
  });

  it("is told of other bots as well", async () => {
    const { discord, guild, channel, events } = await listening();
    const other = discord.addPerson({ username: "other", isBot: true });
    discord.join(guild, other.id);
    other.says("beep", { in: channel });
    expect(events).toMatchObject([{ d: { author: { bot: true } } }]);
  });

  it("is not told where the bot is not, or may not look", async () => {
    const { discord, ann, guild, channel, events } = await listening();
    ann.says("a", { in: discord.addChannel(discord.addGuild({ members: [ann], hasBot: false })) });
    ann.says("b", { in: discord.addPrivate(ann, discord.addPerson()) });
    discord.deny(channel, "VIEW_CHANNEL");
    ann.says("c", { in: channel });
    discord.allow(channel, "VIEW_CHANNEL");
    discord.leave(guild, discord.me.id);
    ann.says("d", { in: channel });
    expect(events).toEqual([]);
    expect(discord.guilds()).toEqual([]);
  });

  it("needs them to be there", async () => {
    const { discord, ann, channel } = await listening();
    const bob = discord.addPerson({ username: "bob" });
    expect(() => bob.says("hi", { in: channel })).toThrow("bob is not in guild");
    expect(() => ann.says("hi", { in: "404" })).toThrow("no channel 404");
    expect(() => ann.edits("1", "a", { in: channel })).toThrow("no message 1");
    const { id } = ann.says("mine", { in: channel });
    discord.join(discord.world.places.get(channel).guildId ?? "", bob.id);
    expect(() => bob.deletes(id, { in: channel })).toThrow("not of bob");
  });
});

describe("what people do besides", () => {
  it("is told of reactions, once each", async () => {
    const { discord, ann, write, guild, channel, events } = await listening();
    const id = await write({ content: "a" });
    ann.reacts(id, "👍", { in: channel });
    ann.reacts(id, "👍", { in: channel });
    ann.unreacts(id, "👍", { in: channel });
    const where = {
      user_id: ann.id,
      channel_id: channel,
      message_id: id,
      guild_id: guild,
      emoji: { id: null, name: "👍" },
    };
    expect(events.slice(1)).toMatchObject([
      {
        t: "MESSAGE_REACTION_ADD",
        d: { ...where, member: { user: { id: ann.id } }, message_author_id: discord.me.id },
      },
      { t: "MESSAGE_REACTION_REMOVE", d: where },
    ]);
    expect(Object.keys(events[2]!.d)).not.toContain("member");
  });

  it("is told of threads that they open, at a message or without", async () => {
    const { ann, channel, events } = await listening();
    const { id } = ann.says("a", { in: channel });
    expect(ann.opensThread("at it", { in: channel, at: id })).toBe(id);
    const free = ann.opensThread("free", { in: channel });
    const told = events.slice(1).map(({ t, d }) => [t, d["type"], d["channel_id"] ?? d["id"]]);
    expect(told).toEqual([
      ["THREAD_CREATE", 11, id],
      ["MESSAGE_UPDATE", 0, channel],
      ["MESSAGE_CREATE", 21, id],
      ["THREAD_CREATE", 11, free],
      ["MESSAGE_CREATE", 18, channel],
    ]);
  });
});

describe("a guild", () => {
  it("is told with its roles, members, channels and open threads that the bot sees", async () => {
    const { discord, ann, guild, channel } = await listening();
    const hidden = discord.addChannel(guild, { name: "hidden" });
    discord.deny(hidden, "VIEW_CHANNEL");
    const open = ann.opensThread("open", { in: channel });
    discord.archive(ann.opensThread("over", { in: channel }));
    const [told] = discord.guilds();
    expect(told).toMatchObject({
      id: guild,
      owner_id: ann.id,
      member_count: 2,
      roles: [{ id: guild, name: "@everyone" }, { name: "Claw" }],
      channels: [{ id: channel, name: "general" }],
      threads: [{ id: open }],
    });
    const managed = (told!["roles"] as { id: string }[])[1]!.id;
    expect(discord.world.guilds.get(guild)?.members.get(discord.me.id)?.roles).toEqual([managed]);
  });
});

describe("ids", () => {
  it("rise, and hold the time", async () => {
    const now = Date.UTC(2026, 10, 23);
    const { ann } = await startBot({ now: () => now });
    const [first, second] = [ann.says("a").id, ann.says("b").id];
    expect(BigInt(second!)).toBeGreaterThan(BigInt(first!));
    expect(Number(BigInt(first!) >> 22n) + 1_420_070_400_000).toBe(now);
  });
});

describe("the bot", () => {
  it("learns who it is and where the Gateway is", async () => {
    const limit = { total: 1000, remaining: 7, reset_after: 5, max_concurrency: 1 };
    const { discord, call } = await startBot({ gatewayUrl: () => "ws://gateway", sessionStartLimit: () => limit });
    expect((await call("GET", "/users/@me")).json).toMatchObject({ id: discord.me.id, bot: true, username: "Claw" });
    expect((await call("GET", "/gateway/bot")).json).toEqual({
      url: "ws://gateway",
      shards: 1,
      session_start_limit: limit,
    });
    expect((await call("GET", "/gateway", undefined, { authorization: "" })).json).toEqual({ url: "ws://gateway" });
  });

  it("is nobody once its token was reset", async () => {
    const { discord, call } = await startBot();
    const old = discord.botToken;
    expect(discord.resetToken()).not.toBe(old);
    expect((await call("GET", "/users/@me", undefined, { authorization: `Bot ${old}` })).status).toBe(401);
    expect((await call("GET", "/users/@me")).status).toBe(200);
  });
});
