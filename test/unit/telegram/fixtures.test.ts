import { describe, expect, it } from "vitest";
import { assertNever } from "../../../protocol/assert.ts";
import { type Fate, FIXTURE_DIR, FIXTURE_TABLE, type FixtureRow, fixtureRow, readFixtures } from "./fixture-table.ts";
import { parse } from "./parse-reader.ts";
import {
  channelPost,
  command,
  groupMessage,
  mentioning,
  otherBot,
  privateMessage,
  replyToUs,
  topicMessage,
  update,
  us,
} from "./payloads.ts";
import { photo } from "./payloads-content.ts";
import { edited, event, HEARD, NOTICES, UNREAD } from "./payloads-events.ts";
import { serviceMessage } from "./payloads-service.ts";

/** What becomes of an update, and why. */
function judge(json: unknown): FixtureRow {
  const intake = parse(json);
  switch (intake.kind) {
    case "ignore":
      return fixtureRow("ignored", intake.why);
    case "happenings":
      return fixtureRow("heard", intake.happenings.map(({ kind }) => kind).join());
    case "messages": {
      const [message] = intake.messages;
      if (!message) throw new Error("a list without a message");
      const { chat, sender } = message;
      // As the settings say by default: bots are not heard, and our name means us.
      if (sender.isBot) return fixtureRow("ignored", "a message of a bot");
      if (chat.kind === "direct") return fixtureRow("answered", "a private message");
      const isMeant = chat.addressed || chat.named === true;
      return fixtureRow(isMeant ? "answered" : "heard", `a group message that is ${isMeant ? "" : "not "}meant for us`);
    }
    case "reply":
    case "suggest":
      throw new Error("Telegram asks for no reply");
    default:
      return assertNever(intake);
  }
}

const fixtures = readFixtures();
if (!fixtures) console.warn(`SKIPPED: the captured payloads are not there (${FIXTURE_DIR})`);

describe("captured payloads", () => {
  it("are judged as the committed table says", (ctx) => {
    if (!fixtures) return ctx.skip();
    expect(Object.fromEntries(fixtures.map(({ name, update: json }) => [name, judge(json)]))).toEqual(FIXTURE_TABLE);
  });
});

describe("payloads of our own", () => {
  it.each<[string, object, Fate]>([
    ["a private text", update(privateMessage()), "answered"],
    ["a private text that mentions somebody", update(privateMessage({ text: "@ann hi" })), "answered"],
    ["a private caption", update(privateMessage({ text: undefined, caption: "look", photo })), "answered"],
    ["a private photo without a caption", update(privateMessage({ text: undefined, photo })), "answered"],
    ["a mention of us in a group", update(mentioning("claw_bot")), "answered"],
    ["a mention of another in a group", update(mentioning("other_bot")), "heard"],
    ["our name in a group", update(groupMessage({ text: "what does claw say?" })), "answered"],
    ["a reply to us in a group", update(replyToUs()), "answered"],
    ["a command with our name in a group", update(groupMessage(command("/new@claw_bot"))), "answered"],
    ["a command with another's name in a group", update(groupMessage(command("/new@other_bot"))), "heard"],
    ["a text among others in a group", update(groupMessage()), "heard"],
    ["a photo among others in a group", update(groupMessage({ text: undefined, photo })), "heard"],
    ["a topic's text", update(topicMessage(4)), "heard"],
    ["a channel's post", event("channel_post", channelPost()), "heard"],
    ["a channel's post that names us", event("channel_post", channelPost({ text: "Claw, hello" })), "answered"],
    ["another bot's text", update(groupMessage({ from: otherBot, text: "Claw, hello" })), "ignored"],
    ["another bot's private text", update(privateMessage({ from: otherBot })), "ignored"],
    ["a text of our own", update(groupMessage({ from: us })), "ignored"],
    ["a service message", update(serviceMessage("new_chat_title")), "ignored"],
    ["people who come", update(NOTICES["new_chat_members"] ?? {}), "heard"],
    ["a group that moves", update(NOTICES["migrate_to_chat_id"] ?? {}), "heard"],
    ["an edit", event("edited_message", edited()), "heard"],
    ["a press of a button", event("callback_query", HEARD["callback_query"] ?? {}), "heard"],
    ["a reaction", event("message_reaction", HEARD["message_reaction"] ?? {}), "heard"],
    ["a count of reactions", event("message_reaction_count", UNREAD["message_reaction_count"] ?? {}), "ignored"],
    ["a kind that does not exist yet", { update_id: 5, of_tomorrow: {} }, "ignored"],
  ])("%s", (_what, json, fate) => {
    expect(judge(json).fate).toBe(fate);
  });
});
