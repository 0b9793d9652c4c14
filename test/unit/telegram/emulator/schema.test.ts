import { InputFile, InputMediaBuilder } from "grammy";
import { describe, expect, it } from "vitest";
import { startTelegramEmulator } from "../../../emulators/telegram/index.ts";
import { METHODS } from "../../../emulators/telegram/methods.ts";
import { OWN_SCHEMA } from "../../../emulators/telegram/own-schema.ts";
import { checkCall, checkType, type Entry, readParameter } from "../../../emulators/telegram/schema.ts";
import { botOf, officialSchema, TOKEN, updatesOf } from "./bot.ts";

if (!officialSchema) console.warn("SKIPPED: the official schema is not there; nothing is compared with it");

describe("our own schema", () => {
  it("has every method, and every type that they name except keyboards below the input", () => {
    expect(Object.keys(OWN_SCHEMA.methods).sort()).toEqual([...METHODS.keys()].sort());
    const entries = [...Object.values(OWN_SCHEMA.methods), ...Object.values(OWN_SCHEMA.types)];
    const named = entries
      .flatMap(({ fields = [], subtypes = [] }) => [...fields.flatMap((field) => field.types), ...subtypes])
      .map((type) => type.replace(/^(?:Array of )+/u, ""));
    const missing = new Set(named.filter((type) => !(type in OWN_SCHEMA.types)));
    expect([...missing].sort()).toEqual([
      "Boolean",
      "ForceReply",
      "Integer",
      "ReplyKeyboardMarkup",
      "ReplyKeyboardRemove",
      "String",
    ]);
  });

  it.skipIf(!officialSchema)(
    "says of each field what the official one says, and leaves out none that is needed",
    () => {
      const compare = (own: Readonly<Record<string, Entry>>, official: Readonly<Record<string, Entry>> = {}) => {
        for (const [name, { fields = [], subtypes = [] }] of Object.entries(own)) {
          const { fields: all = [], subtypes: allSubtypes = [] } = official[name] ?? { fields: [] };
          expect([name, name in official, subtypes]).toEqual([name, true, allSubtypes]);
          const named = new Set(fields.map((field) => field.name));
          const wanted = all.filter((field) => named.has(field.name) || field.required);
          const facts = (list: typeof all) =>
            Object.fromEntries(
              list.map(({ name: field, types, required }) => [`${name}.${field}`, { types, required }]),
            );
          expect(facts(fields)).toEqual(facts(wanted));
        }
      };
      compare(OWN_SCHEMA.methods, officialSchema?.methods);
      compare(OWN_SCHEMA.types, officialSchema?.types);
    },
  );
});

describe("checkCall", () => {
  it("takes arrays whose elements are of several types", () => {
    const media = [
      { type: "audio", media: "a", performer: "b" },
      { type: "document", media: "c", disable_content_type_detection: true },
    ];
    expect(checkCall(OWN_SCHEMA, "sendMediaGroup", { chat_id: 42, media })).toEqual([]);
    const wrong = [{ ...media[0], disable_content_type_detection: true }];
    expect(checkCall(OWN_SCHEMA, "sendMediaGroup", { chat_id: 42, media: wrong })).toHaveLength(1);
  });
});

describe("readParameter", () => {
  it.each([
    ["sendMessage", "chat_id", "-42", -42],
    ["sendMessage", "chat_id", "@news", "@news"],
    ["sendMessage", "text", "42", "42"],
    ["sendMessage", "protect_content", "true", true],
    ["sendMessage", "protect_content", "maybe", "maybe"],
    ["sendPhoto", "photo", "42", "42"],
    ["setMyCommands", "commands", "[]", []],
    ["sendMessage", "unknown", "[]", "[]"],
  ])("reads %s.%s %j", (method, name, text, value) => {
    expect(readParameter(OWN_SCHEMA, method, name, text)).toEqual(value);
  });
});

describe("what the emulator tells", () => {
  it.skipIf(!officialSchema)("is as the official schema says", async () => {
    const schema = officialSchema ?? OWN_SCHEMA;
    const emulator = await startTelegramEmulator({ token: TOKEN, schema });
    const bot = botOf(emulator);
    const markup = { inline_keyboard: [[{ text: "a", callback_data: "b" }]] };
    const html =
      "<h1>a</h1><ul><li>b</li></ul><table><tr><td>c</td></tr></table><details><summary>d</summary>e</details>";
    const file = () => new InputFile(new Uint8Array(3), "a.pdf");
    const told: [type: string, value: unknown][] = [];
    const tell = async (type: string, method: string, params: object) =>
      told.push([type, (await bot.call(method, params)).body["result"]]);
    const all = ["message", "edited_message", "channel_post", "message_reaction", "my_chat_member", "callback_query"];
    await bot.call("getUpdates", { allowed_updates: all });

    const said = emulator.say({ from: 42, text: "hi @claw_bot" }).message.message_id;
    for (const kind of [
      "photo",
      "document",
      "voice",
      "audio",
      "video",
      "video_note",
      "animation",
      "sticker",
    ] as const) {
      emulator.say({ from: 42, file: { kind }, replyTo: said, forwarded: "Bo" });
    }
    emulator.say({ from: 42, poll: { question: "q", options: ["a"] } });
    emulator.say({ from: 42, chat: -5, topic: 3, venue: { latitude: 1, longitude: 2, title: "t", address: "a" } });
    emulator.edit(42, said, "/new");
    emulator.react(42, said, 42, ["👍"]);
    emulator.join(-5, undefined, 42);
    emulator.migrate(-5, -1005, { announce: true });
    emulator.post({ from: 42, chat: { id: -9, type: "channel", title: "News" }, text: "x" });
    const reply = { message_id: said };
    await tell("Message", "sendMessage", { chat_id: 42, text: "x", reply_parameters: reply, reply_markup: markup });
    const [sent] = emulator.answers(42);
    emulator.press(42, sent!.message_id, 42, "a");
    await tell("Message", "editMessageText", { chat_id: 42, message_id: sent!.message_id, text: "y" });
    emulator.press(42, 1, 42, "a");
    await tell("Message", "sendRichMessage", { chat_id: 42, rich_message: { html } });
    await tell("Message", "sendMessage", { chat_id: -9, text: "x" });
    await tell("User", "getMe", {});
    await tell("WebhookInfo", "getWebhookInfo", {});
    await tell("ChatFullInfo", "getChat", { chat_id: 42 });
    await tell("File", "getFile", { file_id: emulator.filesOf(emulator.messages(42)[2]!)[0]?.fileId });
    for (const method of [
      "sendPhoto",
      "sendDocument",
      "sendVoice",
      "sendAudio",
      "sendVideo",
      "sendAnimation",
    ] as const) {
      told.push(["Message", await bot.api[method](42, file(), { caption: "<b>c</b>", parse_mode: "HTML" })]);
    }
    const album = await bot.api.sendMediaGroup(42, [InputMediaBuilder.photo(file()), InputMediaBuilder.video(file())]);
    told.push(...album.map((message): [string, unknown] => ["Message", message]));
    told.push(...(await updatesOf(bot)).map((update): [string, unknown] => ["Update", update]));
    await emulator.close();

    const wrong = told.flatMap(([type, value]) => checkType(schema, type, value).map((problem) => [problem, value]));
    expect(wrong).toEqual([]);
    expect(told).toHaveLength(36);
  });
});
