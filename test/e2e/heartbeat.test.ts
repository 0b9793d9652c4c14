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

const status = v.object({
  beats: v.array(
    v.object({ slot: v.number(), outcome: v.string(), usage: v.nullable(v.object({ costUsd: v.number() })) }),
  ),
});

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

/** The model that a beat asks says one thing after the other. */
describe("a month with one item on the checklist", () => {
  let world: World;
  beforeAll(async () => {
    world = await World.open({ HEARTBEAT_EVERY: "12h" });
    world.telegram.say({ from: ADA, text: "/checklist add water the plants" });
    await world.answers(OWNER, 1);
    await vi.waitFor(() => expect(world.logged("session_reported")).toBeGreaterThan(0), PATIENCE);
  });
  afterAll(() => world?.close());

  /** One tick, and the end of the beat that it begins. */
  const beat = async (slot: number) => {
    await world.assistant.clock.tick([slot]);
    return vi.waitFor(async () => {
      const [last] = await beatsOf(world);
      if (last?.slot !== slot || last.outcome === "running")
        throw new Error(`the beat has not ended: ${last?.outcome}`);
      return last;
    }, PATIENCE);
  };

  it("tells it once a day at most, never its sign, and costs what its beats cost", { timeout: 120_000 }, async () => {
    const every = 12 * 60 * MINUTE;
    const first = Math.ceil((Date.now() + 2 * MINUTE) / every) * every;
    const long = "The plants are thirsty. ".repeat(20).trim();
    const silent = ["HEARTBEAT_OK", "**HEARTBEAT_OK** Nothing is due.", "All is well.\n\nHEARTBEAT_OK", "NO_REPLY"];
    const told = [
      "Water the plants.",
      "**Water the plants**",
      `HEARTBEAT_OK ${long}`,
      `${long}\nHEARTBEAT_OK`,
      "Still: no HEARTBEAT_OK before the plants have water.",
    ];
    const ran: { readonly slot: number; readonly outcome: string; readonly costUsd: number }[] = [];
    world.model.answer(() => [...silent, ...told][ran.length % 9] ?? "");
    for (let slot = first; slot < first + MONTH * MINUTE; slot += every) {
      const { outcome, usage } = await beat(slot);
      if (usage !== null) ran.push({ slot, outcome, costUsd: usage.costUsd });
    }
    await vi.waitFor(() => expect(world.logged("delivery_ended")).toBe(world.logged("announcement_handed")), PATIENCE);
    const texts = world.telegram
      .answers(OWNER)
      .slice(1)
      .map(({ text = "" }) => text);
    const cost = ran.reduce((sum, { costUsd }) => sum + costUsd, 0);
    console.log(
      `a month with one item and a silent owner, every 12 h: ${ran.length} beats of 60 slots, ` +
        `$${(cost / ran.length).toFixed(5)} a beat, $${cost.toFixed(4)} in all; ${texts.length} messages`,
    );
    expect(cost).toBeGreaterThan(0);
    // Three days of both beats, then one a day.
    expect(ran.length).toBeGreaterThan(30);
    expect(ran.length).toBeLessThan(40);
    expect(ran.map(({ outcome }) => outcome)).not.toContain("failed");
    expect(texts.length).toBe(ran.filter(({ outcome }) => outcome === "told").length);
    expect(texts.filter((text) => /^\W*HEARTBEAT_OK|HEARTBEAT_OK\W*$|NO_REPLY/.test(text))).toEqual([]);
    expect(new Set(texts)).toEqual(new Set(["Water the plants.", "Water the plants", long, told[4]]));
    // Nothing of it was shown while it was made, nor said twice within a day.
    expect(world.telegram.calls.filter(({ method }) => method === "sendMessageDraft")).toEqual([]);
  });
});
