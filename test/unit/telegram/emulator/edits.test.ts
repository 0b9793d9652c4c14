import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTelegramEmulator, type TelegramEmulator } from "../../../emulators/telegram/index.ts";
import { type Bot, botOf, refused, TOKEN } from "./bot.ts";

const keyboard = (...labels: readonly string[]) => ({
  inline_keyboard: [labels.map((label) => ({ text: label, callback_data: `data of ${label}` }))],
});

describe("changes to messages of the emulated Bot API", () => {
  let emulator: TelegramEmulator;
  let bot: Bot;
  let now = 1_764_000_000_000;
  beforeEach(async () => {
    emulator = await startTelegramEmulator({ token: TOKEN, now: () => now });
    bot = botOf(emulator);
  });
  afterEach(() => emulator.close());

  const send = async (params: object = {}) => {
    await bot.call("sendMessage", { chat_id: 42, text: "old", ...params });
    return emulator.answers(42).at(-1)?.message_id;
  };
  const edit = (messageId: unknown, params: object) =>
    bot.call("editMessageText", { chat_id: 42, message_id: messageId, ...params });

  it("shows the new text, without the keyboard that was not named again", async () => {
    const id = await send({ text: "<b>old</b>", parse_mode: "HTML", reply_markup: keyboard("a") });
    now += 5_000;
    expect((await edit(id, { text: "new <i>one</i>", parse_mode: "HTML" })).body).toMatchObject({ ok: true });
    const [shown] = emulator.answers(42);
    expect(shown).toEqual({
      message_id: id,
      from: emulator.me,
      chat: { id: 42, type: "private", first_name: "Person 42" },
      date: 1_764_000_000,
      edit_date: 1_764_000_005,
      text: "new one",
      entities: [{ type: "italic", offset: 4, length: 3 }],
    });
  });

  it.each([
    [{ text: " old " }, /^Bad Request: message is not modified: specified new message content and reply markup/u],
    [{ text: "" }, /message text is empty/u],
    [{}, /message text is empty/u],
    [{ text: "x".repeat(4097) }, /message is too long/u],
    [{ text: "<b>x", parse_mode: "HTML" }, /can't parse entities/u],
    [{ text: "x", rich_message: { html: "<p>x</p>" } }, /exactly one of text and rich_message/u],
    [{ text: "x", message_id: 1 }, /message to edit not found/u],
    [{ text: "x", message_id: undefined }, /message identifier is not specified/u],
    [{ text: "x", reply_markup: { inline_keyboard: [[{ text: "a" }]] } }, /can't parse inline keyboard button/u],
  ])("refuses the edit %j", async (params, problem) => {
    const id = await send();
    expect(await edit(id, params)).toEqual(refused(400, problem));
    expect(emulator.answers(42)).toMatchObject([{ text: "old" }]);
  });

  it("counts a change of the formatting or of the keyboard alone as one", async () => {
    const id = await send({ reply_markup: keyboard("a") });
    expect((await edit(id, { text: "old", reply_markup: keyboard("a") })).status).toBe(400);
    expect((await edit(id, { text: "<b>old</b>", parse_mode: "HTML", reply_markup: keyboard("a") })).status).toBe(200);
    expect((await edit(id, { text: "<b>old</b>", parse_mode: "HTML", reply_markup: keyboard("b") })).status).toBe(200);
  });

  it("edits only texts of the bot", async () => {
    const { message } = emulator.say({ from: 42, text: "mine" });
    expect(await edit(message.message_id, { text: "x" })).toEqual(refused(400, /message can't be edited/u));
    const data = new FormData();
    data.append("chat_id", "42");
    data.append("photo", new Blob(["x"]));
    await bot.call("sendPhoto", data);
    const id = emulator.answers(42).at(-1)?.message_id;
    expect(await edit(id, { text: "x" })).toEqual(refused(400, /there is no text in the message to edit/u));
    const markup = { chat_id: 42, message_id: id, reply_markup: keyboard("a") };
    expect((await bot.call("editMessageReplyMarkup", markup)).status).toBe(200);
  });

  it("takes a keyboard away, once", async () => {
    const id = await send({ reply_markup: keyboard("a", "b") });
    const params = { chat_id: 42, message_id: id };
    expect((await bot.call("editMessageReplyMarkup", params)).status).toBe(200);
    expect(emulator.answers(42)[0]?.reply_markup).toBeUndefined();
    expect(await bot.call("editMessageReplyMarkup", params)).toEqual(refused(400, /message is not modified/u));
  });

  it("deletes its own messages everywhere and those of others in private chats, for 48 hours", async () => {
    const remove = (chat: number, id: unknown) => bot.call("deleteMessage", { chat_id: chat, message_id: id });
    const own = await send();
    const said = emulator.say({ from: 42, text: "x" }).message.message_id;
    const inGroup = emulator.say({ from: 42, chat: -5, text: "x" }).message.message_id;
    expect((await remove(42, own)).body).toEqual({ ok: true, result: true });
    expect((await remove(42, said)).status).toBe(200);
    expect(await remove(-5, inGroup)).toEqual(refused(400, /message can't be deleted/u));
    expect(await remove(42, own)).toEqual(refused(400, /message to delete not found/u));
    expect(emulator.messages(42)).toEqual([]);
    const old = await send();
    now += 48 * 3_600_000;
    expect(await remove(42, old)).toEqual(refused(400, /message can't be deleted/u));
  });

  it("reacts with one emoji of Telegram's list, or none", async () => {
    const { message } = emulator.say({ from: 42, text: "x" });
    const react = (...emojis: readonly string[]) =>
      bot.call("setMessageReaction", {
        chat_id: 42,
        message_id: message.message_id,
        reaction: emojis.map((emoji) => ({ type: "emoji", emoji })),
      });
    const shown = () => emulator.messages(42)[0]?.botReactions;
    expect((await react("👀")).status).toBe(200);
    expect(shown()).toEqual(["👀"]);
    expect((await react("👨‍💻")).status).toBe(200);
    expect(await react("🍕")).toEqual(refused(400, /REACTION_INVALID/u));
    expect(await react("❤️")).toEqual(refused(400, /REACTION_INVALID/u));
    expect(await react("👍", "👎")).toEqual(refused(400, /REACTIONS_TOO_MANY/u));
    expect(shown()).toEqual(["👨‍💻"]);
    expect((await react()).status).toBe(200);
    expect(shown()).toBeUndefined();
    expect(await bot.call("setMessageReaction", { chat_id: 42, message_id: 1, reaction: [] })).toEqual(
      refused(400, /message to react not found/u),
    );
  });

  it("puts a rich message in the place of a text and back", async () => {
    const id = await send();
    expect((await edit(id, { rich_message: { html: "<h1>T</h1><p>x</p>" } })).status).toBe(200);
    expect(emulator.answers(42)).toMatchObject([{ message_id: id, plainText: "T\nx" }]);
    expect(emulator.answers(42)[0]?.text).toBeUndefined();
    expect(await edit(id, { rich_message: { html: "<h1>T</h1>\n<p>x</p>" } })).toEqual(refused(400, /not modified/u));
    expect((await edit(id, { text: "y" })).status).toBe(200);
    expect(emulator.answers(42)[0]).toMatchObject({ text: "y" });
    expect(emulator.answers(42)[0]?.rich_message).toBeUndefined();
  });

  it("changes nothing in a chat that is closed to it", async () => {
    const id = await send();
    emulator.block(42);
    const params = { chat_id: 42, message_id: id };
    for (const [method, more] of [
      ["editMessageText", { text: "x" }],
      ["editMessageReplyMarkup", {}],
      ["deleteMessage", {}],
      ["setMessageReaction", { reaction: [] }],
    ] as const) {
      expect(await bot.call(method, { ...params, ...more })).toEqual(refused(403, /blocked by the user/u));
    }
  });
});
