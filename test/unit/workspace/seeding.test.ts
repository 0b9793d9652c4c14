import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createWorld, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.stop());

describe("a new workspace", () => {
  it("of a guest stores nothing until something is changed, and then the seeds with it", async () => {
    const guest = { space: "person:telegram-42", conversation: "agent:main:person:telegram-42" };
    const first = await world.open(guest);
    expect(await first.commit()).toMatchObject({ head: "seeds", heartbeatHash: null });
    await first.close();
    expect(world.s3.requests).toEqual([]);
    const second = await world.open({ ...guest, turn: "turn-0002" });
    await second.write("USER.md", "Ada\n");
    expect((await second.commit()).head).not.toBe("seeds");
    await second.close();
    const third = await world.open({ ...guest, turn: "turn-0003" });
    expect(await third.readText("USER.md")).toBe("Ada\n");
    expect(await third.readText("MEMORY.md")).not.toBeNull();
    await third.close();
  });
});
