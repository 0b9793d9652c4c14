import { reset } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { INBOUND_BOUNDS } from "../../protocol/bounds.ts";

const at = (path: string) => `https://claw.test${path}`;
const call = (path: string, init?: RequestInit) => exports.default.fetch(at(path), init);
const admin = { authorization: "Bearer admin-token-for-tests" };

function telegram(body: BodyInit, secret = "webhook-secret"): Promise<Response> {
  const headers = { "content-type": "application/json", "x-telegram-bot-api-secret-token": secret };
  return call("/telegram/webhook", { method: "POST", headers, body });
}

afterEach(reset);

describe("routes", () => {
  it("answers /healthz with 200 and secure headers", async () => {
    const response = await call("/healthz");
    expect(response.status).toBe(200);
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(await response.json()).toEqual({ status: "ok", deployment: "local", release: "dev" });
  });

  it("says at / what runs here", async () => {
    const response = await call("/");
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("agent-claw is running");
  });

  it.each(["/discord/interactions", "/slack/events", "/slack/commands", "/slack/interactivity", "/whatsapp/webhook"])(
    "answers POST %s with 503 while it is not configured",
    async (path) => {
      expect((await call(path, { method: "POST", body: "{}" })).status).toBe(503);
    },
  );

  it.each(["/nowhere", "/telegram", "/admin", "/.env"])("answers %s with a JSON 404", async (path) => {
    const response = await call(path);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ error: "not_found" });
  });
});

describe("the Telegram webhook", () => {
  const update = JSON.stringify({
    update_id: 1,
    message: {
      message_id: 1,
      date: 1_700_000_000,
      chat: { id: 7, type: "private", first_name: "Ada" },
      from: { id: 7, is_bot: false, first_name: "Ada" },
      text: "hello",
    },
  });

  it("accepts an update with the right secret", async () => expect((await telegram(update)).status).toBe(200));

  it.each([
    ["wrong", "webhook-secreT"],
    ["longer", "webhook-secret-and-more"],
    ["empty", ""],
  ])("answers 401 to a %s secret", async (_what, secret) => {
    expect((await telegram(update, secret)).status).toBe(401);
  });

  it("answers 401 without a secret", async () => {
    expect((await call("/telegram/webhook", { method: "POST", body: update })).status).toBe(401);
  });

  it.each(["", "{", "null", "[]", "1", '"x"', '{"update_id":"1"}', '{"message":{}}', '{"update_id":1,"message":[]}'])(
    "answers 400 to the body %j",
    async (body) => expect((await telegram(body)).status).toBe(400),
  );

  it("answers 413 to a body over the cap, whether or not its length is announced", async () => {
    const big = new Uint8Array(10 * INBOUND_BOUNDS.bodyMaxBytes);
    expect((await telegram(big)).status).toBe(413);
    const stream = new Blob([big]).stream();
    expect((await telegram(stream)).status).toBe(413);
  });

  it("answers 400 to a body that breaks off", async () => {
    const broken = new ReadableStream({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode('{"update_id":'));
        controller.error(new Error("gone"));
      },
    });
    expect((await telegram(broken)).status).toBe(400);
  });

  it("acknowledges an update of an unknown kind", async () => {
    expect((await telegram('{"update_id":2,"new_kind":{"x":1}}')).status).toBe(200);
  });
});

describe("what only the owner may use", () => {
  it.each(["/admin/api/status", "/admin/api/sessions", "/admin/api/nowhere", "/web/socket"])(
    "answers 401 to %s without the right token",
    async (path) => {
      expect((await call(path)).status).toBe(401);
      expect((await call(path, { headers: { authorization: "Bearer wrong-token-for-tests" } })).status).toBe(401);
      expect((await call(path, { headers: { authorization: "Basic admin-token-for-tests" } })).status).toBe(401);
    },
  );

  it("shows settings without secrets", async () => {
    const response = await call("/admin/api/status", { headers: admin });
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(text).toContain('"telegram":"on"');
    expect(text).toContain('"hooks":"on"');
    expect(text).not.toMatch(/test-token|webhook-secret|secret-for-tests|admin-token|hooks-token/);
  });

  it("lists sessions, their ledger and the dead letters", async () => {
    const sessions = await call("/admin/api/sessions", { headers: admin });
    expect(await sessions.json()).toEqual({ sessions: [] });
    const ledger = await call("/admin/api/ledger", { headers: admin });
    expect(await ledger.json()).toEqual({ messages: [], parts: [], unavailable: [] });
    const deadLetters = await call("/admin/api/dead-letters", { headers: admin });
    expect(await deadLetters.json()).toEqual({ deadLetters: [] });
    expect((await call("/admin/api/sessions/nonsense/ledger", { headers: admin })).status).toBe(400);
  });

  it("answers 426 to a plain request for the web socket", async () => {
    expect((await call("/web/socket", { headers: admin })).status).toBe(426);
  });
});
