import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTelegramEmulator, type TelegramEmulator } from "../../../emulators/telegram/index.ts";
import { type Bot, botOf, refused, TOKEN } from "./bot.ts";

const NEW = { command: "new", description: "Begin anew" };

describe("commands and chats of the emulated Bot API", () => {
  let emulator: TelegramEmulator;
  let bot: Bot;
  beforeEach(async () => {
    emulator = await startTelegramEmulator({ token: TOKEN });
    bot = botOf(emulator);
  });
  afterEach(() => emulator.close());

  it("keeps a list of commands for each scope and language", async () => {
    const groups = { type: "all_group_chats" };
    await bot.call("setMyCommands", { commands: [NEW] });
    await bot.call("setMyCommands", { commands: [], scope: groups });
    await bot.call("setMyCommands", { commands: [{ ...NEW, command: "neu" }], language_code: "de" });
    const listed = async (params: object) => (await bot.call("getMyCommands", params)).body["result"];
    expect(await listed({})).toEqual([NEW]);
    expect(await listed({ scope: { type: "default" } })).toEqual([NEW]);
    expect(await listed({ language_code: "de" })).toEqual([{ ...NEW, command: "neu" }]);
    expect(await listed({ scope: groups })).toEqual([]);
    expect(emulator.commands()).toEqual([NEW]);
    expect((await bot.call("deleteMyCommands")).body).toEqual({ ok: true, result: true });
    expect([await listed({}), await listed({ language_code: "de" })]).toEqual([[], [{ ...NEW, command: "neu" }]]);
  });

  it("tells the lists of two chats apart, and takes none for a chat where nobody has written", async () => {
    const of = (chat: number) => ({ type: "chat", chat_id: chat });
    emulator.say({ from: 42, chat: -5, text: "hi" });
    await bot.call("setMyCommands", { commands: [NEW], scope: of(-5) });
    const unknown = await bot.call("setMyCommands", { commands: [NEW], scope: of(-6) });
    expect(unknown).toEqual(refused(400, /chat not found/u));
    expect([emulator.commands(of(-5)), emulator.commands(of(-6))]).toEqual([[NEW], []]);
  });

  it.each([
    [{ commands: [{ ...NEW, command: "New" }] }, /BOT_COMMAND_INVALID/u],
    [{ commands: [{ ...NEW, command: "a-b" }] }, /BOT_COMMAND_INVALID/u],
    [{ commands: [{ ...NEW, command: "x".repeat(33) }] }, /BOT_COMMAND_INVALID/u],
    [{ commands: [{ ...NEW, description: "" }] }, /BOT_COMMAND_DESCRIPTION_INVALID/u],
    [{ commands: [{ ...NEW, description: "x".repeat(257) }] }, /BOT_COMMAND_DESCRIPTION_INVALID/u],
    [{ commands: Array.from({ length: 101 }, (_, n) => ({ ...NEW, command: `c${n}` })) }, /BOT_COMMANDS_TOO_MUCH/u],
    [{ commands: [NEW], scope: { type: "everybody" } }, /can't parse BotCommandScope/u],
    [{ commands: [NEW], scope: { type: "chat" } }, /can't parse BotCommandScope/u],
    [{ commands: [NEW], language_code: "english" }, /LANG_CODE_INVALID/u],
    [{ commands: "new" }, /commands: not Array of BotCommand/u],
    [{}, /commands: missing/u],
  ])("refuses to set %j", async (params, problem) => {
    expect(await bot.call("setMyCommands", params)).toEqual(refused(400, problem));
    expect(emulator.commands()).toEqual([]);
  });

  it("takes 100 commands with names of 32 and descriptions of 256 characters", async () => {
    const commands = Array.from({ length: 100 }, (_, n) => ({
      command: `command_${n}_`.padEnd(32, "x"),
      description: "é".repeat(256),
    }));
    expect((await bot.call("setMyCommands", { commands })).status).toBe(200);
  });

  it("tells of chats and people that it has seen", async () => {
    emulator.say({ from: 42, chat: -5, text: "x" });
    expect((await bot.call("getChat", { chat_id: -5 })).body["result"]).toMatchObject({ id: -5, type: "supergroup" });
    expect(await bot.call("getChat", { chat_id: -6 })).toEqual(refused(400, /chat not found/u));
    const member = async (id: number) => bot.call("getChatMember", { chat_id: -5, user_id: id });
    expect((await member(42)).body["result"]).toMatchObject({ status: "member", user: { id: 42 } });
    expect((await member(77)).body["result"]).toMatchObject({ status: "member", user: { is_bot: true } });
    expect(await member(43)).toEqual(refused(400, /member not found/u));
    emulator.leave(-5);
    expect((await member(77)).body["result"]).toMatchObject({ status: "left" });
  });
});
