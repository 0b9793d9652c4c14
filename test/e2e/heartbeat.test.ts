import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import * as v from "valibot";
import { ObedientModel } from "./obedient-model.ts";
import { OWNER, PATIENCE, World } from "./world.ts";

const MINUTE = 60_000;
const SLOT = 30 * MINUTE;
/** A month of minutes. */
const MONTH = 43_200;
/** Ticks of one call to the clock: an answer comes within seconds. */
const TICKS_A_CALL = 4_320;

const status = v.object({ beats: v.array(v.object({ slot: v.number(), outcome: v.string(), usage: v.unknown() })) });

const ADA = { id: OWNER, is_bot: false, first_name: "Ada", language_code: "en" };

/** The first slot of a month that begins soon, so that no minute of the real clock comes in between. */
const soon = () => Math.ceil((Date.now() + 2 * MINUTE) / SLOT) * SLOT;

/** Every minute of a month. Nothing is begun in it, so its days need not wait for each other. */
async function tickMonth(world: World, from: number): Promise<void> {
  const times = Array.from({ length: MONTH }, (_, minute) => from + minute * MINUTE);
  const calls = Array.from({ length: MONTH / TICKS_A_CALL }, (_, call) => call * TICKS_A_CALL);
  await Promise.all(calls.map((at) => world.assistant.clock.tick(times.slice(at, at + TICKS_A_CALL))));
}

async function beatsOf(world: World) {
  return v.parse(status, await world.admin("heartbeat")).beats;
}

describe("an idle month", () => {
  let obedient: ObedientModel;
  let world: World;
  beforeAll(async () => {
    obedient = await ObedientModel.start(/$^/);
    world = await World.open(obedient.variables);
  });
  afterAll(async () => {
    await world.close();
    await obedient.close();
  });

  /** Lets the owner have something done, and waits for the answer. */
  const say = async (text: string) => {
    const before = world.telegram.answers(OWNER).length;
    world.telegram.say({ from: ADA, text });
    await world.answers(OWNER, before + 1);
    await vi.waitFor(() => expect(world.logged("session_reported")).toBeGreaterThan(before), PATIENCE);
  };

  it("costs not one request to AWS: checklist missing, of comments only, and empty", { timeout: 120_000 }, async () => {
    obedient.order("empty", [{ tool: "write", args: { path: "HEARTBEAT.md", content: "" } }]);
    const kinds = [
      { what: "missing", make: async () => {} },
      { what: "comments only", make: () => say("hello") },
      { what: "empty", make: () => say("order-empty") },
    ];
    const counts: Record<string, number> = {};
    let from = soon();
    for (const { what, make } of kinds) {
      await make();
      const before = world.awsRequests;
      await tickMonth(world, from);
      counts[what] = world.awsRequests - before;
      expect(new Set((await beatsOf(world)).map(({ outcome }) => outcome))).toEqual(new Set(["no_checklist"]));
      from += MONTH * MINUTE;
    }
    expect(counts).toEqual({ missing: 0, "comments only": 0, empty: 0 });
  });
});
