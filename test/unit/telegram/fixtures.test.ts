import { describe, expect, it } from "vitest";
import { parseUpdate } from "../../../worker/channels/telegram/parse.ts";
import { decodeUpdate } from "../../../worker/channels/telegram/update.ts";
import { FIXTURE_DIR, FIXTURE_TABLE, readFixtures } from "./fixture-table.ts";
import { BOT, command, groupMessage, mentioning, privateMessage, replyToUs, update } from "./payloads.ts";

/** Whether an update gets an answer, and why. */
function judge(json: unknown): { readonly answered: boolean; readonly why: string } {
  const decoded = decodeUpdate(json);
  if (!decoded.ok) throw new Error(decoded.error);
  const intake = parseUpdate({ update: decoded.value, bot: BOT });
  if (intake.kind === "ignore") return { answered: false, why: intake.why };
  if (intake.kind === "reply") throw new Error("Telegram asks for no reply");
  const [inbound] = intake.messages;
  if (inbound?.chat.kind === "direct") {
    return { answered: true, why: inbound.attachments.length > 0 ? "a private caption" : "a private text" };
  }
  const isAddressed = inbound?.chat.addressed ?? false;
  return { answered: isAddressed, why: `a group text that is ${isAddressed ? "" : "not "}meant for us` };
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
  const photo = {
    text: undefined,
    caption: "look",
    photo: [{ file_id: "f", file_unique_id: "u", width: 1, height: 1 }],
  };
  it.each([
    ["a private text", update(privateMessage()), true],
    ["a private text that mentions somebody", update(privateMessage({ text: "@ann hi" })), true],
    ["a private caption", update(privateMessage(photo)), true],
    ["a private photo without a caption", update(privateMessage({ ...photo, caption: undefined })), false],
    ["a mention of us in a group", update(mentioning("claw_bot")), true],
    ["a mention of another in a group", update(mentioning("other_bot")), false],
    ["a reply to us in a group", update(replyToUs()), true],
    ["a command with our name in a group", update(groupMessage(command("/new@claw_bot"))), true],
    ["a command with another's name in a group", update(groupMessage(command("/new@other_bot"))), false],
    ["a text among others in a group", update(groupMessage()), false],
    ["a topic's text", update(groupMessage({ message_thread_id: 4, is_topic_message: true })), false],
    ["a service message", update(groupMessage({ text: undefined, new_chat_title: "x" })), false],
    ["an edit", { update_id: 5, edited_message: privateMessage() }, false],
    ["a channel post", { update_id: 5, channel_post: privateMessage() }, false],
    ["a reaction", { update_id: 5, message_reaction: { new_reaction: [] } }, false],
    ["a kind that does not exist yet", { update_id: 5, of_tomorrow: {} }, false],
  ])("%s", (_what, json, answered) => {
    expect(judge(json).answered).toBe(answered);
  });
});
