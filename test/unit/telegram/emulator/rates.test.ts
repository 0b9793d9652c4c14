import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTelegramEmulator, type TelegramEmulator } from "../../../emulators/telegram/index.ts";
import { type Bot, botOf, TOKEN } from "./bot.ts";

describe("rates of the emulated Bot API", () => {
  let emulator: TelegramEmulator;
  let bot: Bot;
  let now = 1_764_000_000_000;
  beforeEach(async () => {
    emulator = await startTelegramEmulator({ token: TOKEN, now: () => now, rates: true });
    bot = botOf(emulator);
  });
  afterEach(() => emulator.close());

  const send = (chat: number, text = "x") => bot.call("sendMessage", { chat_id: chat, text });
  /** The seconds that the bot is told to wait, 0 for none. */
  const waitOf = async (calling: ReturnType<Bot["call"]>) => {
    const { status, body } = await calling;
    if (status !== 429) return 0;
    const { retry_after: seconds } = body["parameters"] as { retry_after: number };
    expect(body["description"]).toBe(`Too Many Requests: retry after ${seconds}`);
    return seconds;
  };
  const times = async (count: number, call: () => ReturnType<Bot["call"]>) => {
    for (let made = 0; made < count; made++) expect(await waitOf(call())).toBe(0);
  };
  const pass = (ms: number) => (now += ms);

  it("take a burst of 10 and then a message a second in a private chat", async () => {
    await times(10, () => send(42));
    pass(999);
    expect(await waitOf(send(42))).toBe(1);
    pass(1_000);
    await times(1, () => send(42));
    pass(1);
    await times(1, () => send(42));
    expect(await waitOf(send(42))).toBe(1);
    pass(5_000);
    await times(5, () => send(42));
    expect(emulator.answers(42)).toHaveLength(17);
  });

  it("take 20 messages in any 60 s in a group, edits included", async () => {
    await times(10, () => send(-5));
    pass(20_000);
    const [{ message_id: id } = { message_id: 0 }] = emulator.answers(-5);
    let edits = 0;
    await times(10, () => bot.call("editMessageText", { chat_id: -5, message_id: id, text: `${edits++}` }));
    expect(await waitOf(send(-5))).toBe(40);
    pass(40_000);
    await times(10, () => send(-5));
    expect(await waitOf(send(-5))).toBe(20);
    pass(20_000);
    await times(1, () => send(-6));
  });

  it("count every item of an album", async () => {
    const media = Array.from({ length: 10 }, () => ({ type: "photo", media: "attach://a" }));
    const album = (chat: string) => {
      const data = new FormData();
      data.append("chat_id", chat);
      data.append("media", JSON.stringify(media));
      data.append("a", new Blob(["x"]));
      return bot.call("sendMediaGroup", data);
    };
    await times(2, () => album("-5"));
    expect(await waitOf(send(-5))).toBe(60);
    pass(60_000);
    await times(1, () => send(42));
    await times(1, () => album("42"));
    expect(await waitOf(send(42))).toBe(2);
  });

  it("take 30 calls in any second over all chats, drafts and typing included", async () => {
    await times(8, () => bot.call("sendChatAction", { chat_id: 1, action: "typing" }));
    await times(12, () => bot.call("sendMessageDraft", { chat_id: 2, draft_id: 1, text: "x" }));
    for (let chat = 3; chat < 13; chat++) await times(1, () => send(chat));
    await times(5, () => bot.call("getMe"));
    expect(await waitOf(bot.call("sendChatAction", { chat_id: 1, action: "typing" }))).toBe(1);
    pass(1_000);
    await times(1, () => send(13));
  });

  it("refuse every call until the time is over, and note those that come too early", async () => {
    await times(20, () => send(-5));
    expect(await waitOf(send(-5))).toBe(60);
    expect(await waitOf(bot.call("getMe"))).toBe(60);
    expect(emulator.tooEarly).toEqual([]); // was under way
    pass(30_500);
    expect(await waitOf(bot.call("getMe"))).toBe(30);
    expect(await waitOf(send(42))).toBe(30);
    pass(29_500);
    expect(await waitOf(bot.call("getMe"))).toBe(0);
    expect(emulator.tooEarly.map((call) => call.method)).toEqual(["getMe", "sendMessage"]);
    expect(emulator.answers(42)).toEqual([]);
  });

  it("are not enforced unless asked for, but a scripted 429 is held to all the same", async () => {
    await emulator.close();
    emulator = await startTelegramEmulator({ token: TOKEN, now: () => now });
    bot = botOf(emulator);
    await times(40, () => send(-5));
    emulator.fail({ kind: "too_many", retryAfterS: 3 });
    expect(await waitOf(send(-5))).toBe(3);
    pass(1_000);
    expect(await waitOf(send(42))).toBe(2);
    expect(emulator.tooEarly).toHaveLength(1);
  });
});
