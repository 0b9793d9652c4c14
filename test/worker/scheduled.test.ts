import { createScheduledController, listDurableObjectIds, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { DiscordGateway } from "../../durable-objects/discord-gateway/object.ts";
import worker from "../../worker/index.ts";

const DISCORD = {
  DISCORD_APPLICATION_ID: "1457469483726668048",
  DISCORD_PUBLIC_KEY: "ab".repeat(32),
  DISCORD_BOT_TOKEN: "MTQ1NzQ2OTQ4MzcyNjY2ODA0OA.AAAAAA.secret",
  DISCORD_API_ROOT: "http://127.0.0.1:9/api/v10",
};

/** The environment with these variables besides. */
const withVariables = (variables: Readonly<Record<string, string>>): Env => ({ ...env, ...variables });

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

describe("the minute's tick", () => {
  it("wakes the Gateway where one is wanted, and makes no object where none is", async () => {
    vi.spyOn(console, "log").mockReturnValue();
    // The runtime has run other files before, and names of objects stay listed.
    const before = await listDurableObjectIds(env.DISCORD_SOCKET);
    const watch = vi.spyOn(DiscordGateway.prototype, "watch").mockResolvedValue();
    await worker.scheduled(createScheduledController(), env);
    await worker.scheduled(createScheduledController(), withVariables(DISCORD));
    expect(watch).not.toHaveBeenCalled();
    expect(await listDurableObjectIds(env.DISCORD_SOCKET)).toEqual(before);
    await worker.scheduled(createScheduledController(), withVariables({ ...DISCORD, DISCORD_GATEWAY: "on" }));
    expect(watch).toHaveBeenCalledOnce();
  });

  it("is over without an error when the settings are broken", async () => {
    const said = vi.spyOn(console, "error").mockReturnValue();
    await worker.scheduled(createScheduledController(), withVariables({ ADMIN_TOKEN: "short" }));
    expect(said.mock.calls.join()).toContain("tick_failed");
  });
});
