import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { GatewayStatus } from "../../../protocol/gateway.ts";
import { wantedCommands } from "../../../worker/channels/discord/commands.ts";
import { verifyDiscord } from "../../../worker/channels/discord/verify.ts";
import { createDiscordAdmin, discordMissing } from "../../../worker/discord-admin.ts";
import { type DiscordEmulator, readSchema, startDiscordEmulator } from "../../emulators/discord/index.ts";

const OFFICIAL = resolve(import.meta.dirname, "../../../../shared/fixtures/schemas/discord-openapi.json");
const schema = existsSync(OFFICIAL) ? readSchema(OFFICIAL) : undefined;
if (!schema) console.warn(`SKIPPED: the official schema is not there (${OFFICIAL}); our own subset checks the calls`);

const OURS = "https://claw.example.com/discord/interactions";
const READY: GatewayStatus = {
  phase: "ready",
  since: 1,
  hasSession: true,
  lastEventAt: 2,
  identifies: 1,
  identifiesMax: 900,
  resumes: 0,
  zombies: 0,
  waiting: 0,
  unread: 0,
  missed: 0,
  stopped: null,
};

/** What was asked of the Gateway object; null: it does not answer. */
let asked: string[] | null;
const gateway = {
  watch: async () => hear("watch"),
  stop: async () => hear("stop"),
  status: async () => {
    hear("status");
    return READY;
  },
};
function hear(what: string): void {
  if (!asked) throw new Error("it is overloaded");
  asked.push(what);
}

const api = createDiscordAdmin<Record<string, string>>({
  gatewayOf: () => gateway,
  readAgentConfig: async (_env, { defaults }) => defaults,
});

let discord: DiscordEmulator;
let variables: Record<string, string>;
/** Everything that was answered or logged. */
let said: string;

beforeEach(async () => {
  discord = await startDiscordEmulator({ ...(schema && { schema }) });
  variables = {
    AGENTCORE_RUNTIME_ARN: "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/claw-AbCdEf1234",
    AWS_ACCESS_KEY_ID: "AKID",
    AWS_SECRET_ACCESS_KEY: "key",
    AGENT_BUCKET: "bucket",
    AGENT_DATA_ROLE_ARN: "arn:aws:iam::123456789012:role/data",
    DISCORD_APPLICATION_ID: discord.applicationId,
    DISCORD_PUBLIC_KEY: discord.publicKey,
    DISCORD_BOT_TOKEN: discord.botToken,
    DISCORD_API_ROOT: discord.apiRoot,
    DISCORD_GATEWAY: "on",
    PUBLIC_URL: "https://claw.example.com",
    // Settings that are equal share what is known of the bot; no test shall know of another's.
    DEPLOYMENT_ID: discord.origin,
  };
  [asked, said] = [[], ""];
  for (const level of ["log", "warn", "error"] as const) {
    vi.spyOn(console, level).mockImplementation((line: unknown) => void (said += String(line)));
  }
});
afterEach(async () => {
  vi.restoreAllMocks();
  await discord.close();
  expect(said).not.toContain(discord.botToken);
  expect(discord.violations).toEqual([]);
});

async function ask(method: string, path: string, body?: unknown): Promise<{ status: number; answer: unknown }> {
  const init = { method, ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }) };
  const response = await api.request(`http://worker.example${path}`, init, variables);
  const text = await response.text();
  said += text;
  return { status: response.status, answer: JSON.parse(text) };
}

function without(...names: readonly string[]): void {
  variables = Object.fromEntries(Object.entries(variables).filter(([name]) => !names.includes(name)));
}

/** Leads `https://claw.example.com` to the real check of interactions, with this key. */
function answerAt(publicKey: string): void {
  const real = globalThis.fetch;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    if (new URL(request.url).hostname !== "claw.example.com") return await real(input, init);
    const body = new Uint8Array(await request.arrayBuffer());
    const settings = { applicationId: discord.applicationId, publicKey };
    const verified = await verifyDiscord({ headers: request.headers, body }, settings, Date.now());
    return verified.ok ? Response.json({ type: 1 }) : new Response(null, { status: 401 });
  });
}
const patches = () => discord.calls.filter(({ method }) => method === "PATCH");

describe("GET /admin/api/discord", () => {
  it("says all that there is to know before the first message", async () => {
    const { status, answer } = await ask("GET", "/");
    expect(status).toBe(200);
    expect(answer).toEqual({
      application: { id: discord.applicationId, name: "Claw", isOurs: true, hasOurKey: true },
      bot: { id: discord.me.id, username: discord.me.username },
      endpoint: { url: null, isOurs: false, ours: OURS, problem: null },
      intents: { messageContent: { isAsked: false, isAllowed: true } },
      groups: { policy: "allowlist", allowed: 0 },
      installLink: expect.stringMatching(/^https:\/\/discord\.com\/oauth2\/authorize\?client_id=14\d+&/),
      commands: { changes: expect.anything(), problem: null },
      gateway: { mode: "on", status: READY },
    });
  });

  it("asks to be installed with the rights that it needs, and no others", async () => {
    const { answer } = await ask("GET", "/");
    const query = new URL(String(Reflect.get(Object(answer), "installLink"))).searchParams;
    expect(query.get("scope")).toBe("bot applications.commands");
    const bits = [6, 10, 11, 14, 15, 16, 35, 38, 46].map((bit) => 1n << BigInt(bit));
    expect(query.get("permissions")).toBe(String(bits.reduce((sum, bit) => sum | bit)));
  });

  it("knows its own endpoint, and cannot tell behind a tunnel", async () => {
    const isOurs = async () => Object((await ask("GET", "/")).answer).endpoint.isOurs;
    discord.setEndpoint(OURS);
    expect(await isOurs()).toBe(true);
    variables = { ...variables, PUBLIC_URL: "http://127.0.0.1:8787" };
    expect(await isOurs()).toBe(null);
    discord.setEndpoint("https://other.example.com/hook");
    expect(await isOurs()).toBe(false);
  });

  it("says why its own address is no endpoint", async () => {
    without("PUBLIC_URL");
    expect((await ask("GET", "/")).answer).toMatchObject({
      endpoint: { ours: null, problem: expect.stringMatching(/^Discord cannot reach http:\/\/worker\.example\//) },
    });
  });

  it("tells when the values are of different applications, and still says the rest", async () => {
    variables = {
      ...variables,
      DISCORD_APPLICATION_ID: "1400000000000000099",
      DISCORD_PUBLIC_KEY: "ab".repeat(32),
      DISCORD_MESSAGE_CONTENT: "on",
      GROUP_POLICY: "open",
      GROUP_ALLOW_FROM: "discord:1400000000000000005,telegram:-1",
    };
    expect((await ask("GET", "/")).answer).toMatchObject({
      application: { id: discord.applicationId, isOurs: false, hasOurKey: false },
      intents: { messageContent: { isAsked: true, isAllowed: true } },
      groups: { policy: "open", allowed: 1 },
      commands: { changes: null, problem: expect.stringMatching(/^Discord refuses it: 40\d/) },
    });
  });

  it("does not take a key in capitals for another one", async () => {
    variables = { ...variables, DISCORD_PUBLIC_KEY: discord.publicKey.toUpperCase() };
    expect((await ask("GET", "/")).answer).toMatchObject({ application: { hasOurKey: true } });
  });

  it("makes no Gateway object where none is wanted", async () => {
    without("DISCORD_GATEWAY");
    expect((await ask("GET", "/")).answer).toMatchObject({ gateway: { mode: "off", status: null } });
    expect(asked).toEqual([]);
  });

  it("says the rest also while the Gateway object does not answer", async () => {
    asked = null;
    expect((await ask("GET", "/")).answer).toMatchObject({ gateway: { mode: "on", status: null } });
  });
});

describe("the commands", () => {
  it("are shown with what registering them would change, and nothing is changed", async () => {
    const { status, answer } = await ask("GET", "/commands");
    expect(status).toBe(200);
    expect(answer).toEqual({ current: [], wanted: wantedCommands(), changes: expect.anything() });
    expect(discord.commands()).toEqual([]);
  });

  it("are registered by a PUT, and are then as they should be", async () => {
    const before = await ask("GET", "/commands");
    const registered = await ask("PUT", "/commands");
    expect(registered).toEqual({ status: 200, answer: { changes: Object(before.answer).changes } });
    expect(discord.commands()).toHaveLength(wantedCommands().length);
    const { answer } = await ask("GET", "/");
    expect(Object(answer).commands).toEqual({ changes: { added: [], changed: [], removed: [] }, problem: null });
  });
});

describe("PUT /admin/api/discord/endpoint", () => {
  it("has Discord send interactions to PUBLIC_URL, after it has tried that", async () => {
    answerAt(discord.publicKey);
    expect(await ask("PUT", "/endpoint")).toEqual({ status: 200, answer: { url: OURS } });
    expect(discord.interactionsUrl).toBe(OURS);
    expect(discord.posts.map(({ status }) => status)).toEqual([200, 401]);
  });

  it("takes another address", async () => {
    answerAt(discord.publicKey);
    const { answer } = await ask("PUT", "/endpoint", { url: "https://claw.example.com:8443/behind/a/proxy" });
    expect(answer).toEqual({ url: "https://claw.example.com:8443/behind/a/proxy" });
  });

  it("says what to look at when Discord has tried it in vain", async () => {
    answerAt("ab".repeat(32));
    expect(await ask("PUT", "/endpoint")).toEqual({
      status: 502,
      answer: {
        error: "discord_refused",
        message: expect.stringMatching(
          /^Discord refuses it: 400: 50035 .*interactions_endpoint_url.*DISCORD_PUBLIC_KEY/,
        ),
      },
    });
    expect(discord.interactionsUrl).toBe(null);
  });

  it.each([
    ["the laptop's own address", {}, "http://127.0.0.1:8787"],
    ["a private address", { url: "https://192.168.1.2" }, undefined],
    ["a name of this network", { url: "https://laptop.local" }, undefined],
    ["plain http", { url: "http://claw.example.com" }, undefined],
    ["an address without a name", { url: "https://[2001:db8::1]" }, undefined],
    ["a name and a password", { url: "https://me:hidden@claw.example.com" }, undefined],
    ["no address", { url: "claw" }, undefined],
  ])("refuses %s before it asks Discord, and says what to do", async (_what, body, publicUrl) => {
    variables = { ...variables, ...(publicUrl && { PUBLIC_URL: publicUrl }) };
    const { status, answer } = await ask("PUT", "/endpoint", body);
    expect(status).toBe(400);
    expect(answer).toMatchObject({
      error: "address_unusable",
      message: expect.stringMatching(/^(?:Discord cannot reach http.*: |that is no address).*DISCORD_GATEWAY=on/),
    });
    expect(JSON.stringify(answer)).not.toContain("hidden");
    expect(discord.calls).toEqual([]);
  });

  it.each(["{", "[]", '{"uri":"https://a.example"}', '{"url":""}', '{"url":1}', `{"url":"${"a".repeat(2_049)}"}`])(
    "does not understand the body %s",
    async (body) => {
      expect(await ask("PUT", "/endpoint", body)).toEqual({ status: 400, answer: { error: "malformed_body" } });
      expect(discord.calls).toEqual([]);
    },
  );
});

describe("DELETE /admin/api/discord/endpoint", () => {
  it("has interactions come over the Gateway, and says whether there is one", async () => {
    discord.setEndpoint(OURS);
    expect(await ask("DELETE", "/endpoint")).toEqual({ status: 200, answer: { gateway: "on" } });
    expect(discord.interactionsUrl).toBe(null);
    without("DISCORD_GATEWAY");
    expect(await ask("DELETE", "/endpoint")).toEqual({ status: 200, answer: { gateway: "off" } });
    expect(patches()).toHaveLength(2);
  });
});

describe("the Gateway", () => {
  it.each([
    ["GET", "/gateway", ["status"]],
    ["POST", "/gateway/watch", ["watch", "status"]],
    ["POST", "/gateway/restart", ["stop", "watch", "status"]],
  ] as const)("is told what %s %s means, and says how it is then", async (method, path, calls) => {
    expect(await ask(method, path)).toEqual({ status: 200, answer: { mode: "on", status: READY } });
    expect(asked).toEqual(calls);
    expect(discord.calls).toEqual([]);
  });

  it.each([
    ["GET", "/gateway"],
    ["POST", "/gateway/watch"],
    ["POST", "/gateway/restart"],
  ])("is left alone by %s %s where none is wanted", async (method, path) => {
    without("DISCORD_GATEWAY");
    expect(await ask(method, path)).toEqual({ status: 200, answer: { mode: "off", status: null } });
    expect(asked).toEqual([]);
  });
});

const ROUTES = [
  ["GET", "/"],
  ["GET", "/commands"],
  ["PUT", "/commands"],
  ["PUT", "/endpoint"],
  ["DELETE", "/endpoint"],
] as const;

describe("every route", () => {
  it.each([...ROUTES, ["GET", "/gateway"], ["POST", "/gateway/watch"], ["POST", "/gateway/restart"]] as const)(
    "answers %s %s with 503 and names what is missing",
    async (method, path) => {
      without("DISCORD_PUBLIC_KEY", "DISCORD_BOT_TOKEN");
      expect(await ask(method, path)).toEqual({
        status: 503,
        answer: {
          error: "channel_not_configured",
          message: expect.stringMatching(
            /: DISCORD_PUBLIC_KEY and DISCORD_BOT_TOKEN are not set; docs\/channels\/discord\.md/,
          ),
        },
      });
    },
  );

  it.each(ROUTES)(
    "says to %s %s that Discord does not take the token, also while it waits because of that",
    async (method, path) => {
      discord.resetToken();
      for (let times = 0; times < 2; times += 1) {
        expect(await ask(method, path)).toEqual({
          status: 502,
          answer: {
            error: "discord_refused",
            message: expect.stringMatching(/^Discord does not take this DISCORD_BOT_TOKEN; .*Reset Token/),
          },
        });
      }
      const made = discord.calls.length;
      await ask(method, path);
      expect(discord.calls).toHaveLength(made);
      variables = { ...variables, DISCORD_BOT_TOKEN: discord.botToken };
      expect((await ask("GET", "/gateway")).status).toBe(200);
    },
  );

  it.each(ROUTES)("says to %s %s how long Discord wants to be left alone", async (method, path) => {
    discord.fail({ kind: "too_many", retryAfterS: 30, scope: "global" });
    const { status, answer } = await ask(method, path);
    expect(status).toBe(503);
    expect(answer).toMatchObject({
      error: "discord_unavailable",
      message: expect.stringMatching(/^Discord wants to be left alone for (?:29|30) s$/),
    });
  });

  it.each(ROUTES)("says to %s %s that Discord cannot be reached", async (method, path) => {
    discord.fail({ kind: "page", status: 404, times: 9 });
    const { status, answer } = await ask(method, path);
    expect(status).toBe(503);
    expect(answer).toMatchObject({
      error: "discord_unavailable",
      message: expect.stringMatching(/^Discord cannot be reached \(/),
    });
  });

  it.each(ROUTES)("says to %s %s that Discord did not answer", async (method, path) => {
    discord.fail({ kind: "cut_before", times: 9 });
    expect(await ask(method, path)).toEqual({
      status: 503,
      answer: { error: "discord_unavailable", message: "Discord did not answer (no answer)" },
    });
  });
});

describe("discordMissing", () => {
  it("names every variable that is not set, and none that is", () => {
    expect(discordMissing(variables)).toBe(null);
    expect(discordMissing({ ...variables, DISCORD_BOT_TOKEN: " " })).toBe("DISCORD_BOT_TOKEN is not set");
    expect(discordMissing({})).toBe("DISCORD_APPLICATION_ID, DISCORD_PUBLIC_KEY and DISCORD_BOT_TOKEN are not set");
  });
});
