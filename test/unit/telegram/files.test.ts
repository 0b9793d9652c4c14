import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ChannelError } from "../../../protocol/errors.ts";
import type { FileKind, OutboundFile } from "../../../protocol/outbound.ts";
import type { TelegramEmulator } from "../../emulators/telegram/index.ts";
import { ann, buttons, channelAt, failure, file, part, pieces, startEmulator, team } from "./outgoing.ts";

const MB = 1_000_000;

describe("send of files", () => {
  let emulator: TelegramEmulator;
  beforeEach(async () => {
    emulator = await startEmulator();
  });
  afterEach(() => emulator.close());

  const channel = () => channelAt(emulator.url);
  const calls = () => emulator.calls.filter((call) => call.method !== "getMe");
  const methods = () => calls().map((call) => call.method);
  const send = (files: readonly OutboundFile[], markdown = "", to = ann) =>
    channel().send(to, part(markdown, { files }));
  const contents = (chatId: number) =>
    emulator
      .answers(chatId)
      .flatMap((message) => emulator.filesOf(message))
      .map(({ content }) => new TextDecoder().decode(content ?? undefined));

  it.each([
    ["photo", "sendPhoto"],
    ["video", "sendVideo"],
    ["audio", "sendAudio"],
    ["voice", "sendVoice"],
    ["document", "sendDocument"],
  ] as const)("sends a %s by %s, with its name and a formatted caption", async (kind, method) => {
    const receipt = await send([file(kind)], "**look** & see");
    expect(methods()).toEqual([method]);
    const [sent] = emulator.answers(42);
    expect(receipt).toEqual({ messageId: String(sent?.message_id) });
    expect(sent).toMatchObject({ caption: "look & see", caption_entities: [{ type: "bold", offset: 0, length: 4 }] });
    expect(sent).toHaveProperty(kind);
    expect(contents(42)).toEqual([`content of a ${kind}`]);
    expect([...(calls()[0]?.files.values() ?? [])].map(({ name }) => name)).toEqual([file(kind).name]);
  });

  it("sends no caption where there is no text", async () => {
    for (const markdown of ["", " \n", "\u200b"]) await send([file("photo")], markdown);
    expect(emulator.answers(42).map((sent) => sent.caption)).toEqual([undefined, undefined, undefined]);
    expect(calls().every((call) => !("caption" in call.params))).toBe(true);
  });

  it("keeps topic, reply and buttons of one file", async () => {
    const to = { ...team, thread: { kind: "topic", id: "9" } } as const;
    await channel().send(to, part("x", { files: [file("photo")], buttons: buttons("Yes") }));
    expect(calls()[0]?.params).toMatchObject({
      message_thread_id: 9,
      reply_parameters: { message_id: 7, allow_sending_without_reply: true },
      reply_markup: { inline_keyboard: [[{ text: "Yes", callback_data: "b-0" }]] },
    });
  });

  it("shows photos and videos as one album, the caption at the first", async () => {
    const receipt = await send([file("photo"), file("video"), file("photo")], "*three*", team);
    expect(methods()).toEqual(["sendMediaGroup"]);
    const sent = emulator.answers(-100123);
    expect(receipt).toEqual({ messageId: String(sent[0]?.message_id) });
    expect(sent.map(({ caption }) => caption)).toEqual(["three", undefined, undefined]);
    expect(new Set(sent.map((message) => message.media_group_id)).size).toBe(1);
    expect(contents(-100123)).toEqual(["content of a photo", "content of a video", "content of a photo"]);
    expect(calls()[0]?.params).toMatchObject({ reply_parameters: { message_id: 7 } });
  });

  it.each([
    [["audio", "audio"], "audio"],
    [["document", "document"], "document"],
    [["photo", "document"], "document"],
    [["audio", "photo"], "document"],
    [["voice", "voice"], "document"],
  ] as const)("sends %j as an album of %ss, the caption below the last", async (kinds, shown) => {
    await send(
      kinds.map((kind) => file(kind)),
      "both",
    );
    const sent = emulator.answers(42);
    expect(sent.every((message) => message[shown] !== undefined)).toBe(true);
    expect(sent.map(({ caption }) => caption)).toEqual([undefined, "both"]);
  });

  it.each([
    ["photo", "image/svg+xml", "sendDocument"],
    ["photo", "IMAGE/JPEG", "sendPhoto"],
    ["video", "video/webm", "sendDocument"],
    ["audio", "audio/flac", "sendDocument"],
    ["voice", "audio/mp4", "sendVoice"],
    ["voice", "audio/wav", "sendDocument"],
    ["document", "image/png", "sendDocument"],
  ] as const)("sends a %s of type %s by %s", async (kind, mimeType, method) => {
    await send([file(kind, { mimeType })]);
    expect(methods()).toEqual([method]);
  });

  it("leaves a document what it is, and shows an animation as one", async () => {
    await send([file("document")]);
    await send([file("photo", { mimeType: "image/gif", name: "cat.gif" })]);
    expect(calls().map((call) => call.params["disable_content_type_detection"])).toEqual([true, undefined]);
  });

  it("sends a photo of more than 10 MB as a document, alone or in an album", async () => {
    const large = file("photo", { content: new Uint8Array(10 * MB + 1) });
    await send([large]);
    await send([file("photo"), large]);
    expect(methods()).toEqual(["sendDocument", "sendMediaGroup"]);
    expect(emulator.answers(42).every((message) => message.document !== undefined)).toBe(true);
  });

  it.each([
    ["photo", "Bad Request: PHOTO_INVALID_DIMENSIONS", ["sendPhoto", "sendDocument"]],
    ["photo", "Bad Request: IMAGE_PROCESS_FAILED", ["sendPhoto", "sendDocument"]],
    ["photo", "Bad Request: file of size 12 bytes is too big for a photo", ["sendPhoto", "sendDocument"]],
    ["photo", "Bad Request: not enough rights to send photos to the chat", ["sendPhoto", "sendDocument"]],
    ["video", "Bad Request: VIDEO_CONTENT_TYPE_INVALID", ["sendVideo", "sendDocument"]],
    ["voice", "Bad Request: VOICE_MESSAGES_FORBIDDEN", ["sendVoice", "sendDocument"]],
  ] as const)("sends a %s that is refused with %j at once as a document", async (kind, description, expected) => {
    const only = file(kind);
    emulator.fail({ kind: "status", status: 400, description, method: expected[0] });
    await send([only], "**x**");
    expect(methods()).toEqual(expected);
    expect(emulator.answers(42)).toMatchObject([{ caption: "x", document: { file_name: only.name } }]);
    expect(contents(42)).toEqual([`content of a ${kind}`]);
    expect(only.opened()).toBe(2);
  });

  it("sends a refused voice message as music if it can be", async () => {
    const description = "Bad Request: VOICE_MESSAGES_FORBIDDEN";
    emulator.fail({ kind: "status", status: 400, description, method: "sendVoice" });
    await send([file("voice", { mimeType: "audio/mpeg", name: "note.mp3" })]);
    expect(methods()).toEqual(["sendVoice", "sendAudio"]);
  });

  it("sends an album with a refused photo at once as documents", async () => {
    const description = 'Bad Request: failed to send message #2 with the error message "PHOTO_INVALID_DIMENSIONS"';
    emulator.fail({ kind: "status", status: 400, description, method: "sendMediaGroup" });
    await send([file("photo"), file("photo")]);
    expect(methods()).toEqual(["sendMediaGroup", "sendMediaGroup"]);
    expect(emulator.answers(42).map((message) => message.document !== undefined)).toEqual([true, true]);
  });

  it("sends a caption as it is when its formatting is refused, together with what else is", async () => {
    const parse = "Bad Request: can't parse entities: what";
    emulator.fail({ kind: "status", status: 400, description: parse, method: "sendPhoto" });
    emulator.fail({ kind: "status", status: 400, description: "Bad Request: PHOTO_EXT_INVALID", method: "sendPhoto" });
    emulator.fail({ kind: "status", status: 400, description: parse, method: "sendDocument" });
    await send([file("photo")], "**x**");
    expect(methods()).toEqual(["sendPhoto", "sendPhoto", "sendDocument", "sendDocument"]);
    expect(emulator.answers(42)).toMatchObject([{ caption: "**x**" }]);
    emulator.fail({ kind: "status", status: 400, description: parse, method: "sendMediaGroup" });
    await send([file("photo"), file("photo")], "**y**");
    expect(emulator.answers(42).at(1)).toMatchObject({ caption: "**y**" });
  });

  it("is refused for good what is refused as a document", async () => {
    emulator.fail({ kind: "status", status: 413, description: "Request Entity Too Large", method: "sendDocument" });
    expect((await failure(send([file("document")]))).code).toBe("channel_refused");
    emulator.fail({ kind: "status", status: 400, description: "Bad Request: MEDIA_INVALID", method: "sendDocument" });
    expect((await failure(send([file("document")]))).code).toBe("channel_refused");
    expect(methods()).toHaveLength(2);
  });

  it("sends nothing as a document that is refused for another reason", async () => {
    const description = "Bad Request: chat not found";
    for (const method of ["sendPhoto", "sendMediaGroup"]) {
      emulator.fail({ kind: "status", status: 400, description, method });
      const files = method === "sendPhoto" ? [file("photo")] : [file("photo"), file("photo")];
      expect((await failure(send(files, "**x**"))).code).toBe("channel_refused");
    }
    expect(methods()).toEqual(["sendPhoto", "sendMediaGroup"]);
  });

  it("follows a group that became a supergroup with a file", async () => {
    emulator.migrate(-100123, -100456);
    await send([file("photo")], "x", team);
    expect(contents(-100456)).toEqual(["content of a photo"]);
  });

  it("does not send again in another form what may have been sent", async () => {
    const same = channel();
    await same.send(ann, part("first"));
    for (const fault of [{ kind: "cut_after" }, { kind: "status", status: 502 }] as const) {
      emulator.fail({ ...fault, method: "sendPhoto" });
      const attempt = same.send(ann, part("x", { files: [file("photo")] }));
      expect((await failure(attempt)).code).toBe("channel_outcome_unknown");
    }
    expect(methods().filter((method) => method !== "sendMessage")).toEqual(["sendPhoto", "sendPhoto"]);
  });

  it("streams: one file is open at a time, and none is read before it is wanted", async () => {
    const events: string[] = [];
    const content = new Uint8Array(3 * MB).fill(7);
    const watched = (name: string): OutboundFile => ({
      ...file("document", { content }),
      open() {
        events.push(`open ${name}`);
        const counted = pieces(content, 64 * 1024).pipeThrough(
          new TransformStream<Uint8Array, Uint8Array>({ flush: () => void events.push(`end ${name}`) }),
        );
        return Promise.resolve(counted);
      },
    });
    await send([watched("a"), watched("b")]);
    expect(events).toEqual(["open a", "end a", "open b", "end b"]);
    expect([...(calls()[0]?.files.values() ?? [])].map(({ bytes }) => bytes)).toEqual([3 * MB, 3 * MB]);
  });

  it("opens no file while Telegram cannot be reached or refuses us", async () => {
    const photo = file("photo");
    const unreachable = channelAt("http://127.0.0.1:9").send(ann, part("", { files: [photo] }));
    expect((await failure(unreachable)).code).toBe("channel_unreachable");
    const same = channel();
    emulator.fail({ kind: "too_many", retryAfterS: 5, method: "sendMessage" });
    await failure(same.send(ann, part("x")));
    expect((await failure(same.send(ann, part("", { files: [photo] })))).code).toBe("channel_rate_limited");
    expect(photo.opened()).toBe(0);
  });

  it.each([
    ["cannot be opened", {}],
    ["breaks off", { content: new Uint8Array(2 * MB) }],
  ] as const)("shows nothing of a file that %s, and says that it may be tried again", async (how, more) => {
    const unreadable = new ChannelError("channel_unreachable", { channel: "telegram", method: "open" }, "no file");
    const broken: OutboundFile = {
      ...file("document", more),
      ...(how === "cannot be opened" && { open: () => Promise.reject(unreadable) }),
      ...(how === "breaks off" && { open: () => Promise.resolve(pieces(new Uint8Array(MB), 64 * 1024, true)) }),
    };
    const same = channel();
    await same.send(ann, part("first"));
    expect(await failure(same.send(ann, part("x", { files: [broken] })))).toMatchObject({
      code: "channel_unreachable",
    });
    expect((await failure(same.send(ann, part("x", { files: [file("photo"), broken] })))).code).toBe(
      "channel_unreachable",
    );
    expect(emulator.answers(42)).toHaveLength(1);
    await same.send(ann, part("x", { files: [file("document")] }));
    expect(emulator.answers(42)).toHaveLength(2);
  });

  it.each([
    ["shorter", 3_000],
    ["longer", 3],
  ])("shows nothing of a file that is %s than it was said to be, for good", async (_how, bytes) => {
    const error = await failure(send([file("document", { bytes })]));
    expect(error).toMatchObject({ code: "channel_refused", retry: "never" });
    expect(emulator.answers(42)).toEqual([]);
  });

  it("stops at the first byte too many", async () => {
    let given = 0;
    const long = new ReadableStream<Uint8Array>({
      pull(controller) {
        given += 1;
        if (given > 200) controller.close();
        else controller.enqueue(new Uint8Array(MB));
      },
    });
    const error = await failure(send([{ ...file("document", { bytes: 10 }), open: () => Promise.resolve(long) }]));
    expect(error.code).toBe("channel_refused");
    expect(given).toBeLessThan(5);
  });

  it("does not know what became of an album of which no message is told", async () => {
    const front = createServer((request, response) => {
      const isGetMe = request.url?.endsWith("/getMe");
      const result = isGetMe ? { id: 1, username: "claw_bot", first_name: "Claw" } : [];
      request.resume().on("end", () => response.end(JSON.stringify({ ok: true, result })));
    });
    await new Promise<void>((listening) => front.listen(0, "127.0.0.1", listening));
    const { port } = front.address() as AddressInfo;
    const files = [file("photo"), file("photo")];
    const error = await failure(channelAt(`http://127.0.0.1:${port}`).send(ann, part("", { files })));
    expect(error).toMatchObject({ code: "channel_outcome_unknown", message: "sendMediaGroup: malformed result" });
    front.closeAllConnections();
    front.close();
  });

  it("lets go of a file that is not read to its end", async () => {
    let isCancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)),
      cancel() {
        isCancelled = true;
      },
    });
    const front = createServer((request, response) => {
      if (request.url?.endsWith("/getMe"))
        response.end('{"ok":true,"result":{"id":1,"username":"claw_bot","first_name":"Claw"}}');
      else request.on("data", () => request.socket.destroy());
    });
    await new Promise<void>((listening) => front.listen(0, "127.0.0.1", listening));
    const { port } = front.address() as AddressInfo;
    const files = [{ ...file("document", { bytes: 1_000 * MB }), open: () => Promise.resolve(endless) }];
    const error = await failure(channelAt(`http://127.0.0.1:${port}`).send(ann, part("", { files })));
    expect(error.code).toBe("channel_outcome_unknown");
    expect(isCancelled).toBe(true);
    front.close();
  });

  it.each([
    ['a"; filename=evil.sh', "a_ filename=evil.sh"],
    ["line\r\nbreak.pdf", "line_break.pdf"],
    ["../../etc/passwd", ".._.._etc_passwd"],
    ["50%20off;.pdf", "50_20off_.pdf"],
    ["100%.pdf", "100%.pdf"],
    ["Bericht übers 日本 😀.pdf", "Bericht übers 日本 😀.pdf"],
    ["\u202efdp.exe", "_fdp.exe"],
    [`${"x".repeat(300)}.pdf`, `${"x".repeat(116)}.pdf`],
  ])("sends a file named %j as %j", async (name, expected) => {
    await send([file("document", { name })]);
    expect(emulator.answers(42)[0]?.document?.file_name).toBe(expected);
  });

  it("gives a file without a name that of its kind", async () => {
    await send([file("voice", { name: "" })]);
    expect([...(calls()[0]?.files.values() ?? [])].map(({ name }) => name)).toEqual(["voice.ogg"]);
  });

  it("sends what comes to the limits of an album", async () => {
    const ten = Array.from({ length: 10 }, (): OutboundFile => file("photo"));
    await send(ten);
    expect(emulator.answers(42)).toHaveLength(10);
    const kinds: readonly FileKind[] = ["photo", "video", "audio", "voice", "document"];
    await send(kinds.map((kind) => file(kind)));
    expect(emulator.answers(42)).toHaveLength(15);
  });
});
