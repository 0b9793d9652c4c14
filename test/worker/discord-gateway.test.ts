import { reset } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { GATEWAY_BOUNDS } from "../../durable-objects/discord-gateway/bounds.ts";
import { eventually, gatewayBot, GatewayWorld, HEARTBEAT_MS, RESUME_URL } from "./gateway-world.ts";

let world: GatewayWorld;
beforeEach(() => {
  world = new GatewayWorld();
});
afterEach(async () => {
  await reset();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("the socket of the Gateway", () => {
  it("is opened where Discord says, greeted, and kept by heartbeats that Discord answers", async () => {
    await world.start();
    expect(world.now.url).toBe("http://127.0.0.1:9/?v=10&encoding=json");
    expect(await world.sends(2)).toMatchObject({
      token: "bot-token-of-the-gateway-tests",
      intents: 13_825,
      properties: { device: "agent-claw" },
    });
    for (const count of [1, 2, 3]) {
      await world.pass(HEARTBEAT_MS);
      expect(await world.sends(1, count)).toBe(1);
      await eventually(async () => JSON.stringify(await world.state()).includes('"isOutstanding":false'));
    }
    expect(world.connections).toHaveLength(1);
  });

  it("is left when a heartbeat gets no answer, and the session is taken up at its own URL", async () => {
    world.acks = false;
    await world.start();
    await world.alarmsUntil(async () => world.connections.length === 2);
    expect(world.connections[0]?.sent.filter(({ op }) => op === 1)).toHaveLength(1);
    expect(world.connections[0]?.closedBy).toBe(4_900);
    expect(world.now.url).toBe(`${RESUME_URL.replace("ws", "http")}/?v=10&encoding=json`);
    await world.hello();
    expect(await world.sends(6)).toMatchObject({ session_id: "session-1", seq: 1 });
    await world.dispatch("RESUMED", {}, 2);
    await world.phase("ready");
    expect(await world.state()).toMatchObject({
      seq: 2,
      failures: 0,
      counts: { resumes: 1, identifies: 1, zombies: 1 },
    });
  });

  it("is taken up by a new instance from what is stored", async () => {
    await world.start();
    world.restart();
    await world.wake();
    await world.alarmsUntil(async () => world.connections.length === 2);
    await world.hello();
    expect(await world.sends(6)).toMatchObject({ session_id: "session-1", seq: 1 });
  });

  it("begins a session anew after op 9, later and where the Gateway is", async () => {
    await world.start();
    await world.say({ op: 9, d: false });
    await world.phase("idle");
    await world.pass(GATEWAY_BOUNDS.invalidSessionMaxMs);
    await world.pass(GATEWAY_BOUNDS.identifyEveryMs - GATEWAY_BOUNDS.invalidSessionMaxMs);
    await world.connected(2);
    expect(world.now.url).toBe("http://127.0.0.1:9/?v=10&encoding=json");
    await world.hello();
    await world.sends(2);
    expect(await world.state()).toMatchObject({ session: null, hasGap: true });
  });

  it("stays closed for good when Discord refuses the token, and the alarm is over", async () => {
    await world.start();
    await world.close(4_004);
    await world.phase("terminal");
    await world.pass(86_400_000);
    await world.wake();
    expect(world.connections).toHaveLength(1);
    expect(await world.alarmAt()).toBeNull();
    expect(await world.state()).toMatchObject({ stopped: { reason: "authentication", code: 4_004 } });
  });

  it("is not opened when Discord has no IDENTIFY left for us", async () => {
    world.answers.set("GET /gateway/bot", () => Response.json(gatewayBot(0)));
    await world.wake();
    await world.phase("idle");
    await world.pass(3_000_000);
    expect(world.connections).toHaveLength(0);
    world.answers.set("GET /gateway/bot", () => Response.json(gatewayBot()));
    await world.pass(600_000);
    await world.connected(1);
  });

  it("is closed for good when the settings do not want it any more", async () => {
    await world.start();
    world.settings = { DISCORD_GATEWAY: "off" };
    world.restart();
    await world.wake();
    expect(await world.state()).toMatchObject({ phase: "off", session: null, seq: null });
    expect(await world.alarmAt()).toBeNull();
  });
});
