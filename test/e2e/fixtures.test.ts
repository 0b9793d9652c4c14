import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FIXTURE_DIR, FIXTURE_TABLE, readFixtures } from "../unit/telegram/fixture-table.ts";
import { World } from "./world.ts";

const fixtures = readFixtures();
if (!fixtures) console.warn(`SKIPPED: the captured Telegram payloads are not at ${FIXTURE_DIR}`);

let world: World;
beforeAll(async () => {
  world = await World.open({ DM_POLICY: "open", GROUP_POLICY: "open" });
});
afterAll(() => world?.close());

/** Everything that the bot has sent so far. */
function sent(): number {
  return world.telegram.calls.filter((call) => call.method === "sendMessage").length;
}

describe.skipIf(!fixtures)("every payload that others captured", () => {
  it("is acknowledged, and answered once or not at all, as the committed table says", async () => {
    for (const { name, update } of fixtures ?? []) {
      const before = sent();
      const response = await world.post(update);
      expect([name, response.status]).toEqual([name, 200]);
      if (FIXTURE_TABLE[name]?.answered) await world.sends(before + 1);
    }
    // Whatever was wrongly under way would be answered before this one is.
    world.telegram.say({ from: 5, text: "the last" });
    const expected = Object.values(FIXTURE_TABLE).filter((row) => row.answered).length + 1;
    await world.sends(expected);
    expect(sent()).toBe(expected);
  });

  it("is run once when all of them come again", async () => {
    const before = { sent: sent(), asked: world.model.asked.length };
    for (const { update } of fixtures ?? []) expect((await world.post(update)).status).toBe(200);
    world.telegram.say({ from: 5, text: "the very last" });
    await world.sends(before.sent + 1);
    expect(world.model.asked.length).toBe(before.asked + 1);
  });
});
