import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { rewindToSchema1 } from "./previous-release.ts";
import { OWNER, PATIENCE, World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world?.close());

describe("a state directory of the previous release", () => {
  it("goes on: what was open is answered, what was done is not done again", async () => {
    world.model.answer(() => "The first answer.");
    const first = world.telegram.say({ from: OWNER, text: "before" });
    await world.answers(OWNER, 1);
    world.model.hold();
    world.telegram.say({ from: OWNER, text: "survive this" });
    await vi.waitFor(() => expect(world.model.asked.length).toBe(2), PATIENCE);
    const { stateDir } = world.assistant.settings;
    await world.assistant.kill();
    expect(rewindToSchema1(stateDir)).toBe(2);

    world.model.answer(() => "The second answer.");
    await world.start();
    expect(await world.answers(OWNER, 2)).toEqual(["The first answer.", "The second answer."]);
    expect(world.model.lastRequest).toContain("The first answer.");
    expect((await world.post(first)).status).toBe(200);
    world.telegram.say({ from: OWNER, text: "after" });
    expect(await world.answers(OWNER, 3)).toHaveLength(3);
    expect(existsSync(join(stateDir, "schemas.json"))).toBe(true);
  });
});
