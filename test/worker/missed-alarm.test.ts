import { abortAllDurableObjects, reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TURN_BOUNDS } from "../../protocol/bounds.ts";
import { directMessage } from "./inbound.ts";
import { beginSilentTurn, readTurn } from "./running-turn.ts";

const session = () => env.CHANNEL_SESSION.getByName(directMessage(1).session);
const alarmOf = () => runInDurableObject(session(), (_object, { storage }) => storage.getAlarm());

beforeEach(() => {
  // Tomorrow for the platform: no alarm goes off by itself.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 86_400_000 });
  for (const method of ["log", "warn", "error"] as const) vi.spyOn(console, method).mockReturnValue();
});

afterEach(async () => {
  await reset();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A running turn whose instance died, and whose new one has set an alarm that the platform gave up. */
async function abandonedTurn(): Promise<{ readonly fence: number; readonly dueAt: number }> {
  const fence = await beginSilentTurn();
  await abortAllDurableObjects();
  const dueAt = Date.now();
  expect(await alarmOf()).toBe(dueAt);
  await runInDurableObject(session(), (_object, { storage }) => storage.deleteAlarm());
  return { fence, dueAt };
}

describe("a turn whose alarm was given up by the platform", () => {
  it.each([
    ["message", () => session().accept(directMessage(2))],
    ["word of a free lane", () => session().laneFree()],
    ["look at the ledger", () => session().ledger(1)],
  ] as const)("is taken up by the next %s, and has an alarm again", async (_what, happen) => {
    const { fence, dueAt } = await abandonedTurn();
    vi.setSystemTime(dueAt + TURN_BOUNDS.alarmLateMs);
    await happen();
    await vi.waitFor(async () => expect(await readTurn()).toEqual({ phase: "running", fence: fence + 1 }));
    expect(await alarmOf()).toBeGreaterThan(dueAt);
  });

  it("is left to its alarm while that is only late", async () => {
    const { fence, dueAt } = await abandonedTurn();
    vi.setSystemTime(dueAt + TURN_BOUNDS.alarmLateMs - 1);
    await session().accept(directMessage(2));
    await session().laneFree();
    await session().ledger(1);
    expect(await readTurn()).toEqual({ phase: "running", fence });
  });
});
