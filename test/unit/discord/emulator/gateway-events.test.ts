import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Events } from "../../../emulators/discord/events.ts";
import {
  type DiscordGatewayEmulator,
  type GatewayEvent,
  startDiscordGateway,
} from "../../../emulators/discord/gateway.ts";
import { flooded, ownGuild } from "../../../emulators/discord/gateway/guilds.ts";
import { BOT, GatewayBot, identified, INTENTS, INTENTS_WITH_CONTENT, OPTIONS, said, soon } from "./gateway-bot.ts";

const GUILD = "900000000000000001";
const content = {
  content: "what people write",
  embeds: [{ title: "x" }],
  attachments: [{ id: "1" }],
  components: [{ type: 1 }],
};
const nothing = { content: "", embeds: [], attachments: [], components: [] };

describe("the events of the emulated Gateway", () => {
  let gateway: DiscordGatewayEmulator;
  let interactionsUrl: string | null = null;
  const world = new Events();
  let now = 1_764_000_000_000;
  beforeEach(async () => {
    interactionsUrl = null;
    const options = { ...OPTIONS, now: () => now, mayReadContent: true, world, interactionsUrl: () => interactionsUrl };
    gateway = await startDiscordGateway(options);
  });
  afterEach(() => gateway.close());

  const toldOf = async (event: GatewayEvent, intents = INTENTS): Promise<unknown> => {
    const bot = await identified(gateway.url, { intents });
    gateway.dispatch(event);
    return (await bot.hears(event.t)).d;
  };

  it.each([
    ["of a stranger in a guild", said("", content)],
    ["that mentions somebody else", said("", { ...content, mentions: [{ id: "500000000000000009" }] })],
    ["that mentions a role of the bot", said("", { ...content, mention_roles: ["900000000000000020"] })],
    ["that is edited", { ...said("", content), t: "MESSAGE_UPDATE" }],
  ])("hold nothing that people write without MESSAGE_CONTENT, in a message %s", async (_what, event) => {
    expect(await toldOf({ ...event, d: { ...event.d, poll: { question: {} } } })).toEqual({ ...event.d, ...nothing });
  });

  it.each([
    ["a direct message", said("", content, null)],
    ["a mention of the bot", said("", { ...content, mentions: [{ id: BOT.id }] })],
    ["a message of the bot itself", said("", { ...content, author: BOT })],
  ])("hold everything of %s all the same", async (_what, event) => {
    expect(await toldOf(event)).toEqual(event.d);
  });

  it("hold everything for who asked for MESSAGE_CONTENT", async () => {
    const event = said("", content);
    expect(await toldOf(event, INTENTS_WITH_CONTENT)).toEqual(event.d);
  });

  it.each([
    ["nothing of a stranger's to who mentions the bot", { mentions: [{ id: BOT.id }] }, {}, content, nothing],
    ["the bot's own to whoever answers it", {}, { author: BOT }, nothing, content],
  ])("show of a message that is answered %s", async (_what, answer, answered, seenAnswer, seenAnswered) => {
    const { guild_id: _guild, ...before } = said("", { ...content, ...answered }).d;
    const event = said("", { ...content, ...answer, referenced_message: before });
    expect(await toldOf(event)).toEqual({
      ...event.d,
      ...seenAnswer,
      referenced_message: { ...before, ...seenAnswered },
    });
  });

  it("leave out what is forwarded by a stranger", async () => {
    const event = said("", { message_snapshots: [{ message: { content: "secret" } }] });
    expect(await toldOf(event)).toEqual({ ...event.d, message_snapshots: [] });
  });

  it("show what is forwarded to who is mentioned", async () => {
    const snapshots = [{ message: { content: "look" } }];
    const event = said("look", { mentions: [{ id: BOT.id }], message_snapshots: snapshots });
    expect(await toldOf(event)).toEqual(event.d);
  });

  it.each([
    ["messages of guilds", 1 << 9, said("x")],
    ["direct messages", 1 << 12, said("x", {}, null)],
    ["reactions in guilds", 1 << 10, { t: "MESSAGE_REACTION_ADD", d: { message_id: "1" }, guildId: GUILD }],
    ["reactions in direct messages", 1 << 13, { t: "MESSAGE_REACTION_REMOVE", d: { message_id: "1" } }],
    ["threads", 1 << 0, { t: "THREAD_CREATE", d: { id: "1", guild_id: GUILD } }],
    ["typing in guilds", 1 << 11, { t: "TYPING_START", d: { guild_id: GUILD } }],
    ["typing in direct messages", 1 << 14, { t: "TYPING_START", d: {} }],
    ["pins of direct messages", 1 << 12, { t: "CHANNEL_PINS_UPDATE", d: {} }],
  ])("tell of %s only who asked for them", async (_what, intent, event) => {
    const others = (INTENTS | (1 << 11) | (1 << 14)) & ~intent;
    const deaf = await identified(gateway.url, { intents: others });
    expect(gateway.dispatch(event)).toBe("not_told");
    deaf.close(1000);
    await soon(() => expect(gateway.sessionIds).toEqual([]));
    now += 5;
    const bot = await identified(gateway.url, { intents: intent });
    expect(gateway.dispatch(event)).toBe("sent");
    await bot.hears(event.t);
    expect(gateway.log.lost).toEqual([]);
  });

  it("tell of interactions whoever listens, but nobody when there is an endpoint for them", async () => {
    const bot = await identified(gateway.url, { intents: 0 });
    const event = { t: "INTERACTION_CREATE", d: { id: "1", type: 2 } };
    expect(gateway.dispatch(event)).toBe("sent");
    await bot.hears("INTERACTION_CREATE");
    interactionsUrl = "https://bot.example/discord";
    expect(gateway.dispatch(event)).toBe("not_told");
    expect(gateway.log.lost).toEqual([]);
  });

  it("come from the world while the Gateway listens", async () => {
    const bot = await identified(gateway.url);
    const { d } = said("hello");
    world.emit({ t: "MESSAGE_CREATE", d, guildId: GUILD });
    await bot.hears("MESSAGE_CREATE");
    await gateway.close();
    world.emit({ t: "MESSAGE_CREATE", d, guildId: GUILD });
    expect(gateway.log.lost).toEqual([]);
    expect(gateway.log.sent.filter(({ t }) => t === "MESSAGE_CREATE")).toHaveLength(1);
    gateway = await startDiscordGateway(OPTIONS);
  });

  it("are numbered and kept back while dispatches are held, READY too, and heartbeats go on", async () => {
    gateway.holdDispatches();
    const bot = await new GatewayBot(gateway.url).opened();
    await bot.hears(10);
    bot.identify();
    bot.heartbeat(null);
    await bot.hears(11);
    expect(gateway.dispatch(said("late"))).toBe("kept");
    expect(bot.dispatches()).toEqual([]);
    gateway.releaseDispatches();
    await bot.hears("MESSAGE_CREATE");
    expect(bot.dispatches().map(({ s }) => s)).toEqual([1, 2, 3]);
  });

  it("begin with the guilds of the world, and none of them without the intent", async () => {
    await gateway.close();
    const guilds = [ownGuild(BOT), { ...ownGuild(BOT), id: "900000000000000002" }];
    gateway = await startDiscordGateway({ ...OPTIONS, guilds: () => guilds });
    const bot = await identified(gateway.url);
    await soon(() => expect(bot.dispatches("GUILD_CREATE").map(({ d }) => d)).toEqual(guilds));
    await gateway.close();
    gateway = await startDiscordGateway({ ...OPTIONS, guilds: () => guilds });
    const deaf = await identified(gateway.url, { intents: 1 << 12 });
    deaf.heartbeat();
    await deaf.hears(11);
    expect(deaf.dispatches("GUILD_CREATE")).toEqual([]);
    expect(deaf.ready).toMatchObject({ guilds: guilds.map(({ id }) => ({ id, unavailable: true })) });
  });

  it("begin with a guild of 3 MiB, if that is wanted, and no more", async () => {
    await gateway.close();
    gateway = await startDiscordGateway({ ...OPTIONS, floodBytes: 100 * 1_024 * 1_024 });
    const bot = await identified(gateway.url);
    const { d } = await bot.hears("GUILD_CREATE");
    expect(Buffer.byteLength(JSON.stringify(d))).toBe(3 * 1_024 * 1_024);
    expect(d).toMatchObject({ id: GUILD, large: true, channels: [{ last_message_id: "900000000000000100" }, {}] });
  });
});

describe("a guild that is made larger", () => {
  const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

  it.each([2_000, 2_001, 2_187, 10_000, 54_321])("has exactly %d bytes", (bytes) => {
    expect(bytesOf(flooded(ownGuild(BOT), bytes))).toBe(bytes);
  });

  it("stays as it is when it is larger already", () => {
    const guild = ownGuild(BOT);
    expect(flooded(guild, 100)).toEqual(guild);
  });

  it("names the bot in the role that is the bot's", () => {
    expect(ownGuild(BOT)).toMatchObject({ roles: [{}, { managed: true, tags: { bot_id: BOT.id } }] });
  });
});
