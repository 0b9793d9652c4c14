import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTelegramEmulator, type TelegramEmulator } from "../../../emulators/telegram/index.ts";
import { PlayAct } from "../../../emulators/telegram/play-act.ts";
import { readPlayLine } from "../../../emulators/telegram/play-line.ts";
import { type Bot, botOf, TOKEN } from "./bot.ts";

const KINDS = ["message", "edited_message", "callback_query", "message_reaction", "my_chat_member"];

describe("PlayAct", () => {
  let emulator: TelegramEmulator;
  let bot: Bot;
  let act: PlayAct;
  let printed: string[];
  beforeEach(async () => {
    emulator = await startTelegramEmulator({ token: TOKEN });
    bot = botOf(emulator);
    printed = [];
    act = new PlayAct(emulator, (line) => void printed.push(line));
  });
  afterEach(() => emulator.close());

  const type = (...lines: readonly string[]) => {
    for (const line of lines) {
      const read = readPlayLine(line);
      if (read) act.do(read);
    }
  };
  const updates = async () => Object((await bot.call("getUpdates", { allowed_updates: KINDS })).body).result;

  it("sends texts, replies, files and albums, and prints their numbers", async () => {
    type("hello", "!reply 100 again", "!doc", "!photo what is it?", "!album 2 these", "!doc ./package.json");
    expect(printed.slice(0, 6)).toEqual([
      "     message 100",
      "     message 101",
      "     message 102 document notes.txt (10 bytes)",
      "     message 103 photo square.png (79 bytes)",
      "     message 104 photo square.png (79 bytes)",
      "     message 105 photo square.png (79 bytes)",
    ]);
    expect(printed[6]).toMatch(/^ {5}message 106 document package\.json \(\d+ bytes\)$/);
    expect(await updates()).toMatchObject([
      { message: { text: "hello" } },
      { message: { text: "again", reply_to_message: { message_id: 100 } } },
      { message: { document: { file_name: "notes.txt" } } },
      { message: { caption: "what is it?" } },
      { message: { caption: "these", media_group_id: expect.any(String) } },
      { message: { media_group_id: expect.any(String) } },
      {},
    ]);
  });

  it("prints why something cannot be done, and tells the bot nothing", async () => {
    const reply_markup = { inline_keyboard: [[{ text: "Yes", callback_data: "1" }]] };
    await bot.call("sendMessage", { chat_id: 42, text: "Sure?", reply_markup });
    await bot.call("sendMessage", { chat_id: 42, text: "plain" });
    type(
      "!edit 7 x",
      "!edit 100 x",
      "!react 7",
      "!press 7 Yes",
      "!press 100 No",
      "!press 101 Yes",
      "!reply 7 x",
      "!wat",
    );
    type("!photo ./not-there.png");
    expect(printed.slice(0, 7)).toEqual([
      "     no message 7 in chat 42",
      "     message 100 is not of person 42",
      "     no message 7 in chat 42",
      "     no message 7 in chat 42",
      "     message 100 has only the buttons Yes",
      "     message 101 has no buttons",
      "     no message 7 in chat 42",
    ]);
    expect(printed[7]).toMatch(/^ {5}!wat is not understood; there is:\n {7}!photo .*\n.*!doc /);
    expect(printed[8]).toContain("ENOENT");
    expect(await updates()).toEqual([]);
  });

  it("carries out presses, edits and reactions that can be", async () => {
    const reply_markup = { inline_keyboard: [[{ text: "Yes", callback_data: "1" }]] };
    await bot.call("sendMessage", { chat_id: 42, text: "Sure?", reply_markup });
    await updates(); // says which kinds it wants
    type("!press 100 Yes", "hello", "!edit 101 bye", "!react 100 👍");
    expect(await updates()).toMatchObject([
      { callback_query: { data: "1" } },
      { message: { text: "hello" } },
      { edited_message: { text: "bye" } },
      { message_reaction: { message_id: 100 } },
    ]);
    expect(printed).toEqual(["     message 101"]);
  });

  it("says of a group that the bot was taken out of that it gets nothing of it", async () => {
    type(
      "#-100 hello",
      "#-100 !leave",
      "#-100 still there?",
      "#-100 !react 100 👍",
      "#-100 !join",
      "#-100 hello again",
    );
    const gone = "     the bot is not in group -100 and gets nothing of this; #-100 !join lets it in";
    expect(printed.filter((line) => line === gone)).toHaveLength(3);
    expect(printed.at(-1)).toMatch(/^ {5}message \d+$/);
    const texts = (await updates()).flatMap(({ message }: { message?: { text?: string } }) => message?.text ?? []);
    expect(texts).toEqual(["hello", "hello again"]);
  });
});
