import { createServer } from "node:http";
import { describe, expect, it, vi } from "vitest";
import { ChannelError } from "../../../protocol/errors.ts";
import type { FileKind, Outbound } from "../../../protocol/outbound.ts";
import { FormUpload } from "../../../worker/channels/discord/files-upload.ts";
import { NONCE_GOOD_MS } from "../../../worker/channels/discord/nonce.ts";
import { DiscordRest } from "../../../worker/channels/discord/rest.ts";
import { sendDiscord } from "../../../worker/channels/discord/send.ts";
import { readVoice } from "../../../worker/channels/discord/voice.ts";
import { oggOpus, unfinishedPage } from "./ogg.ts";
import {
  callsOf,
  askedBy,
  buttons,
  failure,
  file,
  groupAt,
  part,
  pass,
  settingsOf,
  startScene,
  type TestFile,
} from "./outgoing.ts";

const startSending = async (options: Parameters<typeof startScene>[0] = {}) => {
  const scene = await startScene(options);
  const { emulator, rest, guild, channel } = scene;
  const contents = () =>
    emulator.answers(channel).map(({ files }) => files.map((one) => new TextDecoder().decode(one.file.content)));
  return {
    ...scene,
    contents,
    to: groupAt(`${guild}.${channel}`),
    send: (files: readonly TestFile[], markdown = "", more: Partial<Outbound> = {}) =>
      sendDiscord(rest, groupAt(`${guild}.${channel}`), part(markdown, { files, ...more }), Date.now()),
  };
};

const voice = (seconds = 2.5, more: Parameters<typeof file>[1] = {}) =>
  file("voice", { content: oggOpus(seconds), ...more });

/** A file that is made as it is read, in equal pieces. */
const inPieces = (pieces: number, bytes: number) => {
  let read = 0;
  let isCancelled = false;
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    read += 1;
    controller.enqueue(new Uint8Array(bytes).fill(120));
    if (read === pieces) controller.close();
  };
  const cancel = () => {
    isCancelled = true;
  };
  const open = () => Promise.resolve(new ReadableStream<Uint8Array>({ pull, cancel }, { highWaterMark: 0 }));
  return { ...file("document"), bytes: pieces * bytes, open, isCancelled: () => isCancelled, read: () => read };
};

describe("sendDiscord with files", () => {
  it.each<FileKind>(["photo", "video", "audio", "document"])("sends a %s with its name and a caption", async (kind) => {
    const { emulator, channel, send, contents } = await startSending();
    const receipt = await send([file(kind)], "**look** & see", { buttons: buttons(["ok"]) });
    const [sent] = emulator.answers(channel);
    expect(sent).toMatchObject({ id: receipt.messageId, content: "**look** & see", isVoice: false });
    expect(sent?.buttons).toMatchObject([{ label: "ok" }]);
    expect(sent?.files.map(({ file: { name, mimeType } }) => [name, mimeType])).toEqual([
      [file(kind).name, file(kind).mimeType],
    ]);
    expect(contents()).toEqual([[`content of a ${kind}`]]);
    expect(emulator.violations).toEqual([]);
  });

  it("sends ten of all kinds in one message, in order", async () => {
    const { emulator, send, contents } = await startSending();
    const kinds = ["photo", "video", "audio", "voice", "document"] as const;
    await send([...kinds, ...kinds].map((kind) => file(kind)));
    expect(contents()).toEqual([[...kinds, ...kinds].map((kind) => `content of a ${kind}`)]);
    expect(callsOf(emulator)).toHaveLength(1);
    expect(callsOf(emulator)[0]?.body).not.toHaveProperty("content");
    expect(emulator.violations).toEqual([]);
  });

  it("keeps names that people chose from breaking the form", async () => {
    const { emulator, channel, send } = await startSending();
    const names = ['a"b\r\nX: y\\/c.pdf', "", "ü 中 %22.txt", `${"x".repeat(300)}.pdf`];
    await send(names.map((name) => file("document", { name, mimeType: 'text/html"\r\nX: y' })));
    const [sent] = emulator.answers(channel);
    expect(callsOf(emulator)[0]?.files.map(({ name }) => name)).toEqual([
      "a_b_X: y_c.pdf",
      "file",
      "ü 中 _22.txt",
      `${"x".repeat(116)}.pdf`,
    ]);
    expect(sent?.files.every((one) => one.file.mimeType === "application/octet-stream")).toBe(true);
    expect(emulator.violations).toEqual([]);
  });

  it("puts them where somebody waits, and in what follows, once", async () => {
    const { emulator, ann, guild, channel, rest, contents } = await startSending();
    const ticket = await askedBy(emulator, ann, { in: channel });
    const to = groupAt(`${guild}.${channel}`, { ticket });
    const first = part("here", { files: [file("photo")] });
    for (let time = 0; time < 2; time += 1) await sendDiscord(rest, to, first, Date.now());
    const follows = { ...ticket, isBinding: true, holdsPlace: false };
    await sendDiscord(rest, { ...to, ticket: follows }, part("", { files: [file("audio")] }), Date.now());
    expect(contents()).toEqual([["content of a photo"], ["content of a audio"]]);
    expect(emulator.violations).toEqual([]);
  });

  it("is there once when it was carried out and not answered, also when the nonce is forgotten", async () => {
    const { emulator, send, contents } = await startSending({ nonceWindowMs: 60_000 });
    for (const [deliveryId, ageMs] of [
      ["d-1", 10_000],
      ["d-2", NONCE_GOOD_MS],
    ] as const) {
      const content = new TextEncoder().encode(deliveryId.repeat(deliveryId === "d-1" ? 1 : 2));
      const firstTry = Date.now();
      emulator.fail({ kind: "cut_after" });
      await failure(send([file("document", { content })], "", { deliveryId }));
      pass(ageMs);
      await send([file("document", { content })], "", { deliveryId, mayBeShownSince: firstTry });
    }
    expect(contents()).toEqual([["d-1"], ["d-2d-2"]]);
  });

  it("is not taken for another file that was sent meanwhile", async () => {
    const { emulator, send, contents } = await startSending({ nonceWindowMs: 60_000 });
    const firstTry = Date.now();
    emulator.fail({ kind: "cut_before" });
    await failure(send([file("document")]));
    await send([file("photo")], "", { deliveryId: "d-2" });
    await send([file("document"), file("photo")], "", { deliveryId: "d-3" });
    pass(NONCE_GOOD_MS);
    await send([file("document")], "", { mayBeShownSince: firstTry });
    expect(contents().at(-1)).toEqual(["content of a document"]);
  });

  it("reads a file while it is sent, and no further than it is sent", async () => {
    const { emulator, rest, to } = await startSending();
    const whole = inPieces(100, 20_000);
    await sendDiscord(rest, to, part("", { files: [whole] }), Date.now());
    expect(callsOf(emulator)[0]?.files).toEqual([{ field: "files[0]", name: "report.pdf", bytes: 2_000_000 }]);
    const form = new FormUpload({}, [inPieces(1, 10), whole]);
    const body = form.open().getReader();
    for (let chunk = 0; chunk < 3; chunk += 1) await body.read();
    expect(whole.read()).toBe(100);
  });

  it("tells how long the whole form is, where the runtime can say so", async () => {
    const told: number[] = [];
    class FixedLength extends TransformStream<Uint8Array, Uint8Array> {
      constructor(bytes: number) {
        super();
        told.push(bytes);
      }
    }
    vi.stubGlobal("FixedLengthStream", FixedLength);
    const form = new FormUpload({ content: "ü" }, [file("photo", { name: "中.png" }), inPieces(3, 10_000)]);
    const sent = await new Response(form.open()).arrayBuffer();
    vi.unstubAllGlobals();
    expect(told).toEqual([sent.byteLength]);
  });

  it.each([
    ["is shorter", -1, "channel_refused"],
    ["is longer", 1, "channel_refused"],
  ] as const)("shows nothing of a file that %s than was said", async (_, more, code) => {
    const { emulator, send, contents } = await startSending();
    const wrong = file("document");
    const error = await failure(send([file("photo"), { ...wrong, bytes: wrong.bytes - more }]));
    expect([error.code, error.method]).toEqual([code, "upload"]);
    expect(contents()).toEqual([]);
    expect(callsOf(emulator).filter(({ isCarriedOut }) => isCarriedOut)).toEqual([]);
  });

  it("shows nothing of files that cannot be read, and says why as it was told", async () => {
    const { send, contents } = await startSending();
    const at = { channel: "discord", method: "file" };
    const gone = { ...file("document"), open: () => Promise.reject(new ChannelError("channel_refused", at, "gone")) };
    expect(await failure(send([gone]))).toMatchObject({ code: "channel_refused", message: "gone" });
    const broken = () =>
      new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(new Uint8Array(3)),
        pull: () => Promise.reject(new Error("broke off")),
      });
    const torn = { ...file("document"), open: () => Promise.resolve(broken()) };
    expect((await failure(send([torn]))).code).toBe("channel_unreachable");
    expect((await failure(send([{ ...torn, kind: "voice", mimeType: "audio/ogg" }]))).code).toBe("channel_unreachable");
    expect(contents()).toEqual([]);
  });

  it("lets go of a file whose call ends before its end", async () => {
    const { emulator, to } = await startSending();
    const server = createServer((request, response) => {
      if (request.method === "GET") response.end(JSON.stringify({ id: "1" }));
      else request.once("data", () => request.socket.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const rest = new DiscordRest({ ...settingsOf(emulator), apiRoot: `http://127.0.0.1:${port}/api/v10` });
    const large = inPieces(10_000, 65_536);
    const sending = sendDiscord(rest, to, part("", { files: [large] }), Date.now());
    expect((await failure(sending)).code).toBe("channel_outcome_unknown");
    expect(large.isCancelled()).toBe(true);
    server.close();
  });
});

describe("sendDiscord with a recording", () => {
  it("sends it as a voice message, with its length", async () => {
    const { emulator, channel, send } = await startSending();
    await send([voice(2.5)]);
    const [sent] = emulator.answers(channel);
    expect(sent).toMatchObject({ isVoice: true, content: "", files: [{ durationSecs: 2.5 }] });
    expect(callsOf(emulator)[0]?.body).toMatchObject({ flags: 1 << 13, enforce_nonce: true });
    expect(emulator.violations).toEqual([]);
  });

  it.each<[string, Parameters<typeof file>[1], string, Partial<Outbound>]>([
    ["has a caption", {}, "listen", {}],
    ["has buttons", {}, "pick", { buttons: buttons(["a"]) }],
    ["is of another type", { mimeType: "audio/mpeg" }, "", {}],
    ["is no Opus", { content: new Uint8Array(500) }, "", {}],
  ])("sends it as a file when it %s", async (_, more, markdown, other) => {
    const { emulator, channel, send } = await startSending();
    await send([voice(2.5, more)], markdown, other);
    expect(emulator.answers(channel)).toMatchObject([{ isVoice: false, content: markdown }]);
    expect(emulator.answers(channel)[0]?.files).toHaveLength(1);
    expect(emulator.violations).toEqual([]);
  });

  it("sends it as a file where voice messages are not allowed", async () => {
    const { emulator, channel, send } = await startSending();
    emulator.deny(channel, "SEND_VOICE_MESSAGES");
    const recording = voice();
    await send([recording]);
    expect(emulator.answers(channel)).toMatchObject([{ isVoice: false }]);
    expect(callsOf(emulator).map(({ status }) => status)).toEqual([403, 200]);
  });

  it("sends it as a file where Discord does not like how it is described", async () => {
    const { emulator, channel, send } = await startSending();
    emulator.fail({ kind: "status", status: 400, code: 50_035 });
    await send([voice()]);
    expect(emulator.answers(channel)).toMatchObject([{ isVoice: false }]);
  });

  it("tries no file when the voice message may be there already", async () => {
    const { emulator, channel, send } = await startSending();
    emulator.fail({ kind: "cut_after" });
    expect((await failure(send([voice()]))).code).toBe("channel_outcome_unknown");
    expect(emulator.answers(channel)).toMatchObject([{ isVoice: true }]);
    expect(callsOf(emulator)).toHaveLength(1);
  });
});

describe("readVoice", () => {
  it.each([
    [0.06, 0.06, 1],
    [1, 1, 10],
    [12.345, 12.345, 124],
    [900, 900, 256],
  ])("reads that a stream of %d s lasts so long", async (seconds, durationS, points) => {
    const facts = await readVoice(voice(seconds));
    expect(facts?.durationS).toBe(durationS);
    expect(Buffer.from(facts?.waveform ?? "", "base64")).toHaveLength(points);
  });

  it("finds the end of a stream of any size, whatever pieces it comes in", async () => {
    const content = oggOpus(30, { pageS: 1, pageBytes: 40_000 });
    for (const size of [1_000, 65_536, content.length]) {
      const open = () =>
        Promise.resolve(
          new ReadableStream<Uint8Array>({
            start(controller) {
              for (let at = 0; at < content.length; at += size) controller.enqueue(content.subarray(at, at + size));
              controller.close();
            },
          }),
        );
      expect(await readVoice(voice(1, { content, open }))).toMatchObject({ durationS: 30 });
    }
  });

  it("looks past a page on which nothing ends, and is not misled by what only looks like a page", async () => {
    const stream = oggOpus(3);
    expect(await readVoice(voice(1, { content: Buffer.concat([stream, unfinishedPage()]) }))).toMatchObject({
      durationS: 3,
    });
    expect(
      await readVoice(voice(1, { content: Buffer.concat([stream, Buffer.from("OggS and so on")]) })),
    ).toMatchObject({
      durationS: 3,
    });
  });

  it("makes nothing of what is no stream of Opus, or holds nothing", async () => {
    const stream = oggOpus(3);
    for (const content of [
      new Uint8Array(),
      Buffer.from("OggS"),
      stream.subarray(40),
      Buffer.alloc(100_000),
      oggOpus(0),
    ]) {
      expect(await readVoice(voice(1, { content }))).toBeNull();
    }
  });
});
