import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseUpdate } from "../../../worker/channels/telegram/parse.ts";
import { decodeUpdate } from "../../../worker/channels/telegram/update.ts";
import { BOT, privateMessage, RECEIVED_AT, update, us } from "./payloads.ts";
import { event, memberChange, press, reaction } from "./payloads-events.ts";

describe("decodeUpdate", () => {
  it.each([
    [null, "body"],
    [[], "update_id"],
    ["text", "body"],
    [7, "body"],
    [{}, "update_id"],
    [{ update_id: "1" }, "update_id"],
    [{ update_id: 1.5 }, "update_id"],
    [{ update_id: -1 }, "update_id"],
    [{ message: privateMessage() }, "update_id"],
    [privateMessage(), "update_id"],
    [{ update_id: 1, message: null }, "message"],
    [{ update_id: 1, message: [] }, "message"],
    [{ update_id: 1, message: "hi" }, "message"],
    [{ update_id: 1, edited_message: 5 }, "edited_message"],
    [{ update_id: 1, poll: 5 }, "poll"],
    [update({}), "message.message_id"],
    [update(privateMessage({ message_id: "7" })), "message.message_id"],
    [update(privateMessage({ date: null })), "message.date"],
    [update(privateMessage({ chat: 42 })), "message.chat"],
    [update(privateMessage({ chat: { id: 2 ** 60, type: "private" } })), "message.chat.id"],
    [update(privateMessage({ text: 5 })), "message.text"],
    [update(privateMessage({ text: { toString: "x" } })), "message.text"],
    [update(privateMessage({ entities: {} })), "message.entities"],
    [update(privateMessage({ entities: [{ type: "mention", offset: -1, length: 1 }] })), "message.entities.0.offset"],
    [update(privateMessage({ from: { id: "42" } })), "message.from.id"],
    [update(privateMessage({ photo: "x" })), "message.photo"],
    [update(privateMessage({ photo: [{ width: 1 }] })), "message.photo.0.file_id"],
    [update(privateMessage({ reply_to_message: 5 })), "message.reply_to_message"],
    [update(privateMessage({ external_reply: {} })), "message.external_reply.origin"],
    [update(privateMessage({ is_topic_message: "yes" })), "message.is_topic_message"],
    [update(privateMessage({ location: { latitude: "north" } })), "message.location.latitude"],
    [update(privateMessage({ location: { latitude: Infinity, longitude: 0 } })), "message.location.latitude"],
    [update(privateMessage({ poll: { question: "?" } })), "message.poll.options"],
    [update(privateMessage({ rich_message: {} })), "message.rich_message.blocks"],
    [update(privateMessage({ new_chat_members: [5] })), "message.new_chat_members.0"],
    [event("channel_post", { text: "x" }), "channel_post.message_id"],
    [event("edited_channel_post", { message_id: 1, date: "now" }), "edited_channel_post.date"],
    [event("callback_query", press({ id: "" })), "callback_query.id"],
    [event("callback_query", press({ id: "a\nb" })), "callback_query.id"],
    [event("callback_query", press({ id: "x".repeat(101) })), "callback_query.id"],
    [event("callback_query", press({ from: undefined })), "callback_query.from"],
    [event("callback_query", press({}, { chat: undefined })), "callback_query.message.chat"],
    [event("message_reaction", reaction({ new_reaction: "👍" })), "message_reaction.new_reaction"],
    [event("message_reaction", reaction({ old_reaction: [{}] })), "message_reaction.old_reaction.0.type"],
    [event("my_chat_member", memberChange(us, "left", "member", { from: 5 })), "my_chat_member.from"],
    [event("chat_member", memberChange({}, "left", "member")), "chat_member.old_chat_member.user.id"],
  ])("refuses %j and names the place", (json, place) => {
    const decoded = decodeUpdate(json);
    expect(decoded).toEqual({ ok: false, error: expect.stringMatching(/^[\w.]+: not /u) });
    expect(!decoded.ok && decoded.error.split(":")[0]).toBe(place);
  });

  it("never repeats a value of the body in its error", () => {
    const decoded = decodeUpdate(update(privateMessage({ text: ["a secret"] })));
    expect(decoded).toEqual({ ok: false, error: expect.stringContaining("message.text") });
    expect(JSON.stringify(decoded)).not.toContain("a secret");
  });

  it("takes a date for one of this century that no clock has", () => {
    const decoded = decodeUpdate(update(privateMessage({ date: Infinity })));
    expect(decoded).toMatchObject({ ok: true, value: { message: { date: Date.UTC(2100, 0) / 1000 } } });
  });

  it("reads one kind where there are two", () => {
    const decoded = decodeUpdate({ update_id: 1, poll: {}, callback_query: press(), of_tomorrow: 5 });
    expect(decoded).toMatchObject({ ok: true, value: { kind: "callback_query" } });
  });

  it("never throws, and what it lets in can be parsed", () => {
    const person = fc.record({ id: fc.nat(), is_bot: fc.boolean(), first_name: fc.string() });
    const chat = fc.record({
      id: fc.integer(),
      type: fc.constantFrom("private", "group", "supergroup", "channel", "newer"),
    });
    const entity = fc.record({
      type: fc.constantFrom("mention", "bot_command", "text_mention", "url"),
      offset: fc.nat(50),
      length: fc.nat(50),
    });
    const message = fc.record(
      {
        message_id: fc.integer(),
        date: fc.nat(),
        chat,
        from: person,
        sender_chat: chat,
        text: fc.string(),
        entities: fc.array(entity),
        reply_to_message: fc.oneof(fc.jsonValue(), fc.record({ text: fc.string() })),
        rich_message: fc.record({ blocks: fc.array(fc.jsonValue()) }),
        message_thread_id: fc.integer(),
        is_topic_message: fc.boolean(),
      },
      { requiredKeys: ["message_id", "date", "chat"] },
    );
    const kind = fc.constantFrom("message", "edited_message", "channel_post", "edited_channel_post");
    const json = fc.oneof(
      fc.jsonValue(),
      fc.record({ update_id: fc.nat(), message: fc.jsonValue() }),
      fc.tuple(kind, message).map(([name, content]) => event(name, content)),
    );
    fc.assert(
      fc.property(json, (value) => {
        const decoded = decodeUpdate(value);
        if (!decoded.ok) return;
        const intake = parseUpdate({ update: decoded.value, bot: BOT, receivedAt: RECEIVED_AT });
        expect(["ignore", "messages", "happenings"]).toContain(intake.kind);
      }),
      { numRuns: 1_000 },
    );
  });
});
