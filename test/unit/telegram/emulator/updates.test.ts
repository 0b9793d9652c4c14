import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startTelegramEmulator, type TelegramEmulator } from "../../../emulators/telegram/index.ts";

const TOKEN = "77:token";

type Received = { readonly updateId: number; readonly secret: string | string[] | undefined };

describe("updates of the emulated Bot API", () => {
  let emulator: TelegramEmulator;
  let hook: Server;
  let hookUrl = "";
  let received: Received[] = [];
  let answer: (updateId: number) => number | Promise<number> = () => 200;

  beforeEach(async () => {
    received = [];
    answer = () => 200;
    emulator = await startTelegramEmulator({ token: TOKEN });
    hook = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", async () => {
        const { update_id: updateId } = JSON.parse(Buffer.concat(chunks).toString()) as { update_id: number };
        received.push({ updateId, secret: request.headers["x-telegram-bot-api-secret-token"] });
        response.writeHead(await answer(updateId)).end();
      });
    });
    await new Promise<void>((listening) => hook.listen(0, "127.0.0.1", listening));
    hookUrl = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/hook`;
  });
  afterEach(async () => {
    await emulator.close();
    hook.closeAllConnections();
    hook.close();
  });

  const call = async (method: string, params: object = {}) => {
    const response = await fetch(`${emulator.url}/bot${TOKEN}/${method}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(params),
    });
    return (await response.json()) as { ok: boolean; error_code?: number; result?: unknown };
  };
  const info = async () => (await call("getWebhookInfo")).result;
  const ids = (reply: { result?: unknown }) =>
    (reply.result as { update_id: number }[]).map((found) => found.update_id);

  it("posts each update with the secret, until a 2xx", async () => {
    let failures = 2;
    answer = () => (failures-- > 0 ? 503 : 204);
    await call("setWebhook", { url: hookUrl, secret_token: "s3cret" });
    const { update_id: updateId } = emulator.say({ from: 42, text: "hi" });
    await vi.waitFor(async () => expect(await info()).toMatchObject({ pending_update_count: 0 }));
    expect(received).toEqual(Array.from({ length: 3 }, () => ({ updateId, secret: "s3cret" })));
    expect(emulator.posts.map(({ attempt, status }) => [attempt, status])).toEqual([
      [1, 503],
      [2, 503],
      [3, 204],
    ]);
    expect(await info()).toMatchObject({ url: hookUrl, last_error_message: "Wrong response from the webhook: 503" });
  });

  it("lets later updates overtake one that fails, and posts no more at once than allowed", async () => {
    let most = 0;
    let open = 0;
    let blocked = true;
    const first = emulator.say({ from: 42, text: "first" }).update_id;
    answer = async (updateId) => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((later) => setImmediate(later));
      open -= 1;
      return updateId === first && blocked ? 500 : 200;
    };
    const later = [1, 2, 3, 4].map((n) => emulator.say({ from: 42, text: `${n}` }).update_id);
    await call("setWebhook", { url: hookUrl, max_connections: 2 });
    await vi.waitFor(() => expect(received.map((post) => post.updateId)).toEqual(expect.arrayContaining(later)));
    expect(await info()).toMatchObject({ pending_update_count: 1 });
    blocked = false;
    await vi.waitFor(async () => expect(await info()).toMatchObject({ pending_update_count: 0 }));
    expect(most).toBe(2);
  });

  it("keeps updates while nobody listens", async () => {
    await call("setWebhook", { url: "http://127.0.0.1:9/" });
    emulator.say({ from: 42, text: "hi" });
    await vi.waitFor(async () => expect(await info()).toMatchObject({ last_error_message: "Connection refused" }));
    expect(await info()).toMatchObject({ pending_update_count: 1 });
    await call("setWebhook", { url: hookUrl });
    await vi.waitFor(() => expect(received).toHaveLength(1));
  });

  it("hands out updates by long poll and forgets them when the offset confirms them", async () => {
    const waiting = call("getUpdates", { timeout: 30 });
    await vi.waitFor(async () => expect(await info()).toMatchObject({ pending_update_count: 0 }));
    const { update_id: first } = emulator.say({ from: 42, text: "one" });
    const reply = await waiting;
    // The poll may have come after the message; either way it is handed out, and again until it is confirmed.
    expect(ids(reply)).toEqual([first]);
    expect(ids(await call("getUpdates"))).toEqual([first]);
    const { update_id: second } = emulator.say({ from: 42, text: "two" });
    expect(ids(await call("getUpdates", { offset: first + 1 }))).toEqual([second]);
    expect(ids(await call("getUpdates", { offset: second + 1 }))).toEqual([]);
  });

  it("answers 409 to a poll while a webhook is set, and to the older of two polls", async () => {
    await call("setWebhook", { url: hookUrl });
    expect(await call("getUpdates")).toMatchObject({ ok: false, error_code: 409 });
    await call("deleteWebhook");
    let older: { error_code?: number } | null = null;
    void call("getUpdates", { timeout: 30 }).then((reply) => (older = reply));
    await vi.waitFor(async () => {
      await call("getUpdates");
      expect(older).toMatchObject({ error_code: 409 });
    });
  });

  it("sends only the kinds that were asked for, by default not reactions", async () => {
    emulator.push({ message_reaction: {} });
    emulator.push({ edited_message: {} });
    expect((await call("getUpdates")).result).toHaveLength(1);
    await call("getUpdates", { allowed_updates: ["message_reaction"] });
    emulator.push({ message_reaction: {} });
    emulator.push({ message: {} });
    expect((await call("getUpdates")).result).toHaveLength(2);
  });

  it("drops waiting updates on request and refuses bad settings", async () => {
    emulator.say({ from: 42, text: "hi" });
    await call("deleteWebhook", { drop_pending_updates: true });
    expect(await info()).toMatchObject({ pending_update_count: 0, url: "" });
    for (const params of [{ secret_token: "no spaces" }, { secret_token: "" }, { max_connections: 101 }]) {
      expect(await call("setWebhook", { url: hookUrl, ...params })).toMatchObject({ ok: false, error_code: 400 });
    }
  });
});
