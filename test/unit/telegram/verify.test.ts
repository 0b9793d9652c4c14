import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTelegramChannel } from "../../../worker/channels/telegram/index.ts";
import { startTelegramEmulator, type TelegramEmulator } from "../../emulators/telegram/index.ts";
import {
  BOT,
  channelPost,
  command,
  groupMessage,
  mentioning,
  privateMessage,
  replyToUs,
  TOKEN,
  update,
  us,
} from "./payloads.ts";
import { photo } from "./payloads-content.ts";
import { edited, event, HEARD } from "./payloads-events.ts";
import { serviceMessage } from "./payloads-service.ts";

const SECRET = "s3cret-token_of_256_or_less";
const bytes = (text: string) => new TextEncoder().encode(text);

describe("verify", () => {
  let emulator: TelegramEmulator;
  beforeEach(async () => {
    emulator = await startTelegramEmulator({ token: TOKEN, username: BOT.username });
  });
  afterEach(() => emulator.close());

  const settings = () => ({ botToken: TOKEN, webhookSecret: SECRET, apiRoot: emulator.url });
  const verify = (body: Uint8Array | object, secret: string | null = SECRET) =>
    createTelegramChannel(settings()).verify({
      headers: new Headers(secret === null ? {} : { "X-Telegram-Bot-Api-Secret-Token": secret }),
      body: body instanceof Uint8Array ? body : bytes(JSON.stringify(body)),
    });

  it("lets in an update with the right secret", async () => {
    const verified = await verify(update(privateMessage()));
    expect(verified).toMatchObject({ ok: true, value: { update: { kind: "message", updateId: 1001 } } });
    expect(emulator.calls).toEqual([]);
  });

  it.each([
    ["missing", null],
    ["empty", ""],
    ["wrong", SECRET.replace("s", "t")],
    ["shorter", SECRET.slice(0, -1)],
    ["longer", `${SECRET}x`],
    ["oversized", "x".repeat(10_000)],
    ["in another case", SECRET.toUpperCase()],
  ])("turns away a secret that is %s, before it looks at the body", async (_how, secret) => {
    expect(await verify(bytes("not JSON"), secret)).toMatchObject({ ok: false, error: { kind: "unauthentic" } });
  });

  it.each([
    ["nothing", new Uint8Array()],
    ["no JSON", bytes("{")],
    [
      "no UTF-8",
      bytes(JSON.stringify(update(privateMessage({ text: "~" })))).map((byte) => (byte === 0x7e ? 0xff : byte)),
    ],
    ["null", bytes("null")],
    ["an array", bytes("[]")],
    ["a bare message", bytes(JSON.stringify(privateMessage()))],
    ["a wrong type", bytes(JSON.stringify(update(privateMessage({ text: 5 }))))],
    ["very deep JSON", bytes("[".repeat(500_000))],
  ])("calls a body malformed that is %s", async (_what, body) => {
    expect(await verify(body)).toMatchObject({ ok: false, error: { kind: "malformed" } });
  });

  it("does not look into a secret that is longer than any can be", async () => {
    expect(await verify(update(privateMessage()), `${SECRET}${"x".repeat(300)}`)).toEqual({
      ok: false,
      error: { kind: "unauthentic", why: "secret token too long" },
    });
  });

  const textMention = [{ type: "text_mention", offset: 0, length: 4, user: us }];

  it.each([
    [
      "a private text",
      update(privateMessage({ text: "@claw_bot", entities: [{ type: "mention", offset: 0, length: 9 }] })),
    ],
    ["an answer to us", update(replyToUs())],
    ["a mention of us by id", update(groupMessage({ text: "Crab, hi", entities: textMention }))],
    ["a photo without words", update(groupMessage({ text: undefined, photo }))],
    ["a notice", update(serviceMessage("new_chat_title"))],
    ["a press", event("callback_query", HEARD["callback_query"] ?? {})],
    ["a reaction", event("message_reaction", HEARD["message_reaction"] ?? {})],
    ["a kind that does not exist yet", { update_id: 1, of_tomorrow: {} }],
  ])("asks for no name of ours to read %s", async (_what, json) => {
    expect(await verify(json)).toMatchObject({ ok: true, value: { bot: { id: BOT.id, username: null, name: null } } });
    expect(emulator.calls).toEqual([]);
  });

  it.each([
    ["a text in a group", update(groupMessage())],
    ["a caption in a group", update(groupMessage({ text: undefined, caption: "look", photo }))],
    ["an edit in a group", event("edited_message", { ...edited(), ...groupMessage() })],
    ["a channel's post", event("channel_post", channelPost())],
    ["a mention of somebody", update(mentioning("other_bot"))],
    ["a command for some bot", update(groupMessage(command("/new@other_bot")))],
    ["an answer to us with a command for some bot", update(replyToUs(command("/new@other_bot")))],
  ])("asks for our names to read %s", async (_what, json) => {
    expect(await verify(json)).toMatchObject({
      ok: true,
      value: { bot: { id: BOT.id, username: "claw_bot", name: "Claw" } },
    });
    expect(emulator.calls.map((call) => call.method)).toEqual(["getMe"]);
  });

  it("asks for our names once", async () => {
    const same = settings();
    for (let n = 0; n < 3; n += 1) {
      const verified = await createTelegramChannel(same).verify({
        headers: new Headers({ "x-telegram-bot-api-secret-token": SECRET }),
        body: bytes(JSON.stringify(update(mentioning("claw_bot"), n))),
      });
      expect(verified).toMatchObject({ ok: true, value: { bot: { id: BOT.id, username: "claw_bot" } } });
    }
    expect(emulator.calls.map((call) => call.method)).toEqual(["getMe"]);
  });

  it("notes when an update came", async () => {
    const before = Date.now();
    const verified = await verify(update(privateMessage()));
    const { receivedAt } = verified.ok ? verified.value : { receivedAt: 0 };
    expect(receivedAt).toBeGreaterThanOrEqual(before);
    expect(receivedAt).toBeLessThanOrEqual(Date.now());
  });

  it("says unavailable, not unauthentic, while our names cannot be known", async () => {
    emulator.fail({ kind: "status", status: 500, method: "getMe" });
    const verified = await verify(update(mentioning("claw_bot")));
    expect(verified).toMatchObject({ ok: false, error: { kind: "unavailable" } });
    expect(JSON.stringify(verified)).not.toContain(TOKEN);
    expect(await verify(update(mentioning("claw_bot")))).toMatchObject({ ok: true });
  });

  it("does not exist without a secret", () => {
    expect(() => createTelegramChannel({ ...settings(), webhookSecret: "" })).toThrow();
  });
});
