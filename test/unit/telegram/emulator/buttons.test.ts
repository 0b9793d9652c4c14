import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTelegramEmulator, type TelegramEmulator } from "../../../emulators/telegram/index.ts";
import { type Bot, botOf, refused, TOKEN, updatesOf } from "./bot.ts";

describe("buttons of the emulated Telegram", () => {
  let emulator: TelegramEmulator;
  let bot: Bot;
  let now = 1_764_000_000_000;
  beforeEach(async () => {
    emulator = await startTelegramEmulator({ token: TOKEN, now: () => now });
    bot = botOf(emulator);
  });
  afterEach(() => emulator.close());

  const offer = (...rows: readonly (readonly object[])[]) =>
    bot.call("sendMessage", { chat_id: 42, text: "x", reply_markup: { inline_keyboard: rows } });
  const button = (data: string) => ({ text: "a", callback_data: data });
  const answer = (queryId: string, params: object = {}) =>
    bot.call("answerCallbackQuery", { callback_query_id: queryId, ...params });

  it.each([
    ["no data", [{ text: "a" }], /Text buttons are unallowed/u],
    ["two actions", [{ ...button("b"), url: "https://x.y" }], /Text buttons are unallowed/u],
    ["no label", [{ ...button("b"), text: "" }], /Button text must be non-empty/u],
    ["empty data", [button("")], /BUTTON_DATA_INVALID/u],
    ["data of 65 bytes", [button(`${"é".repeat(32)}x`)], /BUTTON_DATA_INVALID/u],
    ["a link to nowhere", [{ text: "a", url: "javascript:x" }], /BUTTON_URL_INVALID/u],
    ["101 buttons", Array.from({ length: 101 }, () => button("b")), /reply markup is too long/u],
    ["a field of its own", [{ ...button("b"), colour: "red" }], /reply_markup: not/u],
  ])("refuses a keyboard with %s", async (_what, row, problem) => {
    expect(await offer(row)).toEqual(refused(400, problem));
    expect(emulator.answers(42)).toEqual([]);
  });

  it("keeps a keyboard as it was sent, without empty rows", async () => {
    const rows = [[button("é".repeat(32)), { text: "b", url: "https://x.y" }], [], [button("c")]];
    expect((await offer(...rows)).status).toBe(200);
    const shown = [rows[0], rows[2]];
    expect(emulator.answers(42)[0]?.reply_markup).toEqual({ inline_keyboard: shown });
  });

  it("tells the bot which button a person pressed, by its label or its data", async () => {
    await offer([{ text: "Yes", callback_data: "d1" }]);
    const [shown] = emulator.answers(42);
    const first = emulator.press(42, shown!.message_id, 42, "Yes");
    emulator.press(42, shown!.message_id, 7, "d1");
    emulator.press(42, shown!.message_id, 42, "never offered");
    expect(await updatesOf(bot)).toMatchObject([
      { callback_query: { id: first.queryId, from: { id: 42 }, data: "d1", message: { text: "x", chat: { id: 42 } } } },
      { callback_query: { from: { id: 7 }, data: "d1" } },
      { callback_query: { data: "never offered" } },
    ]);
  });

  it("tells of a press under a message that is gone only that it was there", async () => {
    await offer([button("b")]);
    const id = emulator.answers(42)[0]!.message_id;
    await bot.call("deleteMessage", { chat_id: 42, message_id: id });
    emulator.press(42, id, 42, "b");
    const [update] = await updatesOf(bot);
    expect(update).toMatchObject({ callback_query: { message: { message_id: id, date: 0 } } });
  });

  it("takes one answer to a press, of 200 characters at most and within its time", async () => {
    const { queryId } = emulator.press(42, 1, 42, "b");
    expect(await answer(queryId, { text: "x".repeat(201) })).toEqual(refused(400, /MESSAGE_TOO_LONG/u));
    expect([emulator.isAnswered(queryId), emulator.answerText(queryId)]).toEqual([false, null]);
    expect((await answer(queryId, { text: "x".repeat(200) })).body).toEqual({ ok: true, result: true });
    expect([emulator.isAnswered(queryId), emulator.answerText(queryId)]).toEqual([true, "x".repeat(200)]);
    const tooOld = refused(400, /query is too old and response timeout expired or query ID is invalid/u);
    expect(await answer(queryId)).toEqual(tooOld);
    expect(await answer("12345")).toEqual(tooOld);
    const late = emulator.press(42, 1, 42, "b").queryId;
    now += 15_000;
    expect((await answer(late)).status).toBe(200);
    expect(emulator.answerText(late)).toBe("");
    const later = emulator.press(42, 1, 42, "b").queryId;
    now += 15_001;
    expect(await answer(later)).toEqual(tooOld);
  });
});
