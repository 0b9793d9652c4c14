import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DiscordGatewayEmulator, startDiscordGateway } from "../../../emulators/discord/gateway.ts";
import { RETRYABLE_CLOSE_CODES, TERMINAL_CLOSE_CODES } from "../../../emulators/discord/gateway/codes.ts";
import {
  DAY_MS,
  faultPlan,
  type PlannedFault,
  TERMINAL_FAULTS,
} from "../../../emulators/discord/gateway/fault-plan.ts";
import { bringAbout } from "../../../emulators/discord/gateway/faults.ts";
import { playPlan } from "../../../emulators/discord/gateway/play-plan.ts";
import { GatewayBot, identified, OPTIONS, resumed, said, soon } from "./gateway-bot.ts";
import { NativeBot } from "./gateway-native.ts";

/** A fault without what differs from one to the next of its kind. */
function formOf({ fault }: PlannedFault): string {
  switch (fault.kind) {
    case "close":
      return `close ${fault.code}`;
    case "drop":
      return `drop ${fault.isReset}`;
    case "invalidate":
      return `op 9 ${fault.isResumable}`;
    case "slow_hello":
      return `slow hello, ${fault.delayMs < 10_000 ? "in time" : "too late"}`;
    default:
      return fault.kind;
  }
}

describe("a plan of faults", () => {
  const plan = faultPlan(7, 200);

  it("is the same for a seed, and another for another", () => {
    expect(faultPlan(7, 200)).toEqual(plan);
    expect(faultPlan(8, 200)).not.toEqual(plan);
  });

  it("has as many faults as are wanted, in their order, within a day", () => {
    expect(plan).toHaveLength(200);
    const times = plan.map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times.every((atMs) => atMs >= 0 && atMs < DAY_MS)).toBe(true);
    const gaps = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
    expect(gaps.filter((gap) => gap <= 5_000).length).toBeGreaterThan(10);
  });

  it.each([1, 2, 3, 99])("has each retryable close code and each other form at least twice, seed %d", (seed) => {
    const counts = Map.groupBy(faultPlan(seed, 200), formOf);
    const wanted = [
      ...RETRYABLE_CLOSE_CODES.map((code) => `close ${code}`),
      "close null",
      "drop true",
      "drop false",
      "stall",
      "withhold_acks",
      "ask_heartbeat",
      "reconnect",
      "op 9 true",
      "op 9 false",
      "refuse_upgrade",
      "hang_upgrade",
      "slow hello, in time",
      "slow hello, too late",
      "replay_overlap",
      "hold_dispatches",
      "forget_session",
    ];
    expect([...counts.keys()].toSorted()).toEqual(wanted.toSorted());
    for (const form of wanted) expect(counts.get(form)?.length, form).toBeGreaterThanOrEqual(2);
  });

  it("holds more of each when more are wanted, and refuses to be too short for that", () => {
    const counts = Map.groupBy(faultPlan(1, 200, { closeCodesAtLeast: 5 }), formOf);
    expect(Math.min(...[...counts.values()].map((faults) => faults.length))).toBeGreaterThanOrEqual(5);
    expect(() => faultPlan(1, 20)).toThrow(RangeError);
  });

  it("leaves the codes that end a client's life to a list of their own", () => {
    expect(TERMINAL_FAULTS.map(({ code }) => code)).toEqual(TERMINAL_CLOSE_CODES);
  });
});

describe("a plan that is played", () => {
  let gateway: DiscordGatewayEmulator;
  let native: NativeBot | null = null;
  let stop = new AbortController();
  beforeEach(() => {
    stop = new AbortController();
  });
  afterEach(async () => {
    native?.stop();
    native = null;
    await gateway.close();
  });

  it("breaks what a client of the usual kind survives, without a violation, and tells it everything", async () => {
    gateway = await startDiscordGateway({ ...OPTIONS, timeScale: 500, heartbeatIntervalMs: 41_250 });
    native = new NativeBot(gateway);
    native.start();
    // Every form twice, and little time in between.
    const plan = faultPlan(3, 54).map(({ fault }, index) => ({ atMs: index * 10_000, fault }));
    const sent: string[] = [];
    const talk = setInterval(() => {
      const event = said("x");
      sent.push(event.d.id);
      gateway.dispatch(event);
    }, 5);
    try {
      const played = await playPlan(gateway, plan, AbortSignal.timeout(25_000));
      expect(played.map(({ fault }) => fault)).toEqual(plan.map(({ fault }) => fault));
    } finally {
      clearInterval(talk);
    }
    await gateway.whenLive();
    await native.isUpToDate(sent.at(-1));
    const { heard } = native;
    const lost = new Set(gateway.log.lost.map(({ messageId }) => messageId));
    expect(sent.filter((id) => !heard.has(id) && !lost.has(id))).toEqual([]);
    // What is said to be lost for certain is so.
    const certain = gateway.log.lost.filter(({ isCertain }) => isCertain);
    expect(certain.filter(({ messageId }) => messageId !== null && heard.has(messageId))).toEqual([]);
    expect(heard.size).toBeGreaterThan(sent.length / 2);
    expect(gateway.log.violations).toEqual([]);
    expect(gateway.log.identifies.length).toBeLessThan(30);
  });

  it("refuses, delays and repeats what the next connection asks for", async () => {
    gateway = await startDiscordGateway(OPTIONS);
    const bot = await identified(gateway.url);
    await bot.hears("GUILD_CREATE");
    await bringAbout(gateway, { kind: "refuse_upgrade", status: 503, times: 1 });
    const refused = new GatewayBot(gateway.resumeUrl);
    await soon(() => expect(refused.refusedWith).toBe(503));
    await resumed(bot);
    await bringAbout(gateway, { kind: "hang_upgrade" });
    const hanging = new GatewayBot(gateway.resumeUrl);
    await soon(() => expect(gateway.log.hanging).toBe(1));
    hanging.drop();
    await resumed(bot);
    await bringAbout(gateway, { kind: "replay_overlap", count: 1 });
    expect((await resumed(bot, 2)).dispatches("GUILD_CREATE")).toHaveLength(1);
    const startedAt = performance.now();
    await bringAbout(gateway, { kind: "slow_hello", delayMs: 60_000 });
    await resumed(bot);
    expect(performance.now() - startedAt).toBeGreaterThan(55);
  });

  it("keeps dispatches back for a while, and lets them go", async () => {
    gateway = await startDiscordGateway(OPTIONS);
    const bot = await identified(gateway.url);
    const held = bringAbout(gateway, { kind: "hold_dispatches", forMs: 20_000 });
    expect(gateway.dispatch(said("late"))).toBe("kept");
    await held;
    await bot.hears("MESSAGE_CREATE");
    expect(gateway.dispatch(said("at once"))).toBe("sent");
  });

  it("comes at its time, and says by how much it was late", async () => {
    gateway = await startDiscordGateway(OPTIONS);
    const fault = { kind: "ask_heartbeat" } as const;
    const startedAt = performance.now();
    const playing = playPlan(
      gateway,
      [
        { atMs: 1_000, fault },
        { atMs: 100_000, fault },
      ],
      stop.signal,
    );
    const until = startedAt + 30;
    await soon(() => expect(performance.now()).toBeGreaterThan(until));
    await identified(gateway.url);
    const played = await playing;
    expect(performance.now() - startedAt).toBeGreaterThan(95);
    expect(played[0]?.lateMs).toBeGreaterThan(25_000);
    expect(played.map(({ atMs }) => atMs)).toEqual([1_000, 100_000]);
  });

  it("hits nobody when nobody is there, and stops when it is told to", async () => {
    gateway = await startDiscordGateway(OPTIONS);
    expect(await bringAbout(gateway, { kind: "drop", isReset: false })).toBe(false);
    const playing = playPlan(gateway, faultPlan(1, 200), stop.signal);
    stop.abort();
    expect(await playing).toEqual([]);
  });

  it.each(TERMINAL_FAULTS)("closes by $code", async (fault) => {
    gateway = await startDiscordGateway(OPTIONS);
    const bot = await identified(gateway.url);
    expect(await bringAbout(gateway, fault)).toBe(true);
    expect(await bot.isClosed()).toBe(fault.code);
  });
});
