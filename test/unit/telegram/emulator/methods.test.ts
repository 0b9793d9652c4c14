import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTelegramEmulator, type TelegramEmulator } from "../../../emulators/telegram/index.ts";

const TOKEN = "77:token";

describe("the emulated Bot API", () => {
  let emulator: TelegramEmulator;
  let now = 1_764_000_000_000;
  beforeEach(async () => {
    emulator = await startTelegramEmulator({ token: TOKEN, now: () => now });
  });
  afterEach(() => emulator.close());

  const call = async (method: string, params: object = {}, token = TOKEN) => {
    const response = await fetch(`${emulator.url}/bot${token}/${method}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(params),
    });
    return { status: response.status, body: (await response.json()) as { [key: string]: unknown } };
  };
  const refused = (code: number, description: RegExp) => ({
    status: code,
    body: { ok: false, error_code: code, description: expect.stringMatching(description) as unknown },
  });

  it("knows its bot by the token only", async () => {
    expect((await call("getMe")).body).toMatchObject({
      ok: true,
      result: { id: 77, is_bot: true, username: "claw_bot" },
    });
    expect(await call("getMe", {}, "77:other")).toEqual(refused(401, /^Unauthorized$/u));
    expect(await call("getNothing")).toEqual(refused(404, /^Not Found/u));
    expect((await fetch(`${emulator.url}/`)).status).toBe(404);
  });

  it("takes calls as JSON, as a form and in the query", async () => {
    const form = new URLSearchParams({ chat_id: "42", text: "7", disable_notification: "true" });
    const posted = await fetch(`${emulator.url}/bot${TOKEN}/sendMessage`, { method: "POST", body: form });
    const got = await fetch(`${emulator.url}/bot${TOKEN}/sendMessage?chat_id=42&text=8`);
    expect([posted.status, got.status]).toEqual([200, 200]);
    expect(emulator.messages(42).map((message) => message.text)).toEqual(["7", "8"]);
  });

  it.each([
    [{ chat_id: 42 }, /sendMessage\.text: missing/u],
    [{ chat_id: 42, text: 5 }, /sendMessage\.text: not String/u],
    [{ chat_id: 42, text: "x", colour: "red" }, /sendMessage\.colour: unknown/u],
    [{ chat_id: 42, text: "x", reply_parameters: { message_id: "1" } }, /reply_parameters: not ReplyParameters/u],
    [{ chat_id: 42, text: "x", entities: [{ type: "bold" }] }, /entities: not Array of MessageEntity/u],
    [{ chat_id: 42, text: "" }, /message text is empty/u],
    [{ chat_id: 42, text: " \n " }, /message text is empty/u],
    [{ chat_id: 42, text: "<b></b>", parse_mode: "HTML" }, /message text is empty/u],
    [{ chat_id: 42, text: "\u200b\u3164" }, /text must be non-empty/u],
    [{ chat_id: 42, text: "<b>&#8203;</b>", parse_mode: "HTML" }, /text must be non-empty/u],
    [{ chat_id: 42, text: "x".repeat(4097) }, /message is too long/u],
    [{ chat_id: 42, text: "<b>x", parse_mode: "HTML" }, /can't parse entities/u],
    [{ chat_id: 0, text: "x" }, /chat not found/u],
    [{ chat_id: -5, text: "x", message_thread_id: 1 }, /message thread not found/u],
    [{ chat_id: 42, text: "x", reply_parameters: { message_id: 1 } }, /message to be replied not found/u],
  ])("refuses to send %j", async (params, description) => {
    expect(await call("sendMessage", params)).toEqual(refused(400, description));
    expect(emulator.messages(42)).toEqual([]);
  });

  it("counts 4096 units after parsing", async () => {
    const text = `<b>${"😀".repeat(2048)}</b>`;
    expect((await call("sendMessage", { chat_id: 42, text, parse_mode: "HTML" })).status).toBe(200);
    expect((await call("sendMessage", { chat_id: 42, text: `x${text}`, parse_mode: "HTML" })).status).toBe(400);
  });

  it("refuses a person who has blocked the bot", async () => {
    emulator.block(42);
    expect(await call("sendMessage", { chat_id: 42, text: "x" })).toEqual(refused(403, /blocked by the user/u));
    emulator.block(42, false);
    expect((await call("sendMessage", { chat_id: 42, text: "x" })).status).toBe(200);
  });

  it("keeps a draft for 30 s, one for each id, in private chats only", async () => {
    const draft = (params: object) => call("sendMessageDraft", { chat_id: 42, draft_id: 5, text: "x", ...params });
    await draft({});
    await draft({ text: "xy" });
    await draft({ draft_id: 6, text: "" });
    expect(emulator.drafts(42).map((shown) => shown.text)).toEqual(["xy", ""]);
    now += 30_000;
    expect(emulator.drafts(42)).toEqual([]);
    expect((await draft({ draft_id: 0 })).status).toBe(400);
    expect((await draft({ chat_id: -5 })).status).toBe(400);
    expect((await draft({ text: "x".repeat(4097) })).status).toBe(400);
  });

  it("shows typing for 5 s or until a message comes", async () => {
    await call("sendChatAction", { chat_id: 42, action: "typing" });
    expect(emulator.isTyping(42)).toBe(true);
    now += 5_000;
    expect(emulator.isTyping(42)).toBe(false);
    await call("sendChatAction", { chat_id: 42, action: "typing" });
    await call("sendMessage", { chat_id: 42, text: "x" });
    expect(emulator.isTyping(42)).toBe(false);
    expect((await call("sendChatAction", { chat_id: 42, action: "thinking" })).status).toBe(400);
  });

  it("refuses the whole bot after a 429 until its time has passed", async () => {
    emulator.fail({ kind: "too_many", retryAfterS: 3, method: "sendMessage" });
    const limited = { ...refused(429, /retry after 3/u).body, parameters: { retry_after: 3 } };
    expect((await call("sendMessage", { chat_id: 42, text: "x" })).body).toEqual(limited);
    now += 1_500;
    expect((await call("getMe")).body).toMatchObject({ error_code: 429, parameters: { retry_after: 2 } });
    now += 1_500;
    expect((await call("getMe")).status).toBe(200);
  });

  it("cuts the connection before or after it has carried out a call", async () => {
    emulator.fail({ kind: "cut_before", chatId: 42 });
    await expect(call("sendMessage", { chat_id: 42, text: "before" })).rejects.toThrow();
    emulator.fail({ kind: "cut_after", method: "sendMessage" });
    await expect(call("sendMessage", { chat_id: 42, text: "after" })).rejects.toThrow();
    emulator.fail({ kind: "status", status: 503, times: 2 });
    expect((await call("getMe")).status).toBe(503);
    emulator.heal();
    expect((await call("getMe")).status).toBe(200);
    expect(emulator.messages(42).map((message) => message.text)).toEqual(["after"]);
    expect(emulator.calls.map((made) => made.status)).toEqual([0, 0, 503, 200]);
  });

  it("writes what people say as their clients do", () => {
    const first = emulator.say({ from: 42, text: "/new@claw_bot hi" });
    expect(first.message).toMatchObject({
      chat: { id: 42, type: "private" },
      from: { id: 42, is_bot: false },
      entities: [{ type: "bot_command", offset: 0, length: 13 }],
    });
    const second = emulator.say({
      from: 42,
      chat: -5,
      caption: "😀 @claw_bot https://x.y",
      topic: 9,
      replyTo: 1,
    });
    expect(second.message).toMatchObject({
      chat: { id: -5, type: "supergroup" },
      caption_entities: [
        { type: "mention", offset: 3, length: 9 },
        { type: "url", offset: 13, length: 11 },
      ],
      message_thread_id: 9,
      is_topic_message: true,
    });
    expect(second.update_id).toBe(first.update_id + 1);
  });
});
