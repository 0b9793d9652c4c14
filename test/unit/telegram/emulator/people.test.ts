import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type EmulatorOptions,
  startTelegramEmulator,
  type TelegramEmulator,
} from "../../../emulators/telegram/index.ts";
import { type Bot, botOf, refused, TOKEN, updatesOf } from "./bot.ts";

const ALL = { allowed_updates: ["message", "edited_message", "message_reaction", "my_chat_member", "callback_query"] };
const ANN = { id: 7, is_bot: false, first_name: "Ann" };
const CHANNEL = { id: -1009, type: "channel", title: "News" } as const;

describe("people of the emulated Telegram", () => {
  let emulator: TelegramEmulator;
  let bot: Bot;
  let now = 1_764_000_000_000;
  const start = async (options: Partial<EmulatorOptions> = {}) => {
    emulator = await startTelegramEmulator({ token: TOKEN, now: () => now, ...options });
    bot = botOf(emulator);
    await bot.call("getUpdates", ALL);
  };
  beforeEach(() => start());
  afterEach(() => emulator.close());

  it.each([
    ["photo", { photo: [{ height: 90 }, { height: 320 }, { height: 800, file_size: 3 }] }],
    ["document", { document: { file_name: "a.bin", mime_type: "a/b", file_size: 3 } }],
    ["voice", { voice: { duration: 9, mime_type: "a/b", file_size: 3 } }],
    ["audio", { audio: { duration: 9, file_name: "a.bin" } }],
    ["video", { video: { duration: 9, width: 320, file_name: "a.bin" } }],
    ["video_note", { video_note: { duration: 9, length: 240 } }],
    ["animation", { animation: { duration: 9, file_name: "a.bin" }, document: { file_name: "a.bin" } }],
    ["sticker", { sticker: { emoji: "😀", set_name: "animals", is_animated: false } }],
  ] as const)("send a %s whose bytes the bot can fetch", async (kind, shown) => {
    const file = { kind, content: "abc", name: "a.bin", mimeType: "a/b", durationS: 9, emoji: "😀" } as const;
    const { message } = emulator.say({ from: 42, file, ...(kind === "photo" && { caption: "c" }) });
    expect(message).toMatchObject(shown);
    expect(message.caption).toBe(kind === "photo" ? "c" : undefined);
    const [stored] = emulator.filesOf(message);
    const { file_path: path } = await bot.api.getFile(stored!.fileId);
    const content = await (await fetch(`${emulator.url}/file/bot${TOKEN}/${path}`)).text();
    expect([content, stored?.sha256]).toEqual(["abc", expect.stringMatching(/^ba7816bf/u)]);
  });

  it("send photos whose sizes are files of their own", async () => {
    const { photo = [] } = emulator.say({ from: 42, caption: "c" }).message;
    const links = await Promise.all(photo.map(({ file_id: id }) => bot.api.getFile(id)));
    expect(new Set(links.map((link) => link.file_path)).size).toBe(3);
  });

  it("share places, contacts, polls and dice", async () => {
    emulator.say({ from: 42, location: { latitude: 1.5, longitude: 2 } });
    emulator.say({ from: 42, venue: { latitude: 1.5, longitude: 2, title: "Inn", address: "Road 1" } });
    emulator.say({ from: 42, contact: { phone_number: "+1", first_name: "Bo" } });
    emulator.say({ from: 42, poll: { question: "q", options: ["a", "b"] } });
    emulator.say({ from: 42, dice: { emoji: "🎲", value: 6 } });
    expect(await updatesOf(bot)).toMatchObject([
      { message: { location: { latitude: 1.5 } } },
      { message: { venue: { title: "Inn", location: { longitude: 2 } }, location: {} } },
      { message: { contact: { first_name: "Bo" } } },
      { message: { poll: { question: "q", options: [{ text: "a" }, { text: "b" }] } } },
      { message: { dice: { value: 6 } } },
    ]);
    expect(emulator.messages(42).every((message) => message.text === undefined)).toBe(true);
  });

  it("send albums as several messages of one group, the caption at the first", async () => {
    emulator.sayAlbum({ from: 42, caption: "c @claw_bot" }, [{ kind: "photo" }, { kind: "video", bytes: 9 }]);
    emulator.sayAlbum({ from: 42 }, [{ kind: "document" }, { kind: "document", content: "x" }]);
    const messages = (await updatesOf(bot)).map((update) => update["message"] as { [key: string]: unknown });
    expect(messages).toMatchObject([
      { photo: [{}, {}, {}], caption: "c @claw_bot", caption_entities: [{ type: "mention" }] },
      { video: { file_size: 9 } },
      { document: {} },
      { document: { file_size: 1 } },
    ]);
    expect(messages.map((message) => "caption" in message)).toEqual([true, false, false, false]);
    const groups = messages.map((message) => message["media_group_id"]);
    expect([groups[0], groups[2], new Set(groups).size]).toEqual([groups[1], groups[3], 2]);
  });

  it("forward, answer and quote", async () => {
    const first = emulator.say({ from: 42, text: "one two" }).message.message_id;
    const second = emulator.say({ from: 42, text: "x", replyTo: first, quote: "two" }).message.message_id;
    emulator.say({ from: 42, text: "x", replyTo: second, forwarded: ANN });
    emulator.say({ from: 42, text: "x", forwarded: "Bo" });
    emulator.say({ from: 42, text: "x", forwarded: CHANNEL });
    const [, reply, ...forwards] = (await updatesOf(bot)).map((update) => update["message"]);
    expect(reply).toMatchObject({ quote: { text: "two", position: 4 }, reply_to_message: { message_id: first } });
    expect(forwards).toMatchObject([
      { forward_origin: { type: "user", sender_user: { id: 7 } }, reply_to_message: { message_id: second } },
      { forward_origin: { type: "hidden_user", sender_user_name: "Bo" } },
      { forward_origin: { type: "channel", chat: { id: -1009 } } },
    ]);
    expect(JSON.stringify(forwards[0])).not.toContain("one two");
    expect(() => emulator.say({ from: 42, text: "x", replyTo: first, quote: "three" })).toThrow("quote");
  });

  it("edit their texts and captions", async () => {
    const text = emulator.say({ from: 42, text: "old" }).message.message_id;
    const photo = emulator.say({ from: 42, caption: "old" }).message.message_id;
    await updatesOf(bot);
    now += 9_000;
    emulator.edit(42, text, "/new one");
    emulator.edit(42, photo, "new");
    expect(await updatesOf(bot)).toMatchObject([
      {
        edited_message: {
          message_id: text,
          text: "/new one",
          entities: [{ type: "bot_command" }],
          edit_date: Math.floor(now / 1000),
        },
      },
      { edited_message: { message_id: photo, caption: "new", photo: [{}, {}, {}] } },
    ]);
    expect(emulator.messages(42).map((message) => message.text ?? message.caption)).toEqual(["/new one", "new"]);
    expect(() => emulator.edit(42, 1, "x")).toThrow("no message 1");
  });

  it("react, and take it back", async () => {
    const id = emulator.say({ from: 42, text: "x" }).message.message_id;
    await updatesOf(bot);
    emulator.react(42, id, 42, ["👍"]);
    emulator.react(42, id, ANN, ["🔥"]);
    emulator.react(42, id, 42, []);
    const thumb = { type: "emoji", emoji: "👍" };
    expect(await updatesOf(bot)).toMatchObject([
      { message_reaction: { message_id: id, user: { id: 42 }, old_reaction: [], new_reaction: [thumb] } },
      { message_reaction: { user: { id: 7 }, old_reaction: [], new_reaction: [{ emoji: "🔥" }] } },
      { message_reaction: { user: { id: 42 }, old_reaction: [thumb], new_reaction: [] } },
    ]);
    expect(emulator.messages(42)[0]?.botReactions).toBeUndefined();
  });

  it("come into groups and go", async () => {
    emulator.join(-5, ANN, 42);
    emulator.leave(-5, ANN);
    expect(await updatesOf(bot)).toMatchObject([
      { message: { from: { id: 42 }, new_chat_members: [{ id: 7 }], chat: { id: -5 } } },
      { message: { from: { id: 7 }, left_chat_member: { id: 7 } } },
    ]);
  });

  it("let the bot into a group and remove it, whose calls are refused then", async () => {
    const send = () => bot.call("sendMessage", { chat_id: -5, text: "x" });
    emulator.join(-5, undefined, 42);
    expect((await send()).status).toBe(200);
    emulator.leave(-5, undefined, 42);
    emulator.say({ from: 42, chat: -5, text: "nobody hears" });
    expect(await updatesOf(bot)).toMatchObject([
      {
        my_chat_member: {
          from: { id: 42 },
          old_chat_member: { status: "left", user: { id: 77 } },
          new_chat_member: { status: "member" },
        },
      },
      { message: { new_chat_members: [{ id: 77 }] } },
      { my_chat_member: { old_chat_member: { status: "member" }, new_chat_member: { status: "kicked" } } },
    ]);
    expect(await send()).toEqual(refused(403, /^Forbidden: bot was kicked from the supergroup chat$/u));
    emulator.join(-5, undefined, 42);
    expect((await send()).status).toBe(200);
  });

  it("block the bot and tell it, when they leave the private chat", async () => {
    emulator.leave(42);
    expect((await bot.call("sendMessage", { chat_id: 42, text: "x" })).status).toBe(403);
    emulator.join(42);
    expect(await updatesOf(bot)).toMatchObject([
      { my_chat_member: { chat: { id: 42, type: "private" }, new_chat_member: { status: "kicked" } } },
      { my_chat_member: { old_chat_member: { status: "kicked" }, new_chat_member: { status: "member" } } },
    ]);
    expect((await bot.call("sendMessage", { chat_id: 42, text: "x" })).status).toBe(200);
  });

  it("turn a group into a supergroup, which both chats say", async () => {
    emulator.say({ from: 42, chat: -5, text: "x" });
    await updatesOf(bot);
    emulator.migrate(-5, -1005, { announce: true });
    expect(await updatesOf(bot)).toMatchObject([
      { message: { chat: { id: -5, type: "group" }, migrate_to_chat_id: -1005 } },
      { message: { chat: { id: -1005, type: "supergroup" }, migrate_from_chat_id: -5 } },
    ]);
    expect((await bot.call("sendMessage", { chat_id: -5, text: "x" })).body).toMatchObject({
      error_code: 400,
      parameters: { migrate_to_chat_id: -1005 },
    });
    expect(emulator.answers(-1005)).toEqual([]);
  });

  it("write into channels, where nobody is named", async () => {
    await bot.call("getUpdates", { allowed_updates: ["channel_post", "edited_channel_post"] });
    emulator.post({ from: 42, chat: CHANNEL, text: "news" });
    emulator.edit(-1009, emulator.messages(-1009)[0]!.message_id, "newer");
    const updates = await updatesOf(bot);
    expect(updates).toMatchObject([
      { channel_post: { text: "news", sender_chat: { id: -1009 }, chat: { type: "channel" } } },
      { edited_channel_post: { text: "newer" } },
    ]);
    expect(JSON.stringify(updates)).not.toContain('"from"');
  });

  it("are not heard where the bot did not ask", async () => {
    const id = emulator.say({ from: 42, text: "x" }).message.message_id;
    await updatesOf(bot);
    await bot.call("getUpdates", { allowed_updates: ["message"] });
    emulator.edit(42, id, "y");
    emulator.react(42, id, 42, ["👍"]);
    emulator.press(42, id, 42, "b");
    emulator.leave(42);
    expect(await updatesOf(bot)).toEqual([]);
  });

  describe("in groups of a bot in privacy mode", () => {
    beforeEach(async () => {
      await emulator.close();
      await start({ privacyMode: true, name: "Claude" });
    });

    it("are heard when they mean the bot, and only then", async () => {
      await bot.call("sendMessage", { chat_id: -5, text: "hi" });
      const [own] = emulator.answers(-5);
      const others = emulator.say({ from: 42, chat: -5, text: "to nobody" }).message.message_id;
      const heard = ["/new", "/new@claw_bot x", "hi @claw_bot", "hi @Claw_Bot!"];
      const unheard = ["hi", "/new@other_bot", "hi @claw_bot2", "claw_bot"];
      for (const text of [...heard, ...unheard]) emulator.say({ from: 42, chat: -5, text });
      emulator.say({ from: 42, chat: -5, text: "to the bot", replyTo: own!.message_id });
      emulator.say({ from: 42, chat: -5, text: "to another", replyTo: others });
      emulator.say({ from: 42, chat: -5, caption: "see @claw_bot" });
      emulator.edit(-5, others, "still to nobody");
      emulator.react(-5, own!.message_id, 42, ["👍"]);
      emulator.join(-5, ANN);
      emulator.say({ from: 42, text: "in private" });
      const said = (await updatesOf(bot)).map((update) => update["message"] as { [key: string]: unknown });
      expect(said.map((message) => message["text"] ?? message["caption"] ?? "service")).toEqual([
        ...heard,
        "to the bot",
        "see @claw_bot",
        "service",
        "in private",
      ]);
      expect(emulator.messages(-5)).toHaveLength(14);
    });

    it("can be told so by getMe", async () => {
      const result = { first_name: "Claude", can_read_all_group_messages: false };
      expect((await bot.call("getMe")).body).toMatchObject({ result });
    });
  });
});
