import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OUTBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import { ChannelError } from "../../../protocol/errors.ts";
import type { ReplyAddress } from "../../../protocol/outbound.ts";
import { createTelegramChannel } from "../../../worker/channels/telegram/index.ts";
import { readSchema, startTelegramEmulator, type TelegramEmulator } from "../../emulators/telegram/index.ts";
import { TOKEN } from "./payloads.ts";

const OFFICIAL = resolve(import.meta.dirname, "../../../../shared/fixtures/schemas/telegram-bot-api-10.1.json");
const schema = existsSync(OFFICIAL) ? readSchema(OFFICIAL) : undefined;
if (!schema) console.warn(`SKIPPED: the official schema is not there (${OFFICIAL}); our own subset checks the calls`);

const ann: ReplyAddress = { channel: "telegram", chatId: "42", chatKind: "direct", messageId: "7" };
const team: ReplyAddress = { channel: "telegram", chatId: "-100123", chatKind: "group", messageId: "7" };
const message = (markdown: string) => ({ deliveryId: "d-1", markdown });

describe("send", () => {
  let emulator: TelegramEmulator;
  beforeEach(async () => {
    emulator = await startTelegramEmulator({ token: TOKEN, ...(schema && { schema }) });
  });
  afterEach(() => emulator.close());

  const channelTo = (apiRoot: string) => createTelegramChannel({ botToken: TOKEN, webhookSecret: "s", apiRoot });
  const channel = () => channelTo(emulator.url);
  const sends = () => emulator.calls.filter((call) => call.method === "sendMessage");
  const failure = async (attempt: Promise<unknown>) => {
    const error = await attempt.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof ChannelError)) throw new Error("no ChannelError");
    expect(JSON.stringify([error.message, error.stack, error.cause])).not.toContain(TOKEN.split(":")[1]);
    return error;
  };

  it("delivers Markdown as formatted text and returns the message's id", async () => {
    const receipt = await channel().send(ann, message("**bold** & `code`"));
    const [sent] = emulator.messages(42);
    expect(receipt).toEqual({ messageId: String(sent?.message_id) });
    expect(sent).toMatchObject({
      text: "bold & code",
      entities: [
        { type: "bold", offset: 0, length: 4 },
        { type: "code", offset: 7, length: 4 },
      ],
    });
    expect(sends()[0]?.params).toEqual({
      chat_id: 42,
      text: "<b>bold</b> &amp; <code>code</code>",
      parse_mode: "HTML",
    });
  });

  it("answers in the topic, but leaves the General topic out", async () => {
    await channel().send({ ...team, thread: { kind: "topic", id: "7" } }, message("x"));
    await channel().send({ ...team, thread: { kind: "topic", id: "1" } }, message("x"));
    expect(sends().map((call) => call.params["message_thread_id"])).toEqual([7, undefined]);
    expect(sends().map((call) => call.status)).toEqual([200, 200]);
  });

  it("hangs an answer on its question in groups, even when that is gone", async () => {
    const { message: question } = emulator.say({ from: 42, chat: -100123, text: "?" });
    await channel().send({ ...team, messageId: String(question.message_id) }, message("x"));
    await channel().send(team, message("y"));
    await channel().send(ann, message("z"));
    expect(emulator.answers(-100123)[0]?.reply_to_message?.text).toBe("?");
    expect(sends().map((call) => call.params["reply_parameters"])).toEqual([
      { message_id: question.message_id, allow_sending_without_reply: true },
      { message_id: 7, allow_sending_without_reply: true },
      undefined,
    ]);
  });

  it("sends a text as it is, at once and once, when its formatting is refused", async () => {
    const description = "Bad Request: can't parse entities: Unsupported start tag";
    emulator.fail({ kind: "status", status: 400, description, method: "sendMessage" });
    await channel().send(ann, message("**bold**"));
    expect(emulator.answers(42).map((sent) => sent.text)).toEqual(["**bold**"]);
    emulator.fail({ kind: "status", status: 400, description, method: "sendMessage", times: 5 });
    expect((await failure(channel().send(ann, message("x")))).code).toBe("channel_refused");
    expect(sends()).toHaveLength(4);
  });

  it("calls a 4xx refused, never to be tried again", async () => {
    emulator.block(42);
    const error = await failure(channel().send(ann, message("x")));
    expect(error).toMatchObject({
      code: "channel_refused",
      retry: "never",
      channel: "telegram",
      method: "sendMessage",
    });
    expect(error.message).toContain("bot was blocked by the user");
    const wrongToken = createTelegramChannel({ botToken: "1:wrong", webhookSecret: "s", apiRoot: emulator.url });
    expect((await failure(wrongToken.send(ann, message("x")))).code).toBe("channel_refused");
    for (const chatId of ["", "x", "1.5", "0", "9".repeat(30)]) {
      expect((await failure(channel().send({ ...ann, chatId }, message("x")))).code).toBe("channel_refused");
    }
  });

  it("honours a 429 for the whole bot without asking again", async () => {
    emulator.fail({ kind: "too_many", retryAfterS: 30, method: "sendMessage" });
    const settings = { botToken: TOKEN, webhookSecret: "s", apiRoot: emulator.url };
    const error = await failure(createTelegramChannel(settings).send(ann, message("x")));
    expect(error).toMatchObject({ code: "channel_rate_limited", retry: "after", retryAfterMs: 30_000 });
    const calls = emulator.calls.length;
    const other = await failure(createTelegramChannel(settings).send(team, message("y")));
    expect(other.code).toBe("channel_rate_limited");
    expect(other.retryAfterMs).toBeGreaterThan(29_000);
    expect(emulator.calls).toHaveLength(calls);
  });

  it("does not know what became of a message after a 5xx, a cut connection or a page of a proxy", async () => {
    for (const fault of [
      { kind: "status", status: 502, description: "Bad Gateway" },
      { kind: "cut_after" },
      { kind: "cut_before" },
    ] as const) {
      const fresh = channel();
      await fresh.send(ann, message("first"));
      emulator.fail({ ...fault, method: "sendMessage" });
      expect((await failure(fresh.send(ann, message("x")))).code).toBe("channel_outcome_unknown");
    }
  });

  it("knows that a message was never written while Telegram cannot be reached", async () => {
    const fresh = channel();
    await fresh.send(ann, message("first"));
    await emulator.close();
    expect((await failure(fresh.send(ann, message("x")))).code).toBe("channel_outcome_unknown");
    expect((await failure(fresh.send(ann, message("x")))).code).toBe("channel_unreachable");
    expect((await failure(channelTo("http://127.0.0.1:9").send(ann, message("x")))).code).toBe("channel_unreachable");
    expect((await failure(channelTo("http://unknown.invalid").send(ann, message("x")))).code).toBe(
      "channel_unreachable",
    );
  });

  it("tells Cloudflare's own pages for an unreachable origin from an answer of Telegram", async () => {
    const statuses = [521, 530, 522, 413];
    const proxy = createServer((request, response) => {
      const isProbe = request.url?.endsWith("/getMe");
      response.writeHead(isProbe ? 200 : (statuses.shift() ?? 500)).end(isProbe ? '{"ok":true,"result":{}}' : "<html>");
    });
    await new Promise<void>((listening) => proxy.listen(0, "127.0.0.1", listening));
    const { port } = proxy.address() as AddressInfo;
    const behind = channelTo(`http://127.0.0.1:${port}`);
    const codes = [];
    for (let n = 0; n < 4; n += 1) codes.push((await failure(behind.send(ann, message("x")))).code);
    expect(codes).toEqual(["channel_unreachable", "channel_unreachable", "channel_outcome_unknown", "channel_refused"]);
    proxy.closeAllConnections();
    proxy.close();
  });

  it("gives up a call that gets no answer in time", async () => {
    const fresh = channel();
    await fresh.send(ann, message("first"));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      emulator.fail({ kind: "hang", method: "sendMessage" });
      const attempt = failure(fresh.send(ann, message("x")));
      await vi.advanceTimersByTimeAsync(OUTBOUND_BOUNDS.sendTimeoutMs);
      expect((await attempt).code).toBe("channel_outcome_unknown");
    } finally {
      vi.useRealTimers();
    }
  });
});
