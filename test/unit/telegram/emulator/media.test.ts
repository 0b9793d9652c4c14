import { createHash } from "node:crypto";
import { InputFile, InputMediaBuilder } from "grammy";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTelegramEmulator, type TelegramEmulator } from "../../../emulators/telegram/index.ts";
import { type Bot, botOf, refused, TOKEN } from "./bot.ts";

const HOUR_MS = 3_600_000;
const bytes = (text: string) => new TextEncoder().encode(text);
const upload = (name: string, content = "content") => new InputFile(bytes(content), name);

describe("files of the emulated Bot API", () => {
  let emulator: TelegramEmulator;
  let bot: Bot;
  let now = 1_764_000_000_000;
  beforeEach(async () => {
    emulator = await startTelegramEmulator({ token: TOKEN, now: () => now });
    bot = botOf(emulator);
  });
  afterEach(() => emulator.close());

  const form = (values: Readonly<Record<string, string | Blob>>) => {
    const data = new FormData();
    for (const [name, value] of Object.entries(values)) data.append(name, value);
    return data;
  };
  const download = (path: string, token = TOKEN) => fetch(`${emulator.url}/file/bot${token}/${path}`);
  const linkOf = async (fileId: unknown) => {
    const { body } = await bot.call("getFile", { file_id: fileId });
    return String((body["result"] as { file_path: string }).file_path);
  };

  it.each([
    ["photo", "sendPhoto"],
    ["document", "sendDocument"],
    ["voice", "sendVoice"],
    ["audio", "sendAudio"],
    ["video", "sendVideo"],
    ["animation", "sendAnimation"],
  ] as const)("shows a %s with its caption, however it is sent", async (kind, method) => {
    await bot.api[method](42, upload("a.pdf"), { caption: "<b>c</b> 7", parse_mode: "HTML" });
    await bot.call(method, form({ chat_id: "42", [kind]: new Blob(["content"]), caption: "7" }));
    const [first, second] = emulator.answers(42);
    const facts = { kind, bytes: 7, content: Buffer.from("content") };
    const sha256 = createHash("sha256").update("content").digest("hex");
    expect(first).toMatchObject({ caption: "c 7", caption_entities: [{ type: "bold", offset: 0, length: 1 }] });
    expect(emulator.filesOf(first!)).toMatchObject([{ ...facts, sha256, name: "a.pdf", mimeType: "application/pdf" }]);
    expect(second).toMatchObject({ caption: "7", chat: { id: 42 } });
    expect(emulator.filesOf(second!)).toMatchObject([facts]);
    expect(emulator.calls.map((call) => [call.method, [...call.files.values()].map((file) => file.bytes)])).toEqual([
      [method, [7]],
      [method, [7]],
    ]);
  });

  it("reads the JSON of other parts, and leaves texts as they are", async () => {
    const replied = emulator.say({ from: 42, text: "hi" }).message.message_id;
    await bot.call(
      "sendDocument",
      form({
        chat_id: "42",
        caption: "[7]",
        document: new Blob(["x"]),
        reply_parameters: JSON.stringify({ message_id: replied }),
        reply_markup: JSON.stringify({ inline_keyboard: [[{ text: "a", callback_data: "b" }]] }),
        disable_notification: "true",
      }),
    );
    expect(emulator.answers(42)).toMatchObject([
      {
        caption: "[7]",
        reply_to_message: { message_id: replied },
        reply_markup: { inline_keyboard: [[{ text: "a", callback_data: "b" }]] },
      },
    ]);
  });

  it("sends a file again by its id, as what it was", async () => {
    const { document } = await bot.api.sendDocument(42, upload("a.txt"));
    await bot.api.sendDocument(43, document.file_id);
    expect(emulator.filesOf(emulator.answers(43)[0]!)).toEqual(emulator.filesOf(emulator.answers(42)[0]!));
    const again = { chat_id: 42, photo: document.file_id };
    expect(await bot.call("sendPhoto", again)).toEqual(refused(400, /can't use file of type document as photo/u));
  });

  it("refuses what is no file, too large for a photo or empty, and shows nothing of it", async () => {
    const call = (photo: unknown) => bot.call("sendPhoto", { chat_id: 42, photo });
    expect(await call("unknown")).toEqual(refused(400, /wrong file identifier\/HTTP URL specified/u));
    expect(await call("https://x.y/z.png")).toEqual(refused(400, /failed to get HTTP URL content/u));
    expect(await call("attach://nothing")).toEqual(refused(400, /there is no photo in the request/u));
    expect(await bot.call("sendPhoto", form({ chat_id: "42", photo: new Blob([]) }))).toEqual(
      refused(400, /file must be non-empty/u),
    );
    const large = new Blob([new Uint8Array(10_485_761)]);
    expect(await bot.call("sendPhoto", form({ chat_id: "42", photo: large }))).toEqual(
      refused(400, /file of size 10485761 bytes is too big for a photo; the maximum size is 10485760 bytes/u),
    );
    expect((await bot.call("sendDocument", form({ chat_id: "42", document: large }))).status).toBe(200);
    expect(emulator.answers(42)).toHaveLength(1);
  });

  it("answers 413 to more than 50 MB, after reading all of it", async () => {
    const large = new Blob([new Uint8Array(52_428_801)]);
    expect(await bot.call("sendDocument", form({ chat_id: "42", document: large }))).toEqual(
      refused(413, /^Request Entity Too Large$/u),
    );
    expect(emulator.calls).toMatchObject([{ method: "sendDocument", status: 413 }]);
  });

  it("counts 1024 units of a caption after parsing", async () => {
    const send = (caption: string) =>
      bot.call("sendPhoto", form({ chat_id: "42", photo: new Blob(["x"]), caption, parse_mode: "HTML" }));
    expect((await send(`<b>${"😀".repeat(512)}</b>`)).status).toBe(200);
    expect(await send(`${"x".repeat(1025)}`)).toEqual(refused(400, /message caption is too long/u));
    expect(await send("<b>x")).toEqual(refused(400, /can't parse entities/u));
  });

  it("shows an album as messages of one group", async () => {
    await bot.api.sendMediaGroup(42, [
      InputMediaBuilder.photo(upload("a.jpg", "one"), { caption: "<i>c</i>", parse_mode: "HTML" }),
      InputMediaBuilder.video(upload("b.mp4", "two")),
    ]);
    await bot.api.sendMediaGroup(
      42,
      [1, 2, 3].map((n) => InputMediaBuilder.document(upload(`${n}.txt`, `${n}`))),
    );
    const messages = emulator.answers(42);
    expect(messages.flatMap((message) => emulator.filesOf(message)).map((file) => String(file.content))).toEqual([
      "one",
      "two",
      "1",
      "2",
      "3",
    ]);
    expect(messages[0]).toMatchObject({ caption: "c", caption_entities: [{ type: "italic" }] });
    const groups = messages.map((message) => message.media_group_id);
    expect([groups[0], groups[2]]).toEqual([groups[1], groups[4]]);
    expect(new Set(groups).size).toBe(2);
  });

  const photo = { type: "photo", media: "attach://a" };
  const document = { type: "document", media: "attach://a" };
  it.each([
    [[], /there are no messages to send/u],
    [[photo], /2-10 items/u],
    [Array.from({ length: 11 }, () => photo), /too many messages to send as an album/u],
    [[photo, document], /document can't be mixed with other media types/u],
    [[photo, { type: "audio", media: "attach://a" }], /audio can't be mixed with other media types/u],
    [[photo, { type: "photo", media: "attach://b" }], /can't parse InputMedia: media not found/u],
    [[photo, { type: "sticker", media: "attach://a" }], /type "sticker" can't be used in sendMediaGroup/u],
    [[photo, { type: "photo", media: "unknown" }], /failed to send message #2 with the error message/u],
    [[photo, { ...photo, caption: "x".repeat(1025) }], /message caption is too long/u],
    [[photo, { ...photo, colour: "red" }], /sendMediaGroup\.media: not/u],
  ])("refuses the album %j", async (media, problem) => {
    const data = form({ chat_id: "42", media: JSON.stringify(media), a: new Blob(["x"]) });
    expect(await bot.call("sendMediaGroup", data)).toEqual(refused(400, problem));
    expect(emulator.answers(42)).toEqual([]);
  });

  it("gives what a person sent to who has the token and the link", async () => {
    const content = "x".repeat(1000);
    const { document } = emulator.say({ from: 42, file: { kind: "document", content } }).message;
    const path = await linkOf(document?.file_id);
    const response = await download(path);
    expect(response.headers.get("content-length")).toBe("1000");
    expect(await response.text()).toBe(content);
    expect((await download(path, "77:other")).status).toBe(404);
    expect((await download("documents/none.txt")).status).toBe(404);
    expect(emulator.calls.map((call) => call.method)).toEqual(["getFile", "file", "file", "file"]);
  });

  it("opens a file only by a link that it gave within the last hour", async () => {
    const { voice } = emulator.say({ from: 42, file: { kind: "voice" } }).message;
    expect((await download("voice/file_0.oga")).status).toBe(404);
    const path = await linkOf(voice?.file_id);
    now += HOUR_MS - 1;
    expect((await download(path)).status).toBe(200);
    now += 1;
    expect((await download(path)).status).toBe(404);
    expect(await linkOf(voice?.file_id)).toBe(path);
    expect((await download(path)).status).toBe(200);
  });

  it("gives no link to unknown files and to those over 20 MB", async () => {
    const sized = (size: number) => ({ from: 42, file: { kind: "video", bytes: size } }) as const;
    const { video: large } = emulator.say(sized(20_971_521)).message;
    const { video: fits } = emulator.say(sized(20_971_520)).message;
    expect(await bot.call("getFile", { file_id: large?.file_id })).toEqual(refused(400, /file is too big/u));
    expect((await bot.call("getFile", { file_id: fits?.file_id })).status).toBe(200);
    expect(await bot.call("getFile", { file_id: "nothing" })).toEqual(refused(400, /wrong file_id/u));
  });

  it("lets faults strike downloads, and breaks them off in their midst", async () => {
    const { document } = emulator.say({ from: 42, file: { kind: "document", content: "x".repeat(1000) } }).message;
    const path = await linkOf(document?.file_id);
    emulator.fail({ kind: "status", method: "file", status: 502, times: 1 });
    expect((await download(path)).status).toBe(502);
    emulator.fail({ kind: "cut_before", method: "file" });
    await expect(download(path)).rejects.toThrow();
    emulator.fail({ kind: "cut_after", method: "file" });
    const broken = await download(path);
    expect(broken.status).toBe(200);
    await expect(broken.text()).rejects.toThrow();
    expect(await (await download(path)).text()).toHaveLength(1000);
    expect(emulator.calls.map((call) => call.status)).toEqual([200, 502, 0, 0, 200]);
  });

  it("lets a test refuse a file as Telegram's servers would", async () => {
    const description = "Bad Request: PHOTO_INVALID_DIMENSIONS";
    emulator.fail({ kind: "status", method: "sendPhoto", status: 400, description });
    const sent = await bot.call("sendPhoto", form({ chat_id: "42", photo: new Blob(["x"]) }));
    expect(sent).toEqual(refused(400, /PHOTO_INVALID_DIMENSIONS$/u));
  });
});
