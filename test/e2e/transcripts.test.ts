import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { OWNER, PATIENCE, World } from "./world.ts";

const MAIN = "agent:main:main";
const file = join(tmpdir(), `agent-claw-transcript-${process.pid}.jsonl`);

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(async () => {
  await world?.close();
  rmSync(file, { force: true });
});

/** Whatever form the answer has, in one text. */
async function says(text: string): Promise<string> {
  const before = world.telegram.answers(OWNER).length;
  world.telegram.say({ from: OWNER, text });
  await world.answers(OWNER, before + 1);
  return JSON.stringify(world.telegram.answers(OWNER).at(-1));
}

describe("what was said to the owner's assistant", () => {
  it("is one conversation on all their channels, with a name", async () => {
    const web = await world.web();
    web.send({ id: "w1", text: "the bicycle is in the cellar" });
    await vi.waitFor(() => expect(web.finals).toHaveLength(1), PATIENCE);
    await web.close();
    await says("where is it?");
    expect(world.model.lastRequest).toContain("the bicycle is in the cellar");
    expect(await says("/name Bicycles")).toContain("Bicycles");
    expect(await says("/status")).toMatch(/Bicycles[\s\S]*Began/);
    const { stdout } = await world.claw("conversations");
    expect(stdout).toMatch(/agent:main:main +Bicycles +0 .*free/);
  });

  it("goes on from a file after a new conversation was begun", async () => {
    const exported = await world.claw("transcript", "export", MAIN, "--out", file);
    expect(exported).toMatchObject({ code: 0, stdout: "" });
    await says("/new");
    await says("where is it now?");
    expect(world.model.lastRequest).not.toContain("cellar");

    const imported = await world.claw("transcript", "import", MAIN, file);
    expect(imported).toMatchObject({ code: 0, stdout: expect.stringContaining("goes on from") });
    await says("and where is it after all?");
    expect(world.model.lastRequest).toContain("the bicycle is in the cellar");
    expect(world.model.lastRequest).not.toContain("where is it now?");

    const again = await world.claw("transcript", "export", MAIN);
    const entries = (text: string) =>
      text
        .trimEnd()
        .split("\n")
        .slice(1)
        .map((line): unknown => JSON.parse(line));
    const before = entries(readFileSync(file, "utf8"));
    expect(entries(again.stdout).slice(0, before.length)).toEqual(before);
    const earlier = await world.claw("transcript", "export", MAIN, "--epoch", "0");
    expect(entries(earlier.stdout)).toEqual(before);
  });

  it("is measured on demand, and answered by the model that a short name means", async () => {
    const asked = world.model.asked.length;
    expect(await says("/context")).toMatch(/Context: about [\d,]+ of [\d,]+ tokens/);
    expect(world.model.asked.length).toBe(asked);
    expect(await says("/model list")).not.toContain("quick");
    await world.claw("config", "set", "models.aliases.quick", "anthropic/claude-haiku-4-5");
    expect(await says("/model quick")).toContain("anthropic/claude-haiku-4-5");
    expect(await says("/model")).toContain("quick = anthropic/claude-haiku-4-5");
  });
});
