import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { TelegramEmulator } from "../../emulators/telegram/index.ts";
import { ann, buttons, channelAt, failure, part, startEmulator, team } from "./outgoing.ts";

const table = "| a | b |\n|---|---|\n| **1** | 2 |";

describe("send of a rich message", () => {
  let emulator: TelegramEmulator;
  beforeEach(async () => {
    emulator = await startEmulator();
  });
  afterEach(async () => {
    vi.useRealTimers();
    await emulator.close();
  });

  const channel = () => channelAt(emulator.url);
  const methods = () => emulator.calls.map((call) => call.method).filter((method) => method !== "getMe");

  it("sends as rich message what plain HTML cannot show well, and nothing else", async () => {
    const receipt = await channel().send(ann, part(table));
    await channel().send(ann, part("**bold**"));
    const [rich, plain] = emulator.answers(42);
    expect(receipt).toEqual({ messageId: String(rich?.message_id) });
    expect(rich?.rich_message?.blocks).toMatchObject([
      {
        type: "table",
        cells: [
          [{ text: "a" }, { text: "b" }],
          [{ text: { type: "bold", text: "1" } }, { text: "2" }],
        ],
      },
    ]);
    expect(plain).toMatchObject({ text: "bold" });
    expect(methods()).toEqual(["sendRichMessage", "sendMessage"]);
  });

  it("keeps topic, reply and buttons", async () => {
    const to = { ...team, thread: { kind: "topic", id: "9" } } as const;
    await channel().send(to, part(table, { buttons: buttons("Yes") }));
    expect(emulator.calls.at(-1)?.params).toMatchObject({
      message_thread_id: 9,
      reply_parameters: { message_id: 7, allow_sending_without_reply: true },
      reply_markup: { inline_keyboard: [[{ text: "Yes", callback_data: "b-0" }]] },
    });
    await channel().send({ ...team, thread: { kind: "topic", id: "1" } }, part(table));
    expect(emulator.calls.at(-1)?.params).not.toHaveProperty("message_thread_id");
  });

  it("sends none where the owner wants none", async () => {
    await channelAt(emulator.url, { richMessages: false }).send(ann, part(table));
    expect(methods()).toEqual(["sendMessage"]);
  });

  it("remembers for an hour that the server knows no rich messages, and sends HTML at once", async () => {
    await emulator.close();
    emulator = await startEmulator({ knowsRichMessages: false });
    vi.useFakeTimers({ toFake: ["Date"], now: 1_000_000 });
    const same = channel();
    await same.send(ann, part(table));
    await same.send(team, part(table));
    expect(methods()).toEqual(["sendRichMessage", "sendMessage", "sendMessage"]);
    expect(emulator.answers(42)[0]?.entities).toMatchObject([{ type: "pre" }]);
    vi.setSystemTime(1_000_000 + 3_600_000);
    await same.send(ann, part(table));
    expect(methods().slice(3)).toEqual(["sendRichMessage", "sendMessage"]);
  });

  it.each(["Bad Request: RICH_MESSAGE_NOT_SUPPORTED", "Bad Request: rich messages are not supported"])(
    "remembers %j",
    async (description) => {
      const same = channel();
      emulator.fail({ kind: "status", status: 400, description, method: "sendRichMessage" });
      await same.send(ann, part(table));
      await same.send(ann, part(table));
      expect(methods()).toEqual(["sendRichMessage", "sendMessage", "sendMessage"]);
    },
  );

  it.each([
    "Bad Request: can't parse rich message: unsupported tag",
    "Bad Request: RICH_MESSAGE_CONTENT_REQUIRED",
    "Bad Request: RICH_MESSAGE_EMAIL_INVALID",
    "Bad Request: RICH_VALIDATE_CTOR_NOT_ALLOWED",
    "Bad Request: RICH_MESSAGES_FORBIDDEN",
    "Bad Request: rich messages are not supported in this chat",
    "Bad Request: rich messages can't be sent to the chat",
    "Bad Request: something that nobody has heard of",
  ])("falls back for this message only on %j", async (description) => {
    const same = channel();
    emulator.fail({ kind: "status", status: 400, description, method: "sendRichMessage" });
    await same.send(ann, part(table));
    await same.send(ann, part(table));
    expect(methods()).toEqual(["sendRichMessage", "sendMessage", "sendRichMessage"]);
    expect(emulator.answers(42)).toHaveLength(2);
  });

  it("goes down to the text as it is when HTML is refused too", async () => {
    const description = "Bad Request: can't parse entities: what";
    emulator.fail({ kind: "status", status: 400, description, method: "sendRichMessage" });
    emulator.fail({ kind: "status", status: 400, description, method: "sendMessage" });
    await channel().send(ann, part(table));
    expect(methods()).toEqual(["sendRichMessage", "sendMessage", "sendMessage"]);
    expect(emulator.answers(42).map((sent) => sent.text)).toEqual([table]);
  });

  it("does not send in another form what may have been sent", async () => {
    const same = channel();
    await same.send(ann, part("first"));
    for (const [fault, code] of [
      [{ kind: "cut_after" }, "channel_outcome_unknown"],
      [{ kind: "status", status: 500 }, "channel_outcome_unknown"],
      [{ kind: "page", status: 502 }, "channel_outcome_unknown"],
      [{ kind: "page", status: 404 }, "channel_unreachable"],
      [{ kind: "status", status: 404, description: "Not Found" }, "channel_unreachable"],
      [{ kind: "status", status: 403, description: "Forbidden: bot was blocked by the user" }, "channel_refused"],
    ] as const) {
      emulator.fail({ ...fault, method: "sendRichMessage" });
      const before = emulator.calls.length;
      expect((await failure(same.send(ann, part(table)))).code).toBe(code);
      const since = emulator.calls.slice(before).map((call) => call.method);
      expect(since.filter((method) => method !== "getMe")).toEqual(["sendRichMessage"]);
    }
  });

  it("follows a group that became a supergroup", async () => {
    emulator.migrate(-100123, -100456);
    await channel().send(team, part(table));
    expect(methods()).toEqual(["sendRichMessage", "sendRichMessage"]);
    expect(emulator.answers(-100456)).toHaveLength(1);
  });
});
