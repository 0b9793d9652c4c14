import { describe, expect, it } from "vitest";
import { isAddressed, isNamed } from "./parse-reader.ts";
import {
  bob,
  BOT,
  channel,
  channelPost,
  command,
  groupMessage,
  mentioning,
  replyToUs,
  telegramItself,
  topicMessage,
  us,
} from "./payloads.ts";
import { topicNotice } from "./payloads-events.ts";

describe("a message in a group", () => {
  it("is meant for us when it mentions us in any case", () => {
    expect(isAddressed(mentioning("claw_bot"))).toBe(true);
    expect(isAddressed(mentioning("Claw_Bot"))).toBe(true);
    expect(isAddressed(mentioning("claw_bot2"))).toBe(false);
    expect(isAddressed(mentioning("claw_bot"), { ...BOT, username: "CLAW_Bot" })).toBe(true);
    expect(isAddressed(groupMessage({ text: "@claw_bot without an entity" }))).toBe(false);
  });

  it("is read with offsets in UTF-16 units", () => {
    const entities = [{ type: "mention", offset: 3, length: 9 }];
    expect(isAddressed(groupMessage({ text: "😀 @claw_bot", entities }))).toBe(true);
  });

  it("is meant for us when it answers us or mentions us by id", () => {
    expect(isAddressed(replyToUs())).toBe(true);
    const other = { message_id: 1, date: 1, from: bob, text: "x" };
    expect(isAddressed(replyToUs({ reply_to_message: other }))).toBe(false);
    const entities = [{ type: "text_mention", offset: 0, length: 4, user: us }];
    expect(isAddressed(groupMessage({ text: "Crab", entities }))).toBe(true);
    const someoneElse = [{ type: "text_mention", offset: 0, length: 4, user: bob }];
    expect(isAddressed(groupMessage({ text: "Crab", entities: someoneElse }))).toBe(false);
  });

  it("is not meant for us because it stands in a topic that we created", () => {
    expect(isAddressed(topicMessage(4, { reply_to_message: topicNotice }))).toBe(false);
  });

  it("is meant for us when it is a command with our name, and not with another's", () => {
    expect(isAddressed(groupMessage(command("/new@claw_bot")))).toBe(true);
    expect(isAddressed(groupMessage(command("/new@other_bot")))).toBe(false);
    expect(isAddressed(groupMessage(command("/new")))).toBe(false);
  });

  it.each([
    ["Claw, what time is it?", true],
    ["what do you think, claw?", true],
    ["CLAW!", true],
    ["Clawdia is here", false],
    ["the bearclaw", false],
    ["claw_bot", false],
    ["nothing", false],
  ])("that holds our name says so, and the name alone does not address us: %s", (text, expected) => {
    const captioned = groupMessage({ text: undefined, caption: text, photo: [{ file_id: "f" }] });
    for (const message of [groupMessage({ text }), captioned]) {
      expect(isNamed(message)).toBe(expected);
      expect(isAddressed(message)).toBe(false);
    }
  });

  it("holds our name also where it addresses us", () => {
    expect(isNamed(mentioning("claw_bot", "hey Claw"))).toBe(true);
    expect(isNamed(mentioning("claw_bot"))).toBe(false);
  });

  it("does not hold a name that we do not know", () => {
    expect(isNamed(groupMessage({ text: "hey Claw" }), { ...BOT, name: null })).toBe(false);
    expect(isNamed(groupMessage({ text: "hey" }), { ...BOT, name: " " })).toBe(false);
  });

  it("that came from a linked channel by itself is meant for us only when it names us", () => {
    const automatic = { from: telegramItself, sender_chat: channel, is_automatic_forward: true };
    expect(isAddressed(replyToUs(automatic))).toBe(false);
    expect(isNamed(groupMessage({ ...automatic, text: "Claw, what about this?" }))).toBe(true);
    expect(isAddressed({ ...mentioning("claw_bot"), ...automatic })).toBe(true);
  });

  it("is read the same way in a channel", () => {
    expect(isAddressed(channelPost())).toBe(false);
    expect(isNamed(channelPost({ text: "Claw, hello" }))).toBe(true);
    expect(isAddressed({ ...mentioning("claw_bot"), chat: channel, sender_chat: channel })).toBe(true);
  });

  it("is read the same way when it is a rich one", () => {
    const rich = (inner: unknown) =>
      groupMessage({ text: undefined, rich_message: { blocks: [{ type: "paragraph", text: inner }] } });
    expect(isAddressed(rich(["hey ", { type: "mention", text: "@claw_bot", username: "claw_bot" }]))).toBe(true);
    expect(isNamed(rich(["hey ", { type: "bold", text: "Claw" }]))).toBe(true);
    expect(isAddressed(rich({ type: "mention", text: "@other", username: "other" }))).toBe(false);
    expect(isAddressed(rich({ type: "text_mention", text: "Crab", user: us }))).toBe(true);
    expect(isAddressed(rich({ type: "text_mention", text: "Bob", user: bob }))).toBe(false);
  });
});
