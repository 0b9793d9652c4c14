import { describe, expect, it } from "vitest";
import { INBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import { inboundOf, isAddressed, read, whyIgnored } from "./parse-reader.ts";
import {
  ann,
  APP,
  bob,
  CHANNEL,
  DIRECT,
  directMessage,
  forward,
  GUILD,
  guildMessage,
  member,
  mentioning,
  MESSAGE,
  OTHER_THREAD,
  otherBot,
  OUR_ROLE,
  OUR_THREAD,
  replyTo,
  SENT_AT,
  threadMessage,
  us,
  US,
} from "./payloads.ts";

const everywhere = { kind: "group", id: `${GUILD}.${CHANNEL}` };

describe("a new message", () => {
  it("is read in a direct chat, which is named by the person", () => {
    expect(inboundOf(directMessage())).toEqual({
      id: `discord:${APP}:${MESSAGE}`,
      dedupeKeys: [`discord:${APP}:message:${MESSAGE}`],
      session: `agent:main:discord:direct:${ann.id}`,
      channel: "discord",
      chat: { kind: "direct", id: ann.id },
      sender: { id: ann.id, name: "Ann Example", username: "ann" },
      text: "hello",
      attachments: [],
      replyTo: { channel: "discord", chatId: ann.id, chatKind: "direct", roomId: DIRECT, messageId: MESSAGE },
      sentAt: SENT_AT,
    });
  });

  it("is read in a channel of a guild", () => {
    expect(inboundOf(guildMessage())).toEqual({
      id: `discord:${APP}:${MESSAGE}`,
      dedupeKeys: [`discord:${APP}:message:${MESSAGE}`],
      session: `agent:main:discord:group:${GUILD}.${CHANNEL}`,
      channel: "discord",
      chat: { ...everywhere, addressed: false },
      sender: { id: ann.id, name: "Ann Example", username: "ann", roles: member.roles },
      text: "hello",
      attachments: [],
      replyTo: { channel: "discord", chatId: `${GUILD}.${CHANNEL}`, chatKind: "group", messageId: MESSAGE },
      sentAt: SENT_AT,
    });
  });

  it("is read in a thread, whose channel is known from other events", () => {
    const inbound = inboundOf(threadMessage(OTHER_THREAD));
    expect(inbound.session).toBe(`agent:main:discord:group:${GUILD}.${CHANNEL}:thread:${OTHER_THREAD}`);
    expect(inbound.chat).toEqual({ ...everywhere, thread: { kind: "thread", id: OTHER_THREAD }, addressed: false });
    expect(inbound.replyTo).toEqual({
      channel: "discord",
      chatId: `${GUILD}.${CHANNEL}`,
      chatKind: "group",
      thread: { kind: "thread", id: OTHER_THREAD },
      messageId: MESSAGE,
    });
  });

  it.each([10, 11, 12])("asks for the channel of a thread that nobody told us of (type %d)", (channel_type) => {
    const unknown = "1300000000000000099";
    const reading = { kind: "unknown_thread", channelId: unknown };
    expect(read("MESSAGE_CREATE", threadMessage(unknown, { channel_type }))).toEqual(reading);
    expect(read("MESSAGE_CREATE", threadMessage(unknown, { channel_type, type: 7 }))).toEqual(reading);
  });

  it("asks for no channel of a thread for what it ignores anyway", () => {
    expect(whyIgnored("MESSAGE_CREATE", threadMessage("1300000000000000099", { author: us }))).not.toBeNull();
    expect(whyIgnored("MESSAGE_CREATE", threadMessage("1300000000000000099", { content: "" }))).not.toBeNull();
  });

  it("knows a thread whose type it is not told", () => {
    const inbound = inboundOf(threadMessage(OTHER_THREAD, { channel_type: undefined }));
    expect(inbound.chat).toMatchObject({ thread: { id: OTHER_THREAD } });
  });

  it("is read in a direct chat of several as one of no guild", () => {
    const inbound = inboundOf(directMessage({ channel_type: 3 }));
    expect(inbound.session).toBe(`agent:main:discord:group:me.${DIRECT}`);
    expect(inbound.replyTo.roomId).toBeUndefined();
    expect(inbound.chat).toMatchObject({ kind: "group", addressed: false });
  });

  it("takes the name that somebody has in the guild, then their own, then that of their account", () => {
    const nameOf = (fields: object) => inboundOf(guildMessage(fields)).sender.name;
    expect(nameOf({ member: { ...member, nick: "Annie" } })).toBe("Annie");
    expect(nameOf({})).toBe("Ann Example");
    expect(nameOf({ author: bob })).toBe("bob");
    expect(nameOf({ author: { id: bob.id } })).toBe(bob.id);
  });

  it("marks bots, and webhooks whatever they call themselves", () => {
    expect(inboundOf(guildMessage({ author: otherBot })).sender.isBot).toBe(true);
    expect(inboundOf(guildMessage({ author: ann, webhook_id: "1800000000000000001" })).sender.isBot).toBe(true);
    expect(inboundOf(guildMessage()).sender.isBot).toBeUndefined();
  });

  it("keeps a text of bounded length, and marks the cut", () => {
    const { text } = inboundOf(directMessage({ content: "😀".repeat(INBOUND_BOUNDS.textMax) }));
    expect(text.length).toBeLessThanOrEqual(INBOUND_BOUNDS.textMax + 100);
    expect(text).toMatch(/… \(cut\)$/u);
  });

  it.each([
    ["our own", guildMessage({ author: us }), "sent by ourselves"],
    ["our own answer to a call", guildMessage({ type: 20, author: us, webhook_id: APP }), "a message of the type 20"],
    ["our own under another name", guildMessage({ webhook_id: APP }), "sent by ourselves"],
    ["an answer to somebody's call", directMessage({ channel_type: 0, flags: 64 }), "an answer to somebody's call"],
    ["the notice of a thread", guildMessage({ type: 18 }), "a message of the type 18"],
    ["the first of a thread again", threadMessage(OUR_THREAD, { type: 21 }), "a message of the type 21"],
    ["a pin", guildMessage({ type: 6 }), "a message of the type 6"],
    ["a kind that does not exist yet", guildMessage({ type: 4711 }), "a message of the type 4711"],
  ])("ignores %s", (_what, message, why) => {
    expect(whyIgnored("MESSAGE_CREATE", message)).toBe(why);
  });

  it("says why a message of a guild can be empty", () => {
    expect(whyIgnored("MESSAGE_CREATE", guildMessage({ content: "" }))).toContain("MESSAGE_CONTENT");
    expect(whyIgnored("MESSAGE_CREATE", directMessage({ content: " \n" }))).toBe("no text, no file and nothing shared");
  });

  it("ignores what has no form of a message, and names the place", () => {
    const place = (data: unknown) => whyIgnored("MESSAGE_CREATE", data)?.split(":")[0];
    expect(place(null)).toBe("body");
    expect(place(guildMessage({ id: "12/../34" }))).toBe("id");
    expect(place(guildMessage({ channel_id: 5 }))).toBe("channel_id");
    // Else it would be a private message of its author.
    expect(place(guildMessage({ guild_id: 5 }))).toBe("guild_id");
    expect(place(guildMessage({ author: { ...ann, bot: "no" } }))).toBe("author.bot");
    expect(place(guildMessage({ author: null }))).toBe("author");
  });

  it("is read although something in it is not", () => {
    const odd = {
      attachments: "x",
      embeds: [5],
      mentions: [{}, us],
      poll: 5,
      sticker_items: null,
      member: "x",
      flags: "x",
    };
    expect(inboundOf(guildMessage({ ...odd, referenced_message: [5], message_snapshots: [{}] }))).toMatchObject({
      text: "hello",
      chat: { addressed: true },
    });
  });
});

describe("a message in a guild", () => {
  it.each<[string, object, boolean]>([
    ["a mention of us", mentioning(), true],
    ["a mention of us in the middle", guildMessage({ content: `hi <@${US}>`, mentions: [us] }), true],
    ["a mention of somebody else", guildMessage({ content: `<@${bob.id}> hi`, mentions: [bob] }), false],
    ["a mention of our role", guildMessage({ mention_roles: ["1", OUR_ROLE] }), true],
    ["a mention of another role", guildMessage({ mention_roles: ["1400000000000000007"] }), false],
    [
      "our role's id in another guild",
      guildMessage({ guild_id: "1200000000000000009", mention_roles: [OUR_ROLE] }),
      false,
    ],
    ["a mention of everyone", guildMessage({ content: "@everyone look", mention_everyone: true }), false],
    ["a reply to us", replyTo(us), true],
    ["a reply to somebody else", replyTo(bob), false],
    ["a reply to what is gone", replyTo(us, { referenced_message: null }), false],
    ["a message in a thread of ours", threadMessage(OUR_THREAD), true],
    ["a message in another thread", threadMessage(OTHER_THREAD), false],
    ["a mention of us in another thread", threadMessage(OTHER_THREAD, { mentions: [us] }), true],
    ["what the words of our mention show and nobody marked", guildMessage({ content: `\`<@${US}>\`` }), false],
  ])("is meant for us or not: %s", (_what, message, addressed) => {
    expect(isAddressed(message)).toBe(addressed);
  });

  it("says whether our name is in it", () => {
    expect(inboundOf(guildMessage({ content: "what does claw say?" })).chat).toMatchObject({ named: true });
    expect(inboundOf(guildMessage({ content: "what do claws say?" })).chat).not.toHaveProperty("named");
  });

  it("has no mention of us at its start", () => {
    expect(inboundOf(mentioning()).text).toBe("hi");
    expect(inboundOf(mentioning("  what's up?")).text).toBe("what's up?");
    expect(inboundOf(guildMessage({ content: ` <@!${US}>, hi`, mentions: [us] })).text).toBe("hi");
    expect(inboundOf(guildMessage({ content: `<@&${OUR_ROLE}> <@${US}>: hi`, mentions: [us] })).text).toBe("hi");
    expect(inboundOf(guildMessage({ content: `hi <@${US}>`, mentions: [us] })).text).toBe("hi @Claw");
    expect(inboundOf(guildMessage({ content: `<@${bob.id}> hi`, mentions: [bob] })).text).toBe("@bob hi");
  });

  it("keeps our name when it is nothing else, for whoever only calls us means something", () => {
    expect(inboundOf(guildMessage({ content: `<@${US}>`, mentions: [us] })).text).toBe("@Claw");
    const file = { id: "1700000000000000001", filename: "a.png", size: 1, url: "https://cdn.discordapp.com/a.png" };
    const withFile = guildMessage({ content: `<@${US}>`, mentions: [us], attachments: [file] });
    expect(inboundOf(withFile)).toMatchObject({ text: "", attachments: [{ name: "a.png" }] });
  });
});

describe("a command that is typed", () => {
  it("is read at the start, also after our mention", () => {
    expect(inboundOf(directMessage({ content: "/New buy  milk" })).command).toEqual({ name: "new", rest: "buy  milk" });
    expect(inboundOf(mentioning("/status")).command).toEqual({ name: "status", rest: "" });
    expect(inboundOf(guildMessage({ content: "/status" })).command).toEqual({ name: "status", rest: "" });
    expect(inboundOf(directMessage({ content: "a /new" })).command).toBeUndefined();
  });

  it("is a word that stops us when it is said to us, and is no caption", () => {
    const stop = { name: "stop", rest: "" };
    expect(inboundOf(directMessage({ content: "Stop!" })).command).toEqual(stop);
    expect(inboundOf(mentioning("stop")).command).toEqual(stop);
    expect(inboundOf(replyTo(us, { content: "stop" })).command).toEqual(stop);
    expect(inboundOf(guildMessage({ content: "stop" })).command).toBeUndefined();
    const attachments = [{ filename: "a.png", size: 1, url: "https://cdn.discordapp.com/a.png" }];
    expect(inboundOf(directMessage({ content: "stop", attachments })).command).toBeUndefined();
  });

  it("is none in what somebody forwards", () => {
    const inbound = inboundOf(forward({ content: "/new" }));
    expect(inbound).toMatchObject({ text: "/new", forwarded: { from: "unknown" } });
    expect(inbound.command).toBeUndefined();
    expect(inboundOf(forward({ content: "stop" })).command).toBeUndefined();
  });
});

describe("an answer in a thread", () => {
  const inThread = { settings: { replyIn: "thread" } } as const;

  it("begins with the message that is meant for us", () => {
    const inbound = inboundOf(mentioning(), inThread);
    const thread = { kind: "thread", id: MESSAGE };
    expect(inbound.session).toBe(`agent:main:discord:group:${GUILD}.${CHANNEL}:thread:${MESSAGE}`);
    expect(inbound.chat).toEqual({ ...everywhere, thread, addressed: true });
    // Named, so that it can be shown that it is seen.
    const address = { channel: "discord", chatId: `${GUILD}.${CHANNEL}`, chatKind: "group", thread } as const;
    expect(inbound.replyTo).toEqual({ ...address, messageId: MESSAGE });
  });

  it("has the session that what is written there later has", () => {
    const world = { thread: () => ({ parentId: CHANNEL, isOurs: true }) };
    const later = inboundOf(threadMessage(MESSAGE, { id: "1500000000000000077" }), { ...inThread, world });
    expect(later.session).toBe(inboundOf(mentioning(), inThread).session);
    expect(later.replyTo.messageId).toBe("1500000000000000077");
  });

  it.each([
    ["what is not meant for us", guildMessage()],
    ["a message in a thread", threadMessage(OUR_THREAD)],
    ["a message in the chat of a voice channel", mentioning("hi", { channel_type: 2 })],
    ["a message in a channel of announcements", mentioning("hi", { channel_type: 5 })],
    ["a direct message", directMessage()],
  ])("is not begun by %s", (_what, message) => {
    expect(inboundOf(message, inThread)).toEqual(inboundOf(message));
  });
});
