import { describe, expect, it } from "vitest";
import { inboundOf } from "./parse-reader.ts";
import {
  ann,
  anonymousAdmin,
  bob,
  channel,
  forum,
  group,
  groupMessage,
  privateMessage,
  replyToUs,
  topicMessage,
  us,
} from "./payloads.ts";
import { CONTENT } from "./payloads-content.ts";
import { topicNotice } from "./payloads-events.ts";
import { SERVICE, serviceMessage } from "./payloads-service.ts";

const earlier = { message_id: 6, date: 1_763_999_000, chat: group };
const byAnn = { type: "user", date: 1_763_000_000, sender_user: ann };
/** "MessageOrigin": each of the four, and the name that it tells. */
const origins = [
  ["user", byAnn, "Ann Example"],
  ["hidden_user", { type: "hidden_user", date: 1_763_000_000, sender_user_name: "Somebody" }, "Somebody"],
  ["chat", { type: "chat", date: 1_763_000_000, sender_chat: group, author_signature: "Boss" }, "Team (Boss)"],
  ["channel", { type: "channel", date: 1_763_000_000, chat: channel, message_id: 9 }, "News"],
] as const;

describe("a message that answers another", () => {
  it("quotes it, or the part of it that was picked", () => {
    expect(inboundOf(replyToUs()).quoted).toEqual({ sender: "Claw", text: "What else?", isOwn: true });
    const quote = { text: "else", position: 5, is_manual: true };
    expect(inboundOf(replyToUs({ quote })).quoted).toEqual({ sender: "Claw", text: "else", isOwn: true });
  });

  it("quotes no more than is needed to know what is meant", () => {
    const long = { ...earlier, from: bob, text: "x".repeat(5_000) };
    expect(inboundOf(groupMessage({ reply_to_message: long })).quoted?.text).toHaveLength(2_000);
  });

  it("quotes the chat in whose name it was written, and nobody where nobody is told", () => {
    const quotedOf = (fields: object) =>
      inboundOf(groupMessage({ reply_to_message: { ...earlier, ...fields } })).quoted;
    expect(quotedOf({ from: anonymousAdmin, sender_chat: group, text: "hi" })).toEqual({ sender: "Team", text: "hi" });
    expect(quotedOf({ text: "hi" })).toEqual({ sender: "", text: "hi" });
    expect(quotedOf({ from: bob })).toBeUndefined();
  });

  it("tells whether the words are ours or the sender's own, and takes what others wrote for nobody's", () => {
    const isOwn = (fields: object) =>
      inboundOf(privateMessage({ reply_to_message: { ...earlier, text: "hi", ...fields } })).quoted?.isOwn;
    expect([isOwn({ from: us }), isOwn({ from: ann })]).toEqual([true, true]);
    expect(isOwn({ from: bob })).toBeUndefined();
    expect(isOwn({})).toBeUndefined();
    expect(isOwn({ from: ann, forward_origin: byAnn })).toBeUndefined();
    expect(isOwn({ from: ann, via_bot: { ...us, id: 5 } })).toBeUndefined();
    expect(isOwn({ from: ann, sender_chat: group })).toBeUndefined();
    const elsewhere = inboundOf(privateMessage({ external_reply: { origin: byAnn }, quote: { text: "hi" } }));
    expect(elsewhere.quoted).toEqual({ sender: "Ann Example", text: "hi" });
  });

  it("quotes a caption rather than what it stands below", () => {
    const captioned = { ...earlier, from: bob, photo: [{ file_id: "f" }], caption: "our boat" };
    expect(inboundOf(groupMessage({ reply_to_message: captioned })).quoted?.text).toBe("our boat");
  });

  it("does not quote the notice that a topic was created, which everything in it answers", () => {
    expect(inboundOf(topicMessage(4, { reply_to_message: topicNotice })).quoted).toBeUndefined();
  });

  it.each(Object.keys(SERVICE).filter((field) => field !== "forum_topic_created"))(
    "names the notice of %s that it answers",
    (field) => {
      const { quoted } = inboundOf(groupMessage({ reply_to_message: serviceMessage(field) }));
      expect(quoted).toMatchObject({ sender: "Ann Example", text: `(${field.replaceAll("_", " ")})` });
    },
  );

  it.each(origins)("in another chat quotes what was picked there, by %s", (_kind, origin, sender) => {
    const external_reply = { origin, chat: forum, message_id: 9 };
    const quote = { text: "the part", position: 0 };
    expect(inboundOf(privateMessage({ external_reply, quote })).quoted).toEqual({ sender, text: "the part" });
  });

  it("in another chat names what it is when nothing was picked", () => {
    const quotedOf = (fields: object) =>
      inboundOf(privateMessage({ external_reply: { origin: byAnn, ...fields } })).quoted?.text;
    expect(quotedOf({})).toBe("(message)");
    expect(quotedOf({ giveaway: SERVICE["giveaway"] })).toBe("(giveaway)");
    for (const field of ["animation", "live_photo", "photo", "poll", "sticker", "venue", "voice"]) {
      const { fields, quoted } = CONTENT[field] ?? { fields: {}, quoted: "" };
      expect(quotedOf(fields)).toBe(quoted);
    }
  });

  it("names a story", () => {
    const quoted = inboundOf(privateMessage({ reply_to_story: { chat: channel, id: 3 } })).quoted;
    expect(quoted).toEqual({ sender: "News", text: "(story)" });
  });
});

describe("a forwarded message", () => {
  it.each(origins)("names who wrote it first: %s", (_kind, forward_origin, from) => {
    const inbound = inboundOf(privateMessage({ forward_origin }));
    expect(inbound.forwarded).toEqual({ from, sentAt: 1_763_000_000_000 });
    expect(inbound.sender.id).toBe("42");
  });

  it("is let in when its origin is of a kind that does not exist yet", () => {
    const inbound = inboundOf(privateMessage({ forward_origin: { type: "of_tomorrow", date: 1_763_000_000 } }));
    expect(inbound.forwarded).toEqual({ from: "unknown", sentAt: 1_763_000_000_000 });
  });
});

describe("a message that another bot wrote for its sender (inline mode)", () => {
  const via_bot = { id: 5, is_bot: true, first_name: "Gif Finder", username: "gif_finder_bot" };

  it("is taken like a forwarded one: the sender has picked it, and may not have read it", () => {
    const inbound = inboundOf(privateMessage({ via_bot, text: "all of it" }));
    expect(inbound.forwarded).toEqual({ from: "Gif Finder", sentAt: inbound.sentAt });
    expect(inbound.assembly).toBeUndefined();
  });

  it("commands nothing", () => {
    const text = "/config set access.dmPolicy open";
    expect(inboundOf(privateMessage({ via_bot, text })).command).toBeUndefined();
    expect(inboundOf(privateMessage({ via_bot, text: "stop" })).command).toBeUndefined();
  });

  it("was forwarded from whom the message names, if it is forwarded besides", () => {
    expect(inboundOf(privateMessage({ via_bot, forward_origin: byAnn })).forwarded?.from).toBe("Ann Example");
  });
});
