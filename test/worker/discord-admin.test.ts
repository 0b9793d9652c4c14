import { createExecutionContext, listDurableObjectIds, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DiscordGateway } from "../../durable-objects/discord-gateway/object.ts";
import worker from "../../worker/index.ts";

const DISCORD = {
  DISCORD_APPLICATION_ID: "1457469483726668048",
  DISCORD_PUBLIC_KEY: "ab".repeat(32),
  DISCORD_BOT_TOKEN: "MTQ1NzQ2OTQ4MzcyNjY2ODA0OA.AAAAAA.secret",
  DISCORD_API_ROOT: "http://127.0.0.1:9/api/v10",
  DISCORD_GATEWAY: "on",
};

async function ask(method: string, path: string, variables: Readonly<Record<string, string>> = DISCORD) {
  const headers = { authorization: "Bearer admin-token-for-tests" };
  const request = new Request<unknown, IncomingRequestCfProperties>(`https://claw.test/admin/api${path}`, {
    method,
    headers,
  });
  const response = await worker.fetch(request, { ...env, ...variables }, createExecutionContext());
  const answer: unknown = await response.json();
  return { status: response.status, answer };
}

beforeEach(() => void vi.spyOn(console, "log").mockReturnValue());
afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

describe("the owner's way to Discord's Gateway object", () => {
  // The object has the environment of the tests, in which no Gateway is wanted.
  const OFF = { mode: "on", status: expect.objectContaining({ phase: "off", identifies: 0, stopped: null }) };

  it.each([
    ["GET", "/discord/gateway"],
    ["POST", "/discord/gateway/watch"],
    ["POST", "/discord/gateway/restart"],
  ])("asks the real object by %s %s", async (method, path) => {
    expect(await ask(method, path)).toEqual({ status: 200, answer: OFF });
    // Others may be listed: names stay, and this runtime has run other files before.
    const made = await listDurableObjectIds(env.DISCORD_SOCKET);
    const ours = env.DISCORD_SOCKET.idFromName(DISCORD.DISCORD_APPLICATION_ID);
    expect(made.some((id) => id.equals(ours))).toBe(true);
  });

  it("does by hand what the cron trigger does", async () => {
    const watch = vi.spyOn(DiscordGateway.prototype, "watch").mockResolvedValue();
    expect(await ask("POST", "/tick")).toEqual({ status: 200, answer: { ticked: true } });
    expect(watch).toHaveBeenCalledOnce();
  });
});

describe("the status of Discord", () => {
  const channel = async (variables: Readonly<Record<string, string>>) => {
    const { answer } = await ask("GET", "/status", variables);
    return Object(answer).channels.discord;
  };

  it("is on, or says which variable is not set", async () => {
    expect(await channel(DISCORD)).toBe("on");
    expect(await channel({ ...DISCORD, DISCORD_PUBLIC_KEY: "" })).toBe("off: DISCORD_PUBLIC_KEY is not set");
    expect(await channel({})).toMatch(/^off: DISCORD_APPLICATION_ID, DISCORD_PUBLIC_KEY and DISCORD_BOT_TOKEN are/);
  });
});
