import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { commandsAt } from "../../../protocol/commands.ts";
import type { PersonSummary } from "../../../protocol/people.ts";
import { TELEGRAM_UPDATE_KINDS } from "../../../protocol/telegram-updates.ts";
import { createTelegramAdmin } from "../../../worker/telegram-admin.ts";
import { readSchema, startTelegramEmulator, type TelegramEmulator } from "../../emulators/telegram/index.ts";

const OFFICIAL = resolve(import.meta.dirname, "../../../../shared/fixtures/schemas/telegram-bot-api-10.1.json");
const schema = existsSync(OFFICIAL) ? readSchema(OFFICIAL) : undefined;
if (!schema) console.warn(`SKIPPED: the official schema is not there (${OFFICIAL}); our own subset checks the calls`);

const TOKEN = "4711:SECRET-token";
const OURS = "https://claw.example.com/telegram/webhook";
/** Where nobody listens. */
const NOBODY = "http://127.0.0.1:9/telegram/webhook";
/** As in a directory where nothing was set but this. */
const api = createTelegramAdmin<Record<string, string>>(async (_env, { defaults }) => ({
  config: { ...defaults, messages: { ...defaults.messages, language } },
  people,
}));

let language: "auto" | "de";
let people: readonly PersonSummary[];

let telegram: TelegramEmulator;
let variables: Record<string, string>;
/** Everything that was answered or logged. */
let said: string;

beforeEach(async () => {
  telegram = await startTelegramEmulator({ token: TOKEN, ...(schema && { schema }) });
  variables = {
    AGENTCORE_RUNTIME_ARN: "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/claw-AbCdEf1234",
    AWS_ACCESS_KEY_ID: "AKID",
    AWS_SECRET_ACCESS_KEY: "key",
    AGENT_BUCKET: "bucket",
    AGENT_DATA_ROLE_ARN: "arn:aws:iam::123456789012:role/data",
    TELEGRAM_BOT_TOKEN: TOKEN,
    TELEGRAM_WEBHOOK_SECRET: "hook-secret",
    TELEGRAM_API_ROOT: telegram.url,
    PUBLIC_URL: "https://claw.example.com",
    // Settings that are equal share what is known of the bot; no test shall know of another's.
    DEPLOYMENT_ID: telegram.url,
  };
  [language, people] = ["auto", []];
  said = "";
  for (const level of ["log", "warn", "error"] as const) {
    vi.spyOn(console, level).mockImplementation((line: unknown) => void (said += String(line)));
  }
});
afterEach(async () => {
  vi.restoreAllMocks();
  await telegram.close();
  expect(said).not.toMatch(/SECRET-|hook-secret/);
});

async function ask(method: string, path: string, body?: unknown): Promise<{ status: number; answer: unknown }> {
  const init = { method, ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }) };
  const response = await api.request(`http://worker.example${path}`, init, variables);
  const text = await response.text();
  said += text;
  return { status: response.status, answer: JSON.parse(text) };
}
const called = (method: string) => telegram.calls.filter((call) => call.method === method);

describe("GET /admin/api/telegram", () => {
  it("says who the bot is, that it has no webhook, and which it would get", async () => {
    const { status, answer } = await ask("GET", "/");
    expect(status).toBe(200);
    expect(answer).toEqual({
      bot: {
        id: 4711,
        username: "claw_bot",
        name: "Claw",
        canJoinGroups: true,
        canReadAllGroupMessages: expect.any(Boolean),
      },
      webhook: {
        url: null,
        isOurs: false,
        pending: 0,
        lastError: null,
        maxConnections: null,
        allowedUpdates: null,
        missingUpdates: ["message_reaction", "chat_member"],
      },
      address: { url: OURS, problem: null },
      groups: { policy: "allowlist", allowed: 0 },
    });
  });

  it("says how a webhook does, in Telegram's words", async () => {
    await ask("PUT", "/webhook");
    telegram.setWebhook({ url: NOBODY, secret: "x" });
    telegram.say({ from: 7, text: "hello" });
    await vi.waitFor(async () => {
      expect((await ask("GET", "/")).answer).toMatchObject({
        webhook: {
          url: NOBODY,
          isOurs: false,
          pending: 1,
          lastError: { at: expect.any(Number), message: "Connection refused" },
          maxConnections: 40,
          allowedUpdates: TELEGRAM_UPDATE_KINDS,
          missingUpdates: [],
        },
      });
    });
    const { answer } = await ask("GET", "/");
    expect(Math.abs(Date.now() - Number(Reflect.get(Object(answer).webhook.lastError, "at")))).toBeLessThan(60_000);
  });

  it("knows its own webhook, and cannot tell behind a tunnel", async () => {
    const isOurs = async () => Object((await ask("GET", "/")).answer).webhook.isOurs;
    telegram.setWebhook({ url: OURS, secret: "x" });
    expect(await isOurs()).toBe(true);
    variables = { ...variables, PUBLIC_URL: "http://127.0.0.1:8787" };
    expect(await isOurs()).toBe(null);
    telegram.setWebhook({ url: "https://other.example.com/hook", secret: "x" });
    expect(await isOurs()).toBe(false);
  });

  it("never shows the token that somebody has put into a webhook", async () => {
    telegram.setWebhook({ url: `https://other.example.com/bot${TOKEN}`, secret: "x" });
    expect((await ask("GET", "/")).answer).toMatchObject({
      webhook: { url: "https://other.example.com/bot4711:<token>" },
    });
  });

  it("counts the groups of Telegram that are let in", async () => {
    variables = { ...variables, GROUP_POLICY: "open", GROUP_ALLOW_FROM: "telegram:-1,slack:C1,telegram:-2" };
    expect((await ask("GET", "/")).answer).toMatchObject({ groups: { policy: "open", allowed: 2 } });
  });

  it("takes the address at which it was asked for its own when it was told none", async () => {
    const { PUBLIC_URL: _, ...rest } = variables;
    variables = rest;
    expect((await ask("GET", "/")).answer).toMatchObject({
      address: { url: null, problem: expect.stringMatching(/^Telegram cannot reach http:\/\/worker\.example\//) },
    });
  });
});

describe("PUT /admin/api/telegram/webhook", () => {
  it("has Telegram send what we handle to PUBLIC_URL, with our secret, and sets the menus", async () => {
    expect(await ask("PUT", "/webhook")).toEqual({ status: 200, answer: { url: OURS, commandsProblem: null } });
    expect(called("setWebhook").map(({ params }) => params)).toEqual([
      {
        url: OURS,
        secret_token: "hook-secret",
        allowed_updates: [...TELEGRAM_UPDATE_KINDS],
        max_connections: 40,
      },
    ]);
    expect(called("setMyCommands")).toHaveLength(4);
  });

  it("takes another address, and drops nothing that waits", async () => {
    const { answer } = await ask("PUT", "/webhook", { url: "https://tunnel.example.com:8443" });
    expect(answer).toMatchObject({ url: "https://tunnel.example.com:8443/telegram/webhook" });
    expect(called("setWebhook")[0]?.params["drop_pending_updates"]).not.toBe(true);
  });

  it.each([
    ["the laptop's own address", {}, "http://127.0.0.1:8787"],
    ["a private address", { url: "https://192.168.1.2" }, undefined],
    ["plain http", { url: "http://claw.example.com" }, undefined],
    ["an odd port", { url: "https://claw.example.com:8787" }, undefined],
  ])("refuses %s before it asks Telegram, and says what to do", async (_what, body, publicUrl) => {
    variables = { ...variables, ...(publicUrl && { PUBLIC_URL: publicUrl }) };
    expect(await ask("PUT", "/webhook", body)).toEqual({
      status: 400,
      answer: {
        error: "address_unusable",
        message: expect.stringMatching(/^Telegram cannot reach http.*\/telegram\/webhook: .*npm start then fetches/),
      },
    });
    expect(telegram.calls).toEqual([]);
  });

  it.each([
    "{",
    "[]",
    '{"uri":"https://a.example"}',
    '{"url":""}',
    '{"url":1}',
    `{"url":"https://${"a".repeat(2_048)}"}`,
  ])("does not understand the body %s", async (body) => {
    expect(await ask("PUT", "/webhook", body)).toEqual({ status: 400, answer: { error: "malformed_body" } });
    expect(telegram.calls).toEqual([]);
  });

  it("sets the webhook also when the menus fail, and says so", async () => {
    telegram.fail({
      kind: "status",
      status: 400,
      description: "Bad Request: BOT_COMMAND_INVALID",
      method: "setMyCommands",
    });
    expect(await ask("PUT", "/webhook")).toEqual({
      status: 200,
      answer: { url: OURS, commandsProblem: "Telegram refuses setMyCommands: 400 Bad Request: BOT_COMMAND_INVALID" },
    });
  });

  it("passes on why Telegram refuses", async () => {
    const description = "Bad Request: bad webhook: Failed to resolve host: Name or service not known";
    telegram.fail({ kind: "status", status: 400, description, method: "setWebhook" });
    expect(await ask("PUT", "/webhook")).toEqual({
      status: 502,
      answer: { error: "telegram_refused", message: `Telegram refuses setWebhook: 400 ${description}` },
    });
    expect(called("setMyCommands")).toEqual([]);
  });
});

describe("DELETE /admin/api/telegram/webhook", () => {
  it("takes the webhook away, keeps what waits, and says how much that is", async () => {
    telegram.setWebhook({ url: NOBODY, secret: "x" });
    telegram.say({ from: 7, text: "hello" });
    expect(await ask("DELETE", "/webhook")).toEqual({ status: 200, answer: { pending: 1 } });
    expect((await ask("GET", "/")).answer).toMatchObject({ webhook: { url: null } });
    expect(called("deleteWebhook")[0]?.params["drop_pending_updates"]).not.toBe(true);
  });
});

describe("POST /admin/api/telegram/commands", () => {
  const offered = (place: "direct" | "group", inLanguage: "en" | "de", mayAll: boolean) =>
    commandsAt(place, inLanguage)
      .filter(({ who }) => mayAll || who === "everyone")
      .map(({ name, description }) => ({ command: name, description }));
  const OWNER_CHAT = { type: "chat", chat_id: 7 };
  const ADA: PersonSummary = {
    personId: "telegram-7",
    name: "Ada",
    role: "owner",
    peers: [
      { peer: "telegram:7", how: "listed", at: null },
      { peer: "discord:8", how: "linked", at: 1 },
    ],
  };
  const BOB: PersonSummary = {
    personId: "telegram-9",
    name: "Bob",
    role: "person",
    peers: [{ peer: "telegram:9", how: "paired", at: 1 }],
  };

  it("sets a menu for each kind of place in each language, and the same again", async () => {
    for (let times = 0; times < 2; times += 1) {
      expect(await ask("POST", "/commands")).toEqual({ status: 200, answer: { set: true } });
    }
    for (const [scope, place] of [
      ["all_private_chats", "direct"],
      ["all_group_chats", "group"],
    ] as const) {
      expect(telegram.commands({ type: scope })).toEqual(offered(place, "en", false));
      expect(telegram.commands({ type: scope }, "de")).toEqual(offered(place, "de", false));
    }
    expect(telegram.commands({ type: "all_private_chats" }, "de")).not.toEqual(
      telegram.commands({ type: "all_private_chats" }),
    );
    expect(called("setMyCommands").map(({ status }) => status)).toEqual(Array(8).fill(200));
  });

  it("offers what only the owner may do in their chat and nowhere else", async () => {
    for (const from of [7, 9]) telegram.say({ from, text: "hi" });
    people = [ADA, BOB];
    await ask("POST", "/commands");
    expect(telegram.commands(OWNER_CHAT)).toEqual(offered("direct", "en", true));
    expect(telegram.commands(OWNER_CHAT, "de")).toEqual(offered("direct", "de", true));
    expect(telegram.commands(OWNER_CHAT).map(({ command }) => command)).toContain("config");
    const names = called("setMyCommands").map(({ params }) => JSON.stringify(params));
    expect(names.filter((menu) => menu.includes('"config"'))).toHaveLength(2);
    expect(names.some((menu) => menu.includes('"activation"'))).toBe(false);
    expect(telegram.commands({ type: "chat", chat_id: 9 })).toEqual([]);
  });

  it("takes away the menu of administrators that it once set", async () => {
    const scope = { type: "all_chat_administrators" };
    await fetch(`${telegram.url}/bot${TOKEN}/setMyCommands`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ scope, commands: [{ command: "activation", description: "of before" }] }),
    });
    await ask("POST", "/commands");
    expect(telegram.commands(scope)).toEqual([]);
  });

  it("sets the others also while the owner has not opened the chat", async () => {
    people = [ADA];
    expect(await ask("POST", "/commands")).toEqual({ status: 200, answer: { set: true } });
    expect(telegram.commands({ type: "all_private_chats" })).toEqual(offered("direct", "en", false));
    expect(telegram.commands(OWNER_CHAT)).toEqual([]);
  });

  it("is in the language that the configuration names, whatever the app's", async () => {
    language = "de";
    await ask("POST", "/commands");
    for (const app of [undefined, "de"]) {
      expect(telegram.commands({ type: "all_private_chats" }, app)).toEqual(offered("direct", "de", false));
    }
  });
});

describe("every route", () => {
  const ROUTES = [
    ["GET", "/"],
    ["PUT", "/webhook"],
    ["DELETE", "/webhook"],
    ["POST", "/commands"],
  ] as const;

  it.each(ROUTES)("answers %s %s with 503 while no bot is set", async (method, path) => {
    const { TELEGRAM_BOT_TOKEN: _, ...rest } = variables;
    variables = rest;
    expect(await ask(method, path)).toEqual({
      status: 503,
      answer: { error: "channel_not_configured", message: expect.stringContaining("TELEGRAM_BOT_TOKEN") },
    });
  });

  it.each(ROUTES)("says to %s %s that Telegram does not know the token", async (method, path) => {
    variables = { ...variables, TELEGRAM_BOT_TOKEN: "4711:SECRET-other" };
    expect(await ask(method, path)).toEqual({
      status: 502,
      answer: {
        error: "telegram_refused",
        message: "Telegram does not know this TELEGRAM_BOT_TOKEN; copy it again from @BotFather",
      },
    });
  });

  it.each(ROUTES)("says to %s %s how long Telegram wants to be left alone", async (method, path) => {
    telegram.fail({ kind: "too_many", retryAfterS: 30 });
    expect(await ask(method, path)).toEqual({
      status: 503,
      answer: {
        error: "telegram_unavailable",
        message: expect.stringMatching(/^Telegram wants to be left alone for (?:29|30) s$/),
      },
    });
  });

  it.each(ROUTES)("says to %s %s that Telegram cannot be reached", async (method, path) => {
    telegram.fail({ kind: "page", status: 404, times: 9 });
    const { status, answer } = await ask(method, path);
    expect(status).toBe(503);
    expect(answer).toMatchObject({
      error: "telegram_unavailable",
      message: expect.stringMatching(/^Telegram cannot be reached \(/),
    });
  });

  it.each(ROUTES)("says to %s %s that Telegram did not answer", async (method, path) => {
    const server = createServer((request) => request.socket.destroy());
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const { port } = server.address() as AddressInfo;
    variables = { ...variables, TELEGRAM_API_ROOT: `http://127.0.0.1:${port}` };
    const { status, answer } = await ask(method, path);
    server.close();
    expect(status).toBe(503);
    expect(answer).toMatchObject({ message: expect.stringMatching(/^Telegram did not answer \(/) });
  });
});
