import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { INBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import type { Inbound } from "../../../protocol/inbound.ts";
import { parseUpdate } from "../../../worker/channels/telegram/parse.ts";
import { decodeUpdate } from "../../../worker/channels/telegram/update.ts";
import { BOT, command, groupMessage, mentioning, privateMessage, replyToUs, update } from "./payloads.ts";

function parse(json: unknown) {
  const decoded = decodeUpdate(json);
  if (!decoded.ok) throw new Error(decoded.error);
  return parseUpdate({ update: decoded.value, bot: BOT });
}

function inboundOf(message: object): Inbound {
  const intake = parse(update(message));
  if (intake.kind !== "messages") throw new Error(JSON.stringify(intake));
  const [inbound, ...more] = intake.messages;
  expect(more).toEqual([]);
  if (!inbound) throw new Error("no message");
  return inbound;
}

const isAddressed = (message: object) => {
  const { chat } = inboundOf(message);
  return chat.kind === "direct" ? null : chat.addressed;
};

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
      replyTo: { channel: "telegram", chatId: "42", chatKind: "direct", messageId: "7" },
      sentAt: 1_764_000_000_000,
    });
  });

  it("tells the messages of two bots apart, which both count from one", () => {
    const decoded = decodeUpdate(update(privateMessage()));
    if (!decoded.ok) throw new Error(decoded.error);
    const namesOf = (bot: { id: number; username: string }) => {
      const intake = parseUpdate({ update: decoded.value, bot });
      return intake.kind === "messages" ? intake.messages.flatMap(({ id, dedupeKeys }) => [id, ...dedupeKeys]) : [];
    };
    const names = [...namesOf(BOT), ...namesOf({ ...BOT, id: 515151 })];
    expect(new Set(names).size).toBe(6);
  });

  it.each([
    [-5, Date.UTC(2000, 0)],
    [0, Date.UTC(2000, 0)],
    [1_764_000_000, 1_764_000_000_000],
    [1_764_000_000.7, 1_764_000_000_000],
    [253_402_300_800, Date.UTC(2100, 0)],
    [Number.MAX_SAFE_INTEGER, Date.UTC(2100, 0)],
    [Infinity, Date.UTC(2100, 0)],
  ])("reads the date %d as one of this century", (date, sentAt) => {
    expect(inboundOf(privateMessage({ date })).sentAt).toBe(sentAt);
  });

  it("takes a caption as the text and lists the file, of a photo the largest size", () => {
    const photo = [
      { file_id: "small", file_unique_id: "a", width: 90, height: 90, file_size: 1_000 },
      { file_id: "large", file_unique_id: "b", width: 900, height: 900, file_size: 90_000 },
    ];
    const inbound = inboundOf(privateMessage({ text: undefined, caption: "look", photo }));
    expect(inbound.text).toBe("look");
    expect(inbound.attachments).toEqual([{ kind: "image", platformId: "large", bytes: 90_000 }]);
  });

  it("lists each kind of file, an animation once", () => {
    const file = { file_id: "f", file_name: "n.bin", mime_type: "a/b", file_size: 5 };
    for (const [field, kind] of [
      ["audio", "audio"],
      ["document", "document"],
      ["sticker", "other"],
      ["video", "video"],
      ["video_note", "video"],
      ["voice", "audio"],
    ]) {
      const { attachments } = inboundOf(privateMessage({ caption: "c", text: undefined, [field ?? ""]: file }));
      expect(attachments).toEqual([{ kind, platformId: "f", name: "n.bin", mimeType: "a/b", bytes: 5 }]);
    }
    const both = privateMessage({ caption: "c", text: undefined, animation: file, document: file });
    expect(inboundOf(both).attachments.map((attachment) => attachment.kind)).toEqual(["video"]);
  });

  it("makes a session of a topic, and only of a topic", () => {
    const topic = inboundOf(groupMessage({ message_thread_id: 7, is_topic_message: true }));
    expect(topic.session).toBe("agent:main:telegram:group:-100123:topic:7");
    expect(topic.replyTo.thread).toEqual({ kind: "topic", id: "7" });
    const reply = inboundOf(groupMessage({ message_thread_id: 7 }));
    expect(reply.session).toBe("agent:main:telegram:group:-100123");
    const ofBot = inboundOf(privateMessage({ message_thread_id: 3, is_topic_message: true }));
    expect(ofBot.session).toBe("agent:main:telegram:direct:42:topic:3");
  });

  it("quotes the message that is answered, or the part that was picked", () => {
    expect(inboundOf(replyToUs()).quoted).toEqual({ sender: "Claw", text: "What else?" });
    expect(inboundOf(replyToUs({ quote: { text: "else", position: 5 } })).quoted?.text).toBe("else");
    const long = { message_id: 1, date: 1, chat: { id: 42, type: "private" }, text: "x".repeat(5_000) };
    expect(inboundOf(privateMessage({ reply_to_message: long })).quoted?.text).toHaveLength(2_000);
    const service = { message_id: 1, date: 1, chat: { id: 42, type: "private" }, forum_topic_created: {} };
    expect(inboundOf(privateMessage({ reply_to_message: service })).quoted).toBeUndefined();
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

  describe("in a group", () => {
    it("takes a mention of us in any case as meant for us, in texts and captions", () => {
      expect(isAddressed(mentioning("claw_bot"))).toBe(true);
      expect(isAddressed(mentioning("Claw_Bot"))).toBe(true);
      expect(isAddressed(mentioning("claw_bot2"))).toBe(false);
      const decoded = decodeUpdate(update(mentioning("claw_bot")));
      if (!decoded.ok) throw new Error(decoded.error);
      const shouting = { id: BOT.id, username: "CLAW_Bot" };
      expect(parseUpdate({ update: decoded.value, bot: shouting })).toMatchObject({
        messages: [{ chat: { addressed: true } }],
      });
      expect(isAddressed(groupMessage({ text: "@claw_bot without an entity" }))).toBe(false);
      const captioned = { text: undefined, caption: "see @claw_bot", photo: [{ file_id: "f" }] };
      const caption_entities = [{ type: "mention", offset: 4, length: 9 }];
      expect(isAddressed(groupMessage({ ...captioned, caption_entities }))).toBe(true);
    });

    it("counts entity offsets in UTF-16 units", () => {
      const entities = [{ type: "mention", offset: 3, length: 9 }];
      expect(isAddressed(groupMessage({ text: "😀 @claw_bot", entities }))).toBe(true);
    });

    it("takes a reply to us and a mention by id as meant for us", () => {
      expect(isAddressed(replyToUs())).toBe(true);
      const other = { message_id: 1, date: 1, from: { id: 5, is_bot: false, first_name: "Bob" }, text: "x" };
      expect(isAddressed(replyToUs({ reply_to_message: other }))).toBe(false);
      const created = { message_id: 1, date: 1, from: { id: BOT.id, is_bot: true, first_name: "Claw" } };
      const inTopic = { ...created, forum_topic_created: { name: "x", icon_color: 1 } };
      expect(isAddressed(groupMessage({ reply_to_message: inTopic, is_topic_message: true }))).toBe(false);
      const entities = [{ type: "text_mention", offset: 0, length: 4, user: { id: BOT.id } }];
      expect(isAddressed(groupMessage({ text: "Claw", entities }))).toBe(true);
    });

    it("takes a command with our name as meant for us, and none with another's", () => {
      expect(isAddressed(groupMessage(command("/new@claw_bot")))).toBe(true);
      expect(isAddressed(groupMessage(command("/new@other_bot")))).toBe(false);
      expect(isAddressed(groupMessage(command("/new")))).toBe(false);
    });
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

  it.each([
    [update(privateMessage({ from: { id: 5, is_bot: true, first_name: "B" } })), "sent by a bot"],
    [update(groupMessage({ sender_chat: { id: -1, type: "channel" } })), "sent in the name of a chat"],
    [update(groupMessage({ from: undefined })), "no sender"],
    [update(privateMessage({ chat: { id: -5, type: "channel" } })), "not a private chat or a group"],
    [update(privateMessage({ chat: { id: -5, type: "newer" } })), "not a private chat or a group"],
    [update(privateMessage({ text: undefined, new_chat_members: [] })), "no text and no caption"],
    [update(privateMessage({ text: "  \n" })), "no text and no caption"],
    [{ update_id: 1, edited_message: privateMessage() }, "edited_message is not handled"],
    [{ update_id: 1, channel_post: privateMessage() }, "channel_post is not handled"],
    [{ update_id: 1, of_tomorrow: 3 }, "unknown kind is not handled"],
    [{ update_id: 1 }, "unknown kind is not handled"],
  ])("ignores %j", (json, why) => {
    expect(parse(json)).toEqual({ kind: "ignore", why });
  });
});

describe("decodeUpdate", () => {
  it.each([
    null,
    [],
    "text",
    7,
    {},
    { update_id: "1" },
    { update_id: 1.5 },
    { update_id: -1 },
    { message: privateMessage() },
    privateMessage(),
    { update_id: 1, message: null },
    { update_id: 1, message: [] },
    { update_id: 1, message: "hi" },
    { update_id: 1, edited_message: 5 },
    update({}),
    update(privateMessage({ message_id: "7" })),
    update(privateMessage({ date: null })),
    update(privateMessage({ chat: 42 })),
    update(privateMessage({ chat: { id: 2 ** 60, type: "private" } })),
    update(privateMessage({ text: 5 })),
    update(privateMessage({ text: { toString: "x" } })),
    update(privateMessage({ entities: {} })),
    update(privateMessage({ entities: [{ type: "mention", offset: -1, length: 1 }] })),
    update(privateMessage({ from: { id: "42" } })),
    update(privateMessage({ photo: "x" })),
    update(privateMessage({ reply_to_message: 5 })),
    update(privateMessage({ is_topic_message: "yes" })),
  ])("refuses %j", (json) => {
    expect(decodeUpdate(json).ok).toBe(false);
  });

  it("never repeats a value of the body in its error", () => {
    const decoded = decodeUpdate(update(privateMessage({ text: ["a secret"] })));
    expect(decoded).toEqual({ ok: false, error: expect.stringContaining("message.text") });
    expect(JSON.stringify(decoded)).not.toContain("a secret");
  });

  it("never throws, and what it lets in can be parsed", () => {
    const json = fc.oneof(
      fc.jsonValue(),
      fc.record({ update_id: fc.nat(), message: fc.jsonValue() }),
      fc.record({
        update_id: fc.nat(),
        message: fc.record(
          {
            message_id: fc.integer(),
            date: fc.nat(),
            chat: fc.record({ id: fc.integer(), type: fc.constantFrom("private", "group", "supergroup", "channel") }),
            from: fc.record({ id: fc.nat(), is_bot: fc.boolean(), first_name: fc.string() }),
            text: fc.string(),
            entities: fc.array(
              fc.record({
                type: fc.constantFrom("mention", "bot_command", "url"),
                offset: fc.nat(50),
                length: fc.nat(50),
              }),
            ),
            reply_to_message: fc.oneof(fc.jsonValue(), fc.record({ text: fc.string() })),
            message_thread_id: fc.integer(),
            is_topic_message: fc.boolean(),
          },
          { requiredKeys: ["message_id", "date", "chat"] },
        ),
      }),
    );
    fc.assert(
      fc.property(json, (value) => {
        const decoded = decodeUpdate(value);
        if (decoded.ok) expect(["ignore", "messages"]).toContain(parseUpdate({ update: decoded.value, bot: BOT }).kind);
      }),
      { numRuns: 1_000 },
    );
  });
});
