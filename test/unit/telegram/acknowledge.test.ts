import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { reactionOf } from "../../../worker/channels/telegram/reaction.ts";
import type { TelegramEmulator } from "../../emulators/telegram/index.ts";
import { ann, buttons, channelAt, failure, part, startEmulator, team } from "./outgoing.ts";

describe("acknowledge", () => {
  let emulator: TelegramEmulator;
  beforeEach(async () => {
    emulator = await startEmulator();
  });
  afterEach(() => emulator.close());

  const seen = (messageId: string, emoji = "👀") =>
    channelAt(emulator.url).acknowledge(team, { kind: "seen", messageId, emoji });

  it("reacts to a message that is seen", async () => {
    const { message } = emulator.say({ from: 42, chat: -100123, text: "@claw_bot hi" });
    await seen(String(message.message_id));
    expect(emulator.messages(-100123)[0]?.botReactions).toEqual(["👀"]);
    await seen(String(message.message_id), "❤️");
    expect(emulator.messages(-100123)[0]?.botReactions).toEqual(["❤"]);
  });

  it("says nothing with an emoji that is no reaction", async () => {
    const { message } = emulator.say({ from: 42, chat: -100123, text: "hi" });
    for (const emoji of ["", "🦊", ":eyes:", "constructor"]) await seen(String(message.message_id), emoji);
    expect(emulator.calls).toEqual([]);
  });

  it("does not ask about what can be no message", async () => {
    for (const id of ["", "x", "1.5", "0"]) expect((await failure(seen(id))).code).toBe("channel_refused");
    expect((await failure(seen("99999"))).code).toBe("channel_refused");
    expect(emulator.calls).toHaveLength(1);
  });

  it("answers a press, with or without words", async () => {
    const { messageId } = await channelAt(emulator.url).send(ann, part("?", { buttons: buttons("Yes") }));
    const press = () => emulator.press(42, Number(messageId), 42, "Yes").queryId;
    const [plain, told, long] = [press(), press(), press()];
    const acknowledge = (pressId: string, text?: string) =>
      channelAt(emulator.url).acknowledge(ann, { kind: "pressed", pressId, ...(text !== undefined && { text }) });
    await acknowledge(plain);
    await acknowledge(told, "Noted");
    await acknowledge(long, "👩‍👩‍👧‍👦".repeat(50));
    expect([emulator.answerText(plain), emulator.answerText(told)]).toEqual(["", "Noted"]);
    expect(emulator.answerText(long)).toBe(`${"👩‍👩‍👧‍👦".repeat(18)}…`);
    expect((await failure(acknowledge("unknown"))).code).toBe("channel_refused");
  });

  it("shows a choice instead of the buttons, also when it is shown already", async () => {
    const { messageId } = await channelAt(emulator.url).send(ann, part("?", { buttons: buttons("Yes") }));
    const choose = () => channelAt(emulator.url).acknowledge(ann, { kind: "chosen", messageId, label: "Yes" });
    await choose();
    expect(emulator.answers(42)[0]).toMatchObject({ reply_markup: { inline_keyboard: [[{ text: "✓ Yes" }]] } });
    await choose();
    expect(emulator.answers(42)[0]?.text).toBe("?");
  });

  it("is tried once", async () => {
    emulator.fail({ kind: "cut_before", method: "setMessageReaction" });
    expect((await failure(seen("7"))).code).toBe("channel_outcome_unknown");
    expect(emulator.calls).toHaveLength(1);
  });
});

describe("reactionOf", () => {
  it("knows all reactions of Telegram, with and without a variation selector", () => {
    for (const emoji of ["👍", "❤", "❤‍🔥", "☃", "🤷‍♂", "👨‍💻", "⚡", "✍"]) {
      expect(reactionOf(emoji)).toEqual({ type: "emoji", emoji });
      expect(reactionOf(` ${emoji}\ufe0f`)).toEqual({ type: "emoji", emoji });
    }
    expect(reactionOf("❤️‍🔥")).toEqual({ type: "emoji", emoji: "❤‍🔥" });
    expect(reactionOf("👍🏽")).toBeNull();
  });
});
