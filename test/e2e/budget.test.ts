import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import * as v from "valibot";
import { OWNER, PATIENCE, World } from "./world.ts";

const GUESTS = Array.from({ length: 6 }, (_, index) => 3_000 + index);
/** What one call of the emulated model costs: 1,234 tokens in and 56 out, in millionths of a dollar. */
const usage = v.object({
  today: v.object({ calls: v.number(), tokens: v.number(), microUsd: v.number() }),
  lines: v.array(v.object({ payer: v.string(), kind: v.string(), calls: v.number(), microUsd: v.number() })),
  running: v.number(),
  waiting: v.number(),
});

let world: World;

beforeAll(async () => {
  world = await World.open({ DM_POLICY: "open" });
});
afterAll(() => world.close());

const readUsage = async () => v.parse(usage, await world.admin("usage"));
const limitTo = async (dollars: number) => {
  const values = { "budget.dailyUsd": dollars };
  expect(await world.ask("PATCH", "config", { values })).toMatchObject({ status: 200 });
};
const textsIn = (chat: number) => world.telegram.answers(chat).map((message) => message.text ?? "");

describe("a budget that is nearly used up", () => {
  it("is exceeded by no more than the calls under way; who waits is told once, and answered when more is allowed", async () => {
    world.telegram.say({ from: OWNER, text: "what is a call?" });
    await world.answers(OWNER, 1);
    await vi.waitFor(async () => expect((await readUsage()).today.calls).toBe(1), PATIENCE);
    const { today: one } = await readUsage();
    expect(one.microUsd).toBeGreaterThan(1_000);
    // Enough for the least that a call can take, once; far from enough for seven.
    const limit = one.microUsd + 25_000;
    await limitTo(limit / 1_000_000);
    for (const guest of GUESTS) world.telegram.say({ from: guest, text: `question of ${guest}` });
    await vi.waitFor(
      async () => {
        const { running, waiting } = await readUsage();
        expect({ running, waiting: waiting > 0 }).toEqual({ running: 0, waiting: true });
        for (const guest of GUESTS) expect(textsIn(guest)).toHaveLength(1);
      },
      { ...PATIENCE, timeout: 45_000 },
    );
    const spent = (await readUsage()).today;
    expect(spent.microUsd).toBeLessThanOrEqual(limit + one.microUsd);
    const parked = GUESTS.filter((guest) => textsIn(guest)[0]?.includes("used up"));
    expect(parked.length).toBeGreaterThan(0);
    for (const guest of parked) expect(textsIn(guest)[0]).not.toContain("$");

    // What needs no model goes on.
    await limitTo(0);
    world.telegram.say({ from: OWNER, text: "/checklist add buy tea" });
    await vi.waitFor(() => expect(textsIn(OWNER).at(-1)).toContain("buy tea"), PATIENCE);
    await limitTo(limit / 1_000_000);

    // The owner's own message waits as well, and they have buttons.
    world.telegram.say({ from: OWNER, text: `and mine? ${"word ".repeat(1_200)}` });
    await vi.waitFor(
      () => expect(textsIn(OWNER).some((text) => text.includes("kept your message"))).toBe(true),
      PATIENCE,
    );
    await world.assistant.stop();
    await world.start();
    const asked = world.model.asked.length;
    world.telegram.say({ from: OWNER, text: "/budget allow 5" });
    await vi.waitFor(
      () => {
        for (const guest of parked) expect(textsIn(guest)).toHaveLength(2);
        expect(textsIn(OWNER).some((text) => text.includes("and mine?"))).toBe(true);
      },
      { ...PATIENCE, timeout: 45_000 },
    );
    // Nothing was asked twice.
    expect(world.model.asked.length - asked).toBe(parked.length + 1);
    await vi.waitFor(async () => {
      const after = await readUsage();
      expect(after.today.calls).toBe(GUESTS.length + 2);
      expect(after).toMatchObject({ running: 0, waiting: 0 });
      expect(after.today.microUsd).toBe(after.today.calls * one.microUsd);
    }, PATIENCE);
  }, 240_000);
});
