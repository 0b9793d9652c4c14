import { once } from "node:events";
import { createServer } from "node:http";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { callTelegram, TelegramRefusal } from "../../../local/telegram-api.ts";
import { OUTBOUND_BOUNDS } from "../../../protocol/bounds.ts";

const TOKEN = "4711:SECRET-token";

/** What `callTelegram` makes of one answer. */
async function refusalOf(status: number, body: string): Promise<TelegramRefusal> {
  const server = createServer((_request, response) => void response.writeHead(status).end(body));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  const apiRoot = typeof address === "object" && address ? `http://127.0.0.1:${address.port}` : "";
  const signal = new AbortController().signal;
  const refusal = await callTelegram({ apiRoot, botToken: TOKEN }, "getMe", {}, v.object({}), signal).catch(
    (error: unknown) => error,
  );
  server.closeAllConnections();
  server.close();
  if (!(refusal instanceof TelegramRefusal)) throw new Error("no refusal");
  expect(refusal.message).not.toContain("SECRET");
  return refusal;
}

const tooMany = (retryAfter: unknown) =>
  JSON.stringify({ ok: false, error_code: 429, description: "Too Many", parameters: { retry_after: retryAfter } });

describe("callTelegram", () => {
  it.each([
    [401, "<html>"],
    [404, '{"ok":false}'],
    [403, '{"ok":false,"error_code":"403"}'],
    [409, ""],
    [302, ""],
    [200, '{"ok":true}'],
  ])("takes %i %s for the answer of somebody else", async (status, body) => {
    expect(await refusalOf(status, body)).toMatchObject({
      status: 0,
      message: `a page with status ${status} that is not Telegram's`,
    });
  });

  it("says what Telegram refuses, without the token", async () => {
    for (const [said, message] of [
      [`no ${TOKEN}`, "no 4711:<token>"],
      [`no /bot${encodeURIComponent(TOKEN)}/getMe`, "no /bot4711%3A<token>/getMe"],
    ]) {
      const body = JSON.stringify({ ok: false, error_code: 401, description: said });
      expect(await refusalOf(401, body)).toMatchObject({ status: 401, message, retryAfterMs: null });
    }
  });

  it("bounds how long Telegram may wish to be left alone", async () => {
    expect((await refusalOf(429, tooMany(3))).retryAfterMs).toBe(3_000);
    expect((await refusalOf(429, tooMany(1e12))).retryAfterMs).toBe(OUTBOUND_BOUNDS.retryAfterMaxMs);
    expect(await refusalOf(429, tooMany("soon"))).toMatchObject({ status: 429, retryAfterMs: null });
  });
});
