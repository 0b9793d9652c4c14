import { readFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import { resolve } from "node:path";
import * as v from "valibot";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ChannelError } from "../../../protocol/errors.ts";
import { INVALID_MAX } from "../../../worker/channels/discord/invalid-requests.ts";
import { AUTH_PAUSE_MS, Refusal } from "../../../worker/channels/discord/outcome.ts";
import { DiscordRest, discordRest } from "../../../worker/channels/discord/rest.ts";
import { route } from "../../../worker/channels/discord/rest-route.ts";
import type { DiscordEmulator } from "../../emulators/discord/index.ts";
import { failure, restOf, settingsOf, startEmulator } from "./outgoing.ts";

const manifest: unknown = JSON.parse(readFileSync(resolve(import.meta.dirname, "../../../package.json"), "utf8"));
const VERSION = String(Object(manifest).version);
const ME = route("GET", "/users/@me");

describe("DiscordRest", () => {
  let emulator: DiscordEmulator;
  let channel: string;
  let other: string;
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 10, 23) });
    emulator = await startEmulator({ now: () => Date.now() });
    const guild = emulator.addGuild();
    [channel, other] = [emulator.addChannel(guild), emulator.addChannel(guild)];
  });
  afterEach(async () => {
    vi.useRealTimers();
    await emulator.close();
  });

  const look = (id: string) => route("GET", "/channels/{channel}", { channel: id });
  const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);
  /** What a call comes to: its answer is done, or the error. */
  const outcome = async (rest: DiscordRest, at = look(channel)) => {
    const error = await failure(rest.call(at));
    return [error.code, error.retryAfterMs, error.scope];
  };

  describe("sends", () => {
    it("the bot's token and who we are, and JSON as JSON", async () => {
      const rest = restOf(emulator);
      await rest.call(route("POST", "/channels/{channel}/messages", { channel }), { json: { content: "hi" } });
      await rest.call(route("GET", "/channels/{channel}/messages", { channel }), { query: { limit: "1", after: "0" } });
      const [post, get] = emulator.calls;
      expect(post?.headers).toMatchObject({
        authorization: `Bot ${emulator.botToken}`,
        "user-agent": `DiscordBot (agent-claw, ${VERSION})`,
        "content-type": "application/json",
      });
      expect(post?.body).toEqual({ content: "hi" });
      expect(get?.query).toEqual({ limit: "1", after: "0" });
      expect(get?.headers).not.toHaveProperty("content-type");
      expect(emulator.violations).toEqual([]);
    });

    it("no token with what is answered by an interaction's own", async () => {
      const rest = restOf(emulator);
      const token = "ticket-1";
      const at = route("GET", "/webhooks/{application}/{token}/messages/@original", {
        application: emulator.applicationId,
        token,
      });
      const error = await failure(rest.call(at), token);
      expect(error).toMatchObject({ code: "channel_refused", reason: "ticket_over" });
      expect(error.method).toBe("GET /webhooks/{application}/{token}/messages/@original");
      expect(emulator.calls[0]?.headers).not.toHaveProperty("authorization");
    });

    it("nothing to an address that an id would lead to", async () => {
      for (const id of ["", "1/2", "..", "1?x", "abc", "1".repeat(21)])
        expect(() => look(id)).toThrow("not the channel");
      for (const token of ["", ".", ".."]) {
        expect(() => route("POST", "/webhooks/{application}/{token}", { application: "1", token })).toThrow(
          "not the token",
        );
      }
      expect(route("POST", "/webhooks/{application}/{token}", { application: "1", token: "a/../b" }).path).toBe(
        "/webhooks/1/a%2F..%2Fb",
      );
    });

    it("for all calls of the same settings by the same client", () => {
      const settings = settingsOf(emulator);
      expect(discordRest(settings)).toBe(discordRest(settings));
      expect(discordRest({ ...settings })).not.toBe(discordRest(settings));
    });
  });

  describe("judges", () => {
    it.each([
      [404, 10_003, "unknown_channel"],
      [404, 10_008, "unknown_message"],
      [404, 10_015, "ticket_over"],
      [404, 10_062, "ticket_over"],
      [403, 50_007, "cannot_dm"],
      [403, 50_278, "cannot_dm"],
      [403, 50_001, "missing_access"],
      [403, 50_013, "missing_access"],
      [400, 50_006, "nothing_to_send"],
      [400, 160_002, "reply"],
      [400, 160_004, "thread_exists"],
      [400, 50_160, "voice"],
      [400, 50_035, "other"],
      [413, 40_005, "other"],
    ] as const)("%i with code %i as a refusal: %s", async (status, code, reason) => {
      emulator.fail({ kind: "status", status, code });
      const error = await failure(restOf(emulator).call(look(channel)));
      expect(error).toBeInstanceOf(Refusal);
      expect(error).toMatchObject({ code: "channel_refused", retry: "never", reason, status });
    });

    it("as a refusal that a token of an interaction is over, which is no word about the bot's", async () => {
      const rest = restOf(emulator);
      emulator.fail({ kind: "status", status: 401, code: 50_027 });
      const at = route("POST", "/webhooks/{application}/{token}", { application: "1", token: "x" });
      expect(await failure(rest.call(at, { json: {} }))).toMatchObject({
        code: "channel_refused",
        reason: "ticket_over",
      });
      await rest.call(look(channel));
    });

    it.each([
      [{ kind: "status", status: 500 }, "channel_outcome_unknown"],
      [{ kind: "status", status: 503 }, "channel_outcome_unknown"],
      [{ kind: "status", status: 408 }, "channel_unreachable"],
      [{ kind: "page", status: 502 }, "channel_outcome_unknown"],
      [{ kind: "page", status: 521 }, "channel_unreachable"],
      [{ kind: "page", status: 403 }, "channel_unreachable"],
      [{ kind: "page", status: 404 }, "channel_unreachable"],
      [{ kind: "page", status: 413 }, "channel_refused"],
      [{ kind: "cut_before" }, "channel_outcome_unknown"],
      [{ kind: "cut_after" }, "channel_outcome_unknown"],
      [{ kind: "garbage" }, "channel_outcome_unknown"],
      [{ kind: "garbage", text: "[1]" }, "channel_outcome_unknown"],
    ] as const)("%j as %s", async (fault, code) => {
      emulator.fail(fault);
      const asked = restOf(emulator).ask(v.object({ id: v.string() }), look(channel));
      expect((await failure(asked)).code).toBe(code);
    });

    it("as unknown what is not answered in time", async () => {
      emulator.fail({ kind: "hang" });
      const error = await failure(restOf(emulator).call(look(channel), { timeoutMs: 50 }));
      expect(error.code).toBe("channel_outcome_unknown");
    });

    it("says which fields Discord does not like, never what was in them", async () => {
      const at = route("POST", "/channels/{channel}/messages", { channel });
      const error = await failure(restOf(emulator).call(at, { json: { content: "private ".repeat(300) } }));
      expect(error.message).toMatch(/^400: 50035 Invalid Form Body \(content \w+\)$/u);
    });
  });

  describe("with something else in Discord's place", () => {
    let server: Server;
    let seen: string[];
    const serve = async (answer: (response: ServerResponse) => void): Promise<DiscordRest> => {
      seen = [];
      server = createServer((request, response) => {
        seen.push(`${request.url} ${request.headers.authorization}`);
        answer(response);
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address();
      if (typeof address !== "object" || !address) throw new Error("not listening");
      return new DiscordRest({ ...settingsOf(emulator), apiRoot: `http://127.0.0.1:${address.port}/api/v10/` });
    };
    /** What as many calls come to as would be too many, each in a channel of its own. */
    const outcomes = async (rest: DiscordRest): Promise<string[]> => {
      const codes = new Set<string>();
      const calls = Array.from({ length: INVALID_MAX }, (_, index) => look(String(index)));
      while (calls.length > 0) {
        const errors = await Promise.all(calls.splice(0, 50).map((at) => failure(rest.call(at))));
        for (const { code } of errors) codes.add(code);
      }
      return [...codes];
    };
    afterEach(() => {
      server.closeAllConnections();
      server.close();
    });

    it("is sent nowhere else", async () => {
      const rest = await serve((response) => {
        response.writeHead(307, { location: "/elsewhere" }).end();
      });
      expect((await failure(rest.call(ME))).code).toBe("channel_unreachable");
      expect(seen).toEqual([`/api/v10/users/@me Bot ${emulator.botToken}`]);
    });

    it("reads no answer without an end", async () => {
      const rest = await serve((response) => {
        response.writeHead(200);
        const write = () => {
          while (!response.destroyed && response.write(Buffer.alloc(1_000_000, "x")));
        };
        response.on("drain", write);
        write();
      });
      expect((await failure(rest.call(ME))).code).toBe("channel_outcome_unknown");
    });

    it("takes a 429 that is not Discord's for a word to everybody at our address", async () => {
      const rest = await serve((response) => {
        response.writeHead(429, { "retry-after": "30" }).end("error code: 1015");
      });
      expect(await outcome(rest)).toEqual(["channel_rate_limited", 30_000, "bot"]);
      pass(10_000);
      const hook = route("POST", "/webhooks/{application}/{token}", { application: "1", token: "x" });
      expect(await outcome(rest, hook)).toEqual(["channel_rate_limited", 20_000, "bot"]);
      expect(seen).toHaveLength(1);
    });

    it.each([
      [{ message: "slow down", retry_after: 1.2345, global: false }, { "retry-after": "9" }, 1_235],
      [{ message: "slow down", global: false }, { "retry-after": "9" }, 9_000],
      [{ message: "no more commands today", code: 30_034 }, {}, 1_000],
      [{ message: "slow down", retry_after: 90_000, global: false }, {}, 3_600_000],
    ])("waits as %j with %j says", async (body, headers, waitMs) => {
      const rest = await serve((response) => {
        response.writeHead(429, headers).end(JSON.stringify(body));
      });
      expect(await outcome(rest)).toEqual(["channel_rate_limited", waitMs, "chat"]);
    });

    it("stops long before so many calls were invalid that Discord shuts us out", async () => {
      const refusal = { status: 403, body: { code: 50_013, message: "Missing Permissions" } };
      const rest = await serve((response) => {
        response.writeHead(refusal.status).end(JSON.stringify(refusal.body));
      });
      expect(await outcomes(rest)).toEqual(["channel_refused"]);
      pass(60_000);
      expect(await outcome(rest)).toEqual(["channel_rate_limited", 540_000, "bot"]);
      expect(seen).toHaveLength(INVALID_MAX);
      pass(540_000);
      expect((await outcome(rest))[0]).toBe("channel_refused");
    });

    it("does not count what others have used up of a limit that is shared", async () => {
      let left = INVALID_MAX;
      const rest = await serve((response) => {
        const isShared = left > 0;
        left -= 1;
        const body = isShared ? { message: "busy", retry_after: 1, global: false } : {};
        response.writeHead(isShared ? 429 : 200, { "x-ratelimit-scope": "shared" }).end(JSON.stringify(body));
      });
      expect(await outcomes(rest)).toEqual(["channel_rate_limited"]);
      expect(await rest.call(ME)).toEqual({});
    });
  });

  describe("keeps Discord's limits", () => {
    it("by not making a call that its bucket has no room for", async () => {
      await emulator.close();
      emulator = await startEmulator({ now: () => Date.now(), rates: true });
      const guild = emulator.addGuild();
      [channel, other] = [emulator.addChannel(guild), emulator.addChannel(guild)];
      const rest = restOf(emulator);
      const type = (id: string) => route("POST", "/channels/{channel}/typing", { channel: id });
      for (let index = 0; index < 5; index += 1) await rest.call(type(channel));
      pass(2_000);
      expect(await outcome(rest, type(channel))).toEqual(["channel_rate_limited", 3_000, "chat"]);
      await rest.call(type(other));
      pass(3_000);
      await rest.call(type(channel));
      expect(emulator.calls).toHaveLength(7);
      expect(emulator.invalidRequests).toBe(0);
    });

    it("so that nothing is ever refused, when what must wait is called again as soon as it may be", async () => {
      await emulator.close();
      emulator = await startEmulator({ now: () => Date.now(), rates: true });
      const guild = emulator.addGuild();
      const channels = [emulator.addChannel(guild), emulator.addChannel(guild)];
      const rest = restOf(emulator);
      const send = async (to: string, content: string): Promise<void> => {
        try {
          await rest.call(route("POST", "/channels/{channel}/messages", { channel: to }), { json: { content } });
        } catch (error) {
          if (!(error instanceof ChannelError) || error.code !== "channel_rate_limited") throw error;
          pass(Math.max(1, error.retryAfterMs ?? 0));
          await send(to, content);
        }
      };
      const began = Date.now();
      for (let index = 0; index < 30; index += 1) {
        for (const to of channels) await send(to, `${index}`);
      }
      for (const to of channels) {
        expect(emulator.answers(to).map(({ content }) => content)).toEqual(
          Array.from({ length: 30 }, (_, at) => `${at}`),
        );
      }
      expect([emulator.calls.length, emulator.invalidRequests]).toEqual([60, 0]);
      expect(Date.now() - began).toBe(25_000); // five each in 5 s
    });

    it("of one channel: others are not kept waiting", async () => {
      const rest = restOf(emulator);
      emulator.fail({ kind: "too_many", retryAfterS: 2.5, scope: "user" });
      expect(await outcome(rest)).toEqual(["channel_rate_limited", 2_500, "chat"]);
      expect(await outcome(rest)).toEqual(["channel_rate_limited", 2_500, "chat"]);
      await rest.call(look(other));
      pass(2_500);
      await rest.call(look(channel));
      expect(emulator.calls.map(({ status }) => status)).toEqual([429, 200, 200]);
    });

    it("of the bot: all wait but what an interaction's token lets in", async () => {
      const rest = restOf(emulator);
      emulator.fail({ kind: "too_many", retryAfterS: 4, scope: "global" });
      expect(await outcome(rest)).toEqual(["channel_rate_limited", 4_000, "bot"]);
      pass(1_000);
      expect(await outcome(rest, look(other))).toEqual(["channel_rate_limited", 3_000, "bot"]);
      const hook = route("GET", "/webhooks/{application}/{token}/messages/@original", { application: "1", token: "x" });
      expect((await failure(rest.call(hook))).code).toBe("channel_refused");
      pass(3_000);
      await rest.call(look(other));
    });

    it("by calling nothing for ten minutes once the bot's token is refused", async () => {
      const rest = restOf(emulator);
      emulator.resetToken();
      expect(await outcome(rest)).toEqual(["channel_rate_limited", AUTH_PAUSE_MS, "bot"]);
      pass(AUTH_PAUSE_MS - 1);
      expect(await outcome(rest, look(other))).toEqual(["channel_rate_limited", 1, "bot"]);
      expect(emulator.calls).toHaveLength(1);
      pass(1);
      expect((await outcome(rest))[1]).toBe(AUTH_PAUSE_MS);
      expect(emulator.calls).toHaveLength(2);
    });
  });
});
