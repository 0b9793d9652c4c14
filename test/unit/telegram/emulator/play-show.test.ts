import { InputFile, InputMediaBuilder } from "grammy";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTelegramEmulator, type TelegramEmulator } from "../../../emulators/telegram/index.ts";
import { describeCall, describeMessage } from "../../../emulators/telegram/play-show.ts";
import { type Bot, botOf, TOKEN } from "./bot.ts";

describe("what play.ts prints", () => {
  let emulator: TelegramEmulator;
  let bot: Bot;
  beforeEach(async () => {
    emulator = await startTelegramEmulator({ token: TOKEN });
    bot = botOf(emulator);
  });
  afterEach(() => emulator.close());

  const printed = () => emulator.calls.flatMap((call) => describeCall(emulator, call));
  const file = (name: string) => new InputFile(new Uint8Array(3), name);

  it("shows a text with its number and buttons", async () => {
    const markup = { inline_keyboard: [[{ text: "Yes", callback_data: "1" }], [{ text: "No", callback_data: "2" }]] };
    await bot.call("sendMessage", { chat_id: 42, text: "<b>Sure?</b>", parse_mode: "HTML", reply_markup: markup });
    expect(printed()).toEqual(["bot to 42 (200): Sure?", "     message 100 [Yes] [No]"]);
  });

  it("shows the files of an album, and the words of a rich message", async () => {
    const photos = [InputMediaBuilder.photo(file("a.jpg"), { caption: "c" }), InputMediaBuilder.photo(file("b.jpg"))];
    await bot.api.sendMediaGroup(42, photos);
    await bot.call("sendRichMessage", { chat_id: 42, rich_message: { html: "<h1>T</h1>x" } });
    expect(emulator.calls.slice(0, 1).flatMap((call) => describeCall(emulator, call))).toHaveLength(4);
    expect(describeMessage(emulator, emulator.answers(42)[0]!)).toBe("     message 100 photo a.jpg (3 bytes)");
    expect(printed().slice(-2)).toEqual(["bot to 42 (200): T\nx", "     message 102"]);
  });

  it("shows an edit as the text that is there now", async () => {
    await bot.call("sendMessage", { chat_id: 42, text: "old" });
    await bot.call("editMessageText", { chat_id: 42, message_id: 100, text: "new" });
    expect(printed().slice(-2)).toEqual(["bot edits 100 in 42 (200): new", "     message 100"]);
  });

  it("says what did not arrive, and what did without the bot's knowing", async () => {
    emulator.fail({ kind: "cut_after", method: "sendMessage" });
    await bot.call("sendMessage", { chat_id: 42, text: "x" }).catch(() => null);
    emulator.block(42);
    await bot.call("sendMessage", { chat_id: 42, text: "y" });
    expect(printed()).toEqual([
      "bot to 42 (cut): x",
      "     message 100",
      "bot to 42 (403): not shown: Forbidden: bot was blocked by the user",
    ]);
  });

  it("names other calls, and keeps quiet about polls", async () => {
    await bot.call("getUpdates");
    await bot.call("sendChatAction", { chat_id: 42, action: "typing" });
    expect(printed()).toEqual(['     sendChatAction 200 {"chat_id":42,"action":"typing"}']);
  });
});
