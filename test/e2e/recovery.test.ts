import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OWNER, PATIENCE, World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world?.close());

async function askedOf(count: number): Promise<void> {
  await vi.waitFor(() => expect(world.model.asked.length).toBe(count), PATIENCE);
}

describe("after everything was killed", () => {
  it("a message whose answer was being made is answered once, by the next start alone", async () => {
    world.model.hold();
    world.telegram.say({ from: OWNER, text: "survive this" });
    await askedOf(1);
    await world.assistant.kill();
    world.model.answer(() => "I am back.");
    await world.start();
    expect(await world.answers(OWNER, 1)).toEqual(["I am back."]);
    world.telegram.say({ from: OWNER, text: "still one?" });
    await world.answers(OWNER, 2);
    expect(world.telegram.answers(OWNER)).toHaveLength(2);
  });

  it("a message of the web socket is answered to the client that comes back", async () => {
    world.model.hold();
    const web = await world.web();
    web.send({ id: "w1", text: "survive this" });
    await askedOf(1);
    await world.assistant.kill();
    world.model.answer(() => "I am back.");
    await world.start();
    const later = await world.web();
    later.send({ id: "w1", text: "survive this", afterSeq: 0 });
    await vi.waitFor(() => expect(later.finals.map((final) => final.text)).toEqual(["I am back."]), PATIENCE);
    await later.close();
  });
});

describe("a platform that wants to be left alone", () => {
  it("is left alone for as long as it said, also across a kill of everything", async () => {
    const waitS = 4;
    world.telegram.fail({ kind: "too_many", retryAfterS: waitS, method: "sendMessage" });
    world.telegram.say({ from: OWNER, text: "hello" });
    await vi.waitFor(() => expect(world.logged("part_not_sent")).toBe(1), PATIENCE);
    await world.assistant.kill();
    await world.start();
    expect(await world.answers(OWNER, 1)).toHaveLength(1);
    const [refused, sent, ...more] = world.telegram.calls.filter(({ method }) => method === "sendMessage");
    expect([refused?.status, sent?.status, more.length]).toEqual([429, 200, 0]);
    expect((sent?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThanOrEqual(waitS * 1_000);
  });
});

describe("while the runtime does not work", () => {
  it("a message is parked, and answered once when the runtime returns", async () => {
    world.assistant.aws?.faults.inject({ count: 1_000, fault: { kind: "error", status: 500 } });
    world.telegram.say({ from: OWNER, text: "patience" });
    await vi.waitFor(() => expect(world.logged("run_ended")).toBeGreaterThan(1), PATIENCE);
    expect(world.telegram.answers(OWNER)).toHaveLength(0);
    world.assistant.aws?.faults.clear();
    expect(await world.answers(OWNER, 1)).toHaveLength(1);
  });

  it.each(["cut", "kill"] as const)("a turn whose stream breaks (%s) goes on, and is answered once", async (kind) => {
    world.model.answer(() => "An answer of several words, streamed.");
    world.assistant.aws?.faults.inject({ fault: { kind, afterEvents: 2 } });
    world.telegram.say({ from: OWNER, text: "do not stop" });
    expect(await world.answers(OWNER, 1)).toEqual(["An answer of several words, streamed."]);
    expect(world.logged("turn_resumed")).toBe(1);
  });

  it("a message whose process was replaced, but goes on by itself, is answered once, by the fresh one", async () => {
    const first = Promise.withResolvers<string>();
    world.model.answer(() => (world.model.asked.length === 1 ? first.promise : "From the fresh process."));
    world.assistant.aws?.faults.inject({ fault: { kind: "orphan", afterEvents: 1 } });
    world.telegram.say({ from: OWNER, text: "who are you?" });
    expect(await world.answers(OWNER, 1)).toEqual(["From the fresh process."]);
    first.resolve("From the lost process.");
    world.model.answer(() => "Heard.");
    world.telegram.say({ from: OWNER, text: "what did you say?" });
    expect(await world.answers(OWNER, 2)).toEqual(["From the fresh process.", "Heard."]);
    expect(world.model.lastRequest).toContain("From the fresh process.");
    expect(world.model.lastRequest).not.toContain("From the lost process.");
  });
});
