import { describe, expect, it } from "vitest";
import { INBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import { happeningOf, inboundOf, parse } from "./parse-reader.ts";
import {
  ann,
  anonymousAdmin,
  bob,
  BOT,
  channel,
  channelBot,
  channelPost,
  command,
  forum,
  group,
  groupMessage,
  otherBot,
  privateMessage,
  replyToUs,
  telegramItself,
  topicMessage,
  update,
  us,
} from "./payloads.ts";
import { photo } from "./payloads-content.ts";

describe("parseUpdate", () => {
  it("reads a private text", () => {
    expect(inboundOf(privateMessage())).toEqual({
      id: "telegram:8765336106:7",
      dedupeKeys: ["telegram:8765336106:update:1001", "telegram:8765336106:message:42:7"],
      session: "agent:main:telegram:direct:42",
      channel: "telegram",
      chat: { kind: "direct", id: "42" },
      sender: { id: "42", name: "Ann Example", username: "ann" },
      text: "hello",
      attachments: [],
      assembly: { key: "text:42", waitMs: 0 },
      replyTo: { channel: "telegram", chatId: "42", chatKind: "direct", messageId: "7" },
      sentAt: 1_764_000_000_000,
    });
  });

  it("tells the messages of two bots apart, which both count from one", () => {
    const namesOf = (bot: { id: number }) => {
      const { id, dedupeKeys } = inboundOf(privateMessage(), { ...BOT, ...bot });
      return [id, ...dedupeKeys];
    };
    const names = [...namesOf(BOT), ...namesOf({ id: 515151 })];
    expect(new Set(names).size).toBe(6);
  });

  it.each([
    [-5, Date.UTC(2000, 0)],
    [0, Date.UTC(2000, 0)],
    [1_764_000_000, 1_764_000_000_000],
    [1_764_000_000.7, 1_764_000_000_000],
    [253_402_300_800, Date.UTC(2100, 0)],
    [Number.MAX_SAFE_INTEGER, Date.UTC(2100, 0)],
  ])("reads the date %d as one of this century", (date, sentAt) => {
    expect(inboundOf(privateMessage({ date })).sentAt).toBe(sentAt);
  });

  it("bounds text and labels, and marks what it cut", () => {
    const inbound = inboundOf(
      privateMessage({
        text: "😀".repeat(INBOUND_BOUNDS.textMax),
        from: { id: 42, is_bot: false, first_name: "N".repeat(1_000) },
      }),
    );
    expect(inbound.text.length).toBeLessThanOrEqual(INBOUND_BOUNDS.textMax + 100);
    expect(inbound.text).toMatch(/… \(cut\)$/u);
    expect(inbound.sender.name.length).toBe(INBOUND_BOUNDS.labelMax);
  });

  it("reads a command and its rest", () => {
    expect(inboundOf(privateMessage(command("/New buy  milk"))).command).toEqual({ name: "new", rest: "buy  milk" });
    expect(inboundOf(privateMessage(command("/stop@any_bot"))).command).toEqual({ name: "stop", rest: "" });
    expect(inboundOf(groupMessage(command("/new@Claw_Bot x"))).command).toEqual({ name: "new", rest: "x" });
    expect(inboundOf(groupMessage(command("/new"))).command).toEqual({ name: "new", rest: "" });
    expect(inboundOf(groupMessage(command("/new@other_bot x"))).command).toBeUndefined();
    for (const text of ["/usr/bin", "a /new", "/", "/n@", "/new!"]) {
      expect(inboundOf(privateMessage({ text })).command, text).toBeUndefined();
    }
  });

  it("takes a word that stops for /stop when it is said to us, and is no caption", () => {
    expect(inboundOf(privateMessage({ text: "Stop!" })).command).toEqual({ name: "stop", rest: "" });
    expect(inboundOf(replyToUs({ text: "stop" })).command).toEqual({ name: "stop", rest: "" });
    expect(inboundOf(groupMessage({ text: "stop" })).command).toBeUndefined();
    expect(inboundOf(privateMessage({ text: undefined, caption: "stop", photo })).command).toBeUndefined();
  });

  it("takes no command from a forwarded message, whose words are somebody else's", () => {
    const forward_origin = { type: "user", date: 1_763_000_000, sender_user: bob };
    const inbound = inboundOf(privateMessage({ ...command("/new"), forward_origin }));
    expect(inbound).toMatchObject({ text: "/new", forwarded: { from: "Bob" } });
    expect(inbound.command).toBeUndefined();
  });

  it.each([
    [update(groupMessage({ from: us })), "sent by ourselves"],
    [update(groupMessage({ from: undefined })), "no sender"],
    [update(privateMessage({ chat: { id: -5, type: "newer" } })), "a chat of an unknown kind"],
    [update(privateMessage({ chat: { id: -5, type: "constructor" } })), "a chat of an unknown kind"],
    [update(groupMessage({ chat: { ...group, is_direct_messages: true } })), "direct messages of a channel"],
    [update(privateMessage({ message_id: 0 })), "a message without an id"],
    [update(privateMessage({ text: undefined })), "no text, no file and nothing shared"],
    [update(privateMessage({ text: undefined, of_tomorrow: {} })), "no text, no file and nothing shared"],
    [update(privateMessage({ text: "  \n" })), "no text, no file and nothing shared"],
    [update(groupMessage({ text: undefined, new_chat_members: [] })), "only bots came or left"],
    [{ update_id: 1, of_tomorrow: 3 }, "unknown kind is not handled"],
    [{ update_id: 1 }, "unknown kind is not handled"],
  ])("ignores %j", (json, why) => {
    expect(parse(json)).toEqual({ kind: "ignore", why });
  });
});

describe("where a message was written", () => {
  it("is a session of its own in each topic of a forum", () => {
    const topic = inboundOf(topicMessage(7));
    expect(topic.session).toBe("agent:main:telegram:group:-100124:topic:7");
    expect(topic.chat).toMatchObject({ kind: "group", title: "Forum", thread: { kind: "topic", id: "7" } });
    expect(topic.replyTo.thread).toEqual({ kind: "topic", id: "7" });
  });

  it.each([
    ["without a topic", {}],
    ["with that of a thread of replies", { message_thread_id: 7 }],
    ["with its own", { message_thread_id: 1, is_topic_message: true }],
  ])("is the session of the group in the general topic of a forum, %s", (_how, fields) => {
    const inbound = inboundOf(privateMessage({ chat: forum, ...fields }));
    expect(inbound.session).toBe("agent:main:telegram:group:-100124");
    expect(inbound.chat).toEqual({ kind: "group", id: "-100124", title: "Forum", addressed: false });
    // Where typing has to be shown.
    expect(inbound.replyTo.thread).toEqual({ kind: "topic", id: "1" });
  });

  it("is the session of the group for a thread of replies where there are no topics", () => {
    const reply = inboundOf(groupMessage({ message_thread_id: 7 }));
    expect(reply.session).toBe("agent:main:telegram:group:-100123");
    expect(reply.replyTo).toEqual({ channel: "telegram", chatKind: "group", chatId: "-100123", messageId: "7" });
  });

  it("is a session of its own in each topic of a private chat, the first one too", () => {
    const inTopic = (id: number) => inboundOf(privateMessage({ message_thread_id: id, is_topic_message: true }));
    expect(inTopic(3).session).toBe("agent:main:telegram:direct:42:topic:3");
    expect(inTopic(1).session).toBe("agent:main:telegram:direct:42:topic:1");
    expect(inTopic(3).chat).toEqual({ kind: "direct", id: "42", thread: { kind: "topic", id: "3" } });
  });

  it("is a channel for a channel's posts", () => {
    const json = { update_id: 1, channel_post: channelPost() };
    const intake = parse(json);
    expect(intake).toMatchObject({
      kind: "messages",
      messages: [
        {
          session: "agent:main:telegram:channel:-100200",
          chat: { kind: "channel", id: "-100200", title: "News", addressed: false },
          replyTo: { chatKind: "channel", chatId: "-100200", messageId: "7" },
        },
      ],
    });
  });
});

describe("who wrote a message", () => {
  it("is a channel for its posts, by the name of whoever signed", () => {
    const news = { id: "-100200", name: "News", username: "news" };
    expect(inboundOf(channelPost()).sender).toEqual(news);
    expect(inboundOf(channelPost({ sender_chat: undefined })).sender).toEqual(news);
    expect(inboundOf(channelPost({ author_signature: "Ann" })).sender).toEqual({ ...news, name: "Ann" });
  });

  it("is the group for its anonymous admins, though Telegram puts in a bot", () => {
    const fields = { from: anonymousAdmin, sender_chat: group, author_signature: "Boss" };
    expect(inboundOf(groupMessage(fields)).sender).toEqual({ id: "-100123", name: "Team" });
  });

  it("is the channel that somebody writes as, and for a post that came from it by itself", () => {
    const asChannel = inboundOf(groupMessage({ from: channelBot, sender_chat: channel }));
    expect(asChannel.sender).toEqual({ id: "-100200", name: "News", username: "news" });
    const automatic = inboundOf(
      groupMessage({
        from: telegramItself,
        sender_chat: channel,
        is_automatic_forward: true,
        forward_origin: { type: "channel", date: 1_764_000_000, chat: channel, message_id: 9 },
      }),
    );
    expect(automatic.sender.id).toBe("-100200");
    expect(automatic.forwarded).toEqual({ from: "News", sentAt: 1_764_000_000_000 });
  });

  it("is a bot where Telegram shows us what other bots say, and nobody else is one", () => {
    expect(inboundOf(groupMessage({ from: otherBot })).sender).toEqual({
      id: "5",
      name: "Other",
      username: "other_bot",
      isBot: true,
    });
    expect(inboundOf(privateMessage({ from: otherBot })).sender.isBot).toBe(true);
    expect(inboundOf(privateMessage()).sender).not.toHaveProperty("isBot");
    expect(inboundOf(groupMessage({ from: channelBot, sender_chat: channel })).sender).not.toHaveProperty("isBot");
  });

  it("has the language of their app, as far as Telegram tells it", () => {
    expect(inboundOf(privateMessage({ from: { ...ann, language_code: "de" } })).sender.language).toBe("de");
    expect(inboundOf(groupMessage({ from: { ...ann, language_code: "pt-br" } })).sender.language).toBe("pt-br");
    expect(inboundOf(privateMessage({ from: { ...ann, language_code: "" } })).sender).not.toHaveProperty("language");
    expect(inboundOf(privateMessage()).sender).not.toHaveProperty("language");
    const anonymous = { from: { ...anonymousAdmin, language_code: "de" }, sender_chat: group };
    expect(inboundOf(groupMessage(anonymous)).sender).not.toHaveProperty("language");
  });

  it("is somebody with a name in any case", () => {
    expect(inboundOf(privateMessage({ from: { ...ann, first_name: "", last_name: "" } })).sender.name).toBe("ann");
    expect(inboundOf(privateMessage({ from: { ...bob, first_name: " " } })).sender.name).toBe("43");
    expect(inboundOf(channelPost({ sender_chat: { id: -7, type: "channel" } })).sender.name).toBe("-7");
  });
});

describe("pieces of one message", () => {
  it("belong together when they come as an album", () => {
    const album = inboundOf(privateMessage({ text: undefined, photo, media_group_id: "1381" }));
    expect(album.assembly).toEqual({ key: "album:1381", waitMs: INBOUND_BOUNDS.albumWaitMs });
  });

  it("belong together when a text was too long for one", () => {
    const wait = (length: number) => inboundOf(privateMessage({ text: "x".repeat(length) })).assembly;
    expect(wait(4_096)).toEqual({ key: "text:42", waitMs: INBOUND_BOUNDS.textPiecesWaitMs });
    expect(wait(4_000)?.waitMs).toBe(INBOUND_BOUNDS.textPiecesWaitMs);
    expect(wait(3_999)).toEqual({ key: "text:42", waitMs: 0 });
    expect(inboundOf(groupMessage({ from: bob })).assembly?.key).toBe("text:43");
    expect(inboundOf(channelPost()).assembly?.key).toBe("text:-100200");
  });

  it.each([
    ["a command", command("/new x")],
    ["a command with a picture of an album", { text: undefined, caption: "/new", photo, media_group_id: "1" }],
    ["a picture", { text: undefined, caption: "look", photo }],
    ["a forwarded text", { forward_origin: { type: "user", date: 1, sender_user: bob } }],
  ])("are not looked for beside %s", (_what, fields) => {
    expect(inboundOf(privateMessage(fields)).assembly).toBeUndefined();
  });

  it("are looked for beside a forwarded picture of an album", () => {
    const forward_origin = { type: "user", date: 1, sender_user: bob };
    const fields = { text: undefined, photo, media_group_id: "1", forward_origin };
    expect(inboundOf(privateMessage(fields)).assembly?.key).toBe("album:1");
  });
});

describe("a group that becomes a supergroup", () => {
  it("is told to the session of the old one, from either side and as often as one likes", () => {
    const old = groupMessage({ chat: { id: -500, type: "group" }, migrate_to_chat_id: -100500, from: anonymousAdmin });
    const moved = {
      kind: "moved",
      session: "agent:main:telegram:group:-500",
      to: "agent:main:telegram:group:-100500",
      channel: "telegram",
      dedupeKeys: [],
      at: 1_764_000_000_000,
    };
    expect(happeningOf(update(old))).toEqual(moved);
    const fresh = groupMessage({
      chat: { id: -100500, type: "supergroup", is_forum: true },
      migrate_from_chat_id: -500,
    });
    expect(happeningOf(update(fresh))).toEqual(moved);
  });
});
