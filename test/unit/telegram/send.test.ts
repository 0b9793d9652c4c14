import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OUTBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import type { TelegramEmulator } from "../../emulators/telegram/index.ts";
import { ann, channelAt, failure, part, startEmulator, team } from "./outgoing.ts";
import { TOKEN } from "./payloads.ts";

const GET_ME = '{"ok":true,"result":{"id":1,"username":"claw_bot","first_name":"Claw"}}';

describe("send", () => {
  let emulator: TelegramEmulator;
  beforeEach(async () => {
    emulator = await startEmulator();
  });
  afterEach(() => emulator.close());

  const channel = () => channelAt(emulator.url);
  const sends = () => emulator.calls.filter((call) => call.method === "sendMessage");

  it("delivers Markdown as formatted text and returns the message's id", async () => {
    const receipt = await channel().send(ann, part("**bold** & `code`"));
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
    await channel().send({ ...team, thread: { kind: "topic", id: "7" } }, part("x"));
    await channel().send({ ...team, thread: { kind: "topic", id: "1" } }, part("x"));
    expect(sends().map((call) => call.params["message_thread_id"])).toEqual([7, undefined]);
    expect(sends().map((call) => call.status)).toEqual([200, 200]);
  });

  it("hangs an answer on its question in groups, even when that is gone", async () => {
    const { message: question } = emulator.say({ from: 42, chat: -100123, text: "?" });
    await channel().send({ ...team, messageId: String(question.message_id) }, part("x"));
    await channel().send(team, part("y"));
    await channel().send(ann, part("z"));
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
    await channel().send(ann, part("**bold**"));
    expect(emulator.answers(42).map((sent) => sent.text)).toEqual(["**bold**"]);
    emulator.fail({ kind: "status", status: 400, description, method: "sendMessage", times: 5 });
    expect((await failure(channel().send(ann, part("x")))).code).toBe("channel_refused");
    expect(sends()).toHaveLength(4);
  });

  it("calls a 400, 403 or 413 of Telegram refused, never to be tried again", async () => {
    emulator.block(42);
    const error = await failure(channel().send(ann, part("x")));
    expect(error).toMatchObject({
      code: "channel_refused",
      retry: "never",
      channel: "telegram",
      method: "sendMessage",
    });
    expect(error.message).toContain("bot was blocked by the user");
    for (const status of [400, 413]) {
      emulator.fail({ kind: "status", status, method: "sendMessage" });
      expect((await failure(channel().send(team, part("x")))).code).toBe("channel_refused");
    }
    for (const chatId of ["", "x", "1.5", "0", "9".repeat(30)]) {
      expect((await failure(channel().send({ ...ann, chatId }, part("x")))).code).toBe("channel_refused");
    }
  });

  it("repeats nothing of the token that a refusal holds", async () => {
    for (const said of [TOKEN, "x".repeat(190) + TOKEN, `/bot${encodeURIComponent(TOKEN)}/getMe`]) {
      const description = `${said} is unknown`;
      emulator.fail({ kind: "status", status: 400, description, method: "sendMessage" });
      const { message } = await failure(channel().send(ann, part("x")));
      expect(message).not.toContain(TOKEN.slice(TOKEN.indexOf(":") + 1).slice(0, 8));
    }
  });

  it.each([401, 404, 408, 409])("tries again what Telegram refuses with %i, which may pass", async (status) => {
    emulator.fail({ kind: "status", status, method: "sendMessage" });
    const same = channel();
    const error = await failure(same.send(ann, part("x")));
    expect(error).toMatchObject({ code: "channel_unreachable", retry: "after" });
    await same.send(ann, part("x"));
    expect(emulator.answers(42)).toHaveLength(1);
  });

  it("waits for a token that Telegram does not know yet, or no more", async () => {
    const wrongToken = channelAt(emulator.url, { botToken: "1:wrong" });
    expect((await failure(wrongToken.send(ann, part("x")))).code).toBe("channel_unreachable");
    emulator.fail({ kind: "status", status: 403, method: "getMe" });
    expect((await failure(channel().send(ann, part("x")))).code).toBe("channel_unreachable");
  });

  // 407 is missing: Node's fetch, unlike workerd's, makes a connection error of it (test/e2e/telegram.test.ts has it).
  it.each([302, 403, 404, 408, 451, 511])(
    "knows that a message was not sent when a page with status %i stands in front of Telegram",
    async (status) => {
      const fresh = channel();
      await fresh.send(ann, part("first"));
      emulator.fail({ kind: "page", status, method: "sendMessage" });
      expect((await failure(fresh.send(ann, part("x")))).code).toBe("channel_unreachable");
    },
  );

  it("gives up what is too large for whatever stands in front of Telegram", async () => {
    emulator.fail({ kind: "page", status: 413, method: "sendMessage" });
    expect((await failure(channel().send(ann, part("x")))).code).toBe("channel_refused");
  });

  it.each([
    [403, '{"ok":false}', "channel_unreachable"],
    [400, '{"ok":false,"error_code":"400"}', "channel_unreachable"],
    [403, '{"error":"blocked by policy"}', "channel_unreachable"],
    [200, '{"ok":true}', "channel_outcome_unknown"],
    [200, '{"ok":true,"result":{"message_id":', "channel_outcome_unknown"],
    [200, "<html>", "channel_outcome_unknown"],
    [200, '{"ok":true,"result":null}', "channel_outcome_unknown"],
    [200, '{"ok":true,"result":true}', "channel_outcome_unknown"],
    [200, '{"ok":true,"result":{"message_id":"7"}}', "channel_outcome_unknown"],
    [200, '{"ok":true,"result":{"message_id":1e300}}', "channel_outcome_unknown"],
  ] as const)("does not take %i %s for an answer of Telegram", async (status, body, code) => {
    const front = createServer((request, response) => {
      if (request.url?.endsWith("/getMe")) response.end(GET_ME);
      else response.writeHead(status).end(body);
    });
    await new Promise<void>((listening) => front.listen(0, "127.0.0.1", listening));
    const { port } = front.address() as AddressInfo;
    expect((await failure(channelAt(`http://127.0.0.1:${port}`).send(ann, part("x")))).code).toBe(code);
    front.closeAllConnections();
    front.close();
  });

  it("reads no more of an answer than any of Telegram's is long, and does not know what became of the message", async () => {
    let isLeft = false;
    const endless = createServer((request, response) => {
      if (request.url?.endsWith("/getMe")) return void response.end(GET_ME);
      response.on("close", () => (isLeft = true));
      response.write('{"ok":true,"result":{"message_id":1,"text":"');
      const piece = "x".repeat(1_000_000);
      const more = () => {
        while (!isLeft && response.write(piece));
      };
      response.on("drain", more);
      more();
    });
    await new Promise<void>((listening) => endless.listen(0, "127.0.0.1", listening));
    const { port } = endless.address() as AddressInfo;
    const error = await failure(channelAt(`http://127.0.0.1:${port}`).send(ann, part("x")));
    expect(error).toMatchObject({
      code: "channel_outcome_unknown",
      message: "sendMessage: 200 not an answer of the Bot API",
    });
    await vi.waitFor(() => expect(isLeft).toBe(true));
    endless.closeAllConnections();
    endless.close();
  });

  it("follows a group that became a supergroup, where its question has another number", async () => {
    emulator.migrate(-100123, -100456);
    const receipt = await channel().send(team, part("**x**"));
    expect(emulator.answers(-100123)).toEqual([]);
    expect(emulator.answers(-100456)).toMatchObject([{ text: "x", message_id: Number(receipt.messageId) }]);
    expect(sends().map((call) => call.params["reply_parameters"])).toEqual([
      { message_id: 7, allow_sending_without_reply: true },
      undefined,
    ]);
    emulator.migrate(-100456, -100123);
    expect((await failure(channel().send(team, part("y")))).code).toBe("channel_refused");
    expect(sends()).toHaveLength(4);
  });

  it("honours a 429 for the whole bot without asking again", async () => {
    emulator.fail({ kind: "too_many", retryAfterS: 30, method: "sendMessage" });
    const same = channel();
    const error = await failure(same.send(ann, part("x")));
    expect(error).toMatchObject({ code: "channel_rate_limited", retry: "after", retryAfterMs: 30_000 });
    const calls = emulator.calls.length;
    const other = await failure(same.send(team, part("y")));
    expect(other.code).toBe("channel_rate_limited");
    expect(other.retryAfterMs).toBeGreaterThan(29_000);
    expect(emulator.calls).toHaveLength(calls);
  });

  it("waits as long as the longest of several 429 asks for, whichever comes last", async () => {
    const answers: ((retryAfterS: number) => void)[] = [];
    const busy = createServer((request, response) => {
      if (request.url?.endsWith("/getMe")) return void response.end(GET_ME);
      answers.push((retryAfterS) =>
        response.end(JSON.stringify({ ok: false, error_code: 429, parameters: { retry_after: retryAfterS } })),
      );
    });
    await new Promise<void>((listening) => busy.listen(0, "127.0.0.1", listening));
    const { port } = busy.address() as AddressInfo;
    const same = channelAt(`http://127.0.0.1:${port}`);
    const both = [failure(same.send(ann, part("x"))), failure(same.send(ann, part("y")))];
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    answers[0]?.(30);
    await Promise.race(both);
    answers[1]?.(1);
    const waits = (await Promise.all(both)).map(({ retryAfterMs }) => retryAfterMs);
    expect(new Set(waits)).toEqual(new Set([1_000, 30_000]));
    expect((await failure(same.send(ann, part("z")))).retryAfterMs).toBeGreaterThan(29_000);
    busy.closeAllConnections();
    busy.close();
  });

  it.each([99_999_999_999, 1e300])("does not wait for ever when a 429 asks for %d s", async (retryAfterS) => {
    emulator.fail({ kind: "too_many", retryAfterS, method: "sendMessage" });
    const same = channel();
    const error = await failure(same.send(ann, part("x")));
    expect(error).toMatchObject({ code: "channel_rate_limited", retryAfterMs: OUTBOUND_BOUNDS.retryAfterMaxMs });
    const next = await failure(same.send(team, part("y")));
    expect(next.retryAfterMs).toBeLessThanOrEqual(OUTBOUND_BOUNDS.retryAfterMaxMs);
  });

  it("does not know what became of a message after a 5xx, a cut connection or a page of a proxy", async () => {
    for (const fault of [
      { kind: "status", status: 502, description: "Bad Gateway" },
      { kind: "cut_after" },
      { kind: "cut_before" },
    ] as const) {
      const fresh = channel();
      await fresh.send(ann, part("first"));
      emulator.fail({ ...fault, method: "sendMessage" });
      expect((await failure(fresh.send(ann, part("x")))).code).toBe("channel_outcome_unknown");
    }
  });

  it("knows that a message was never written while Telegram cannot be reached", async () => {
    const fresh = channel();
    await fresh.send(ann, part("first"));
    await emulator.close();
    expect((await failure(fresh.send(ann, part("x")))).code).toBe("channel_outcome_unknown");
    expect((await failure(fresh.send(ann, part("x")))).code).toBe("channel_unreachable");
    expect((await failure(channelAt("http://127.0.0.1:9").send(ann, part("x")))).code).toBe("channel_unreachable");
    expect((await failure(channelAt("http://unknown.invalid").send(ann, part("x")))).code).toBe("channel_unreachable");
  });

  it("tells Cloudflare's own pages for an unreachable origin from those for one that was reached", async () => {
    const fresh = channel();
    for (const [status, code] of [
      [521, "channel_unreachable"],
      [530, "channel_unreachable"],
      [522, "channel_outcome_unknown"],
      [502, "channel_outcome_unknown"],
    ] as const) {
      emulator.fail({ kind: "page", status, method: "sendMessage" });
      expect((await failure(fresh.send(ann, part("x")))).code).toBe(code);
    }
  });

  it("gives up a call that gets no answer in time", async () => {
    const fresh = channel();
    await fresh.send(ann, part("first"));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      emulator.fail({ kind: "hang", method: "sendMessage" });
      const attempt = failure(fresh.send(ann, part("x")));
      await vi.advanceTimersByTimeAsync(OUTBOUND_BOUNDS.sendTimeoutMs);
      expect((await attempt).code).toBe("channel_outcome_unknown");
    } finally {
      vi.useRealTimers();
    }
  });
});
