import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTelegramChannel } from "../../../worker/channels/telegram/index.ts";
import { startTelegramEmulator, type TelegramEmulator } from "../../emulators/telegram/index.ts";
import { BOT, mentioning, privateMessage, replyToUs, TOKEN, update } from "./payloads.ts";

const SECRET = "s3cret-token_of_256_or_less";
const bytes = (text: string) => new TextEncoder().encode(text);

describe("verify", () => {
  let emulator: TelegramEmulator;
  beforeEach(async () => {
    emulator = await startTelegramEmulator({ token: TOKEN, username: BOT.username });
  });
  afterEach(() => emulator.close());

  const channel = () => createTelegramChannel({ botToken: TOKEN, webhookSecret: SECRET, apiRoot: emulator.url });
  const verify = (body: Uint8Array | object, secret: string | null = SECRET) =>
    channel().verify({
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

  it("asks for our username once, and only when a group message names somebody", async () => {
    await verify(update(replyToUs()));
    const entities = [{ type: "mention", offset: 0, length: 9 }];
    await verify(update(privateMessage({ text: "@claw_bot", entities })));
    expect(emulator.calls).toEqual([]);
    const settings = { botToken: TOKEN, webhookSecret: SECRET, apiRoot: emulator.url };
    for (let n = 0; n < 3; n += 1) {
      const verified = await createTelegramChannel(settings).verify({
        headers: new Headers({ "x-telegram-bot-api-secret-token": SECRET }),
        body: bytes(JSON.stringify(update(mentioning("claw_bot"), n))),
      });
      expect(verified).toMatchObject({ ok: true, value: { bot: { id: BOT.id, username: "claw_bot" } } });
    }
    expect(emulator.calls.map((call) => call.method)).toEqual(["getMe"]);
  });

  it("says unavailable, not unauthentic, while our username cannot be known", async () => {
    emulator.fail({ kind: "status", status: 500, method: "getMe" });
    const verified = await verify(update(mentioning("claw_bot")));
    expect(verified).toMatchObject({ ok: false, error: { kind: "unavailable" } });
    expect(JSON.stringify(verified)).not.toContain(TOKEN);
    expect(await verify(update(mentioning("claw_bot")))).toMatchObject({ ok: true });
  });

  it("does not exist without a secret", () => {
    expect(() => createTelegramChannel({ botToken: TOKEN, webhookSecret: "", apiRoot: emulator.url })).toThrow();
  });
});
