import { afterEach, beforeEach, expect, it } from "vitest";
import { TURN_BOUNDS } from "../../protocol/bounds.ts";
import { OWNER, World } from "../e2e/world.ts";

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world?.close());

it("a message that crashes the agent every time ends with a plain notice, and the next one is answered", async () => {
  world.assistant.aws?.faults.inject({ count: TURN_BOUNDS.runAttemptsMax, fault: { kind: "kill" } });
  world.telegram.say({ from: OWNER, text: "poison" });
  expect((await world.answers(OWNER, 1))[0]).toContain("could not answer");
  world.telegram.say({ from: OWNER, text: "healthy" });
  expect((await world.answers(OWNER, 2)).at(-1)).toContain("healthy");
});
