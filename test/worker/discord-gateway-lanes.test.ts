import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { GATEWAY_BOUNDS } from "../../durable-objects/discord-gateway/bounds.ts";
import { set } from "./directory-world.ts";
import { GUILD, inGuild } from "./gateway-events.ts";
import { eventually, GatewayWorld } from "./gateway-world.ts";

let world: GatewayWorld;
beforeEach(async () => {
  world = new GatewayWorld();
  await set({ "access.groupAllowFrom": [`discord:${GUILD}`] });
  await world.start();
});
afterEach(async () => {
  await reset();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("events of more channels than are handed over at a time", () => {
  it("wait for the sessions that are slow, and not in one alarm after the other", async () => {
    const { promise: never } = Promise.withResolvers<never>();
    const getByName = env.CHANNEL_SESSION.getByName.bind(env.CHANNEL_SESSION);
    vi.spyOn(env.CHANNEL_SESSION, "getByName").mockImplementation((name, options) =>
      Object.assign(getByName(name, options), { accept: () => never }),
    );
    const channels = GATEWAY_BOUNDS.lanesAtATimeMax + 2;
    for (let number = 1; number <= channels; number += 1) {
      await world.dispatch("MESSAGE_CREATE", inGuild(number, { channel_id: `1300000000000001${number + 10}` }));
    }
    await eventually(async () => (await world.rows("SELECT key FROM inbox")).length === channels);
    await world.alarm();
    expect(((await world.alarmAt()) ?? 0) - Date.now()).toBeGreaterThanOrEqual(GATEWAY_BOUNDS.heartbeatMinMs);
  });
});
