import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatManifest } from "../../../agent-container/src/workspace/manifest.ts";
import { describeManifestStore, files } from "./manifest-laws.ts";
import { createWorld, OWNER, turnId, type World } from "./world.ts";

describeManifestStore("a space's manifests in SQLite", async () => {
  const world = await createWorld();
  return {
    manifests: async ({ conversation = "main", ...options } = {}) =>
      world.manifests({ ...options, conversation: conversation === "main" ? OWNER : "agent:main:job:a:run:1" }),
    raise: async (fence) => {
      world.raise(OWNER, fence);
    },
    stop: () => world.stop(),
  };
});

describe("the schema", () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.stop());

  it("refuses a database of a newer release in one line", () => {
    world.manifests();
    world.database("owner").exec("UPDATE workspace_schema SET version = 99");
    expect(() => world.manifests()).toThrow(
      expect.objectContaining({ code: "storage_schema_newer", message: expect.not.stringContaining("\n") }),
    );
  });

  it("is brought up to date once, also when opened again", async () => {
    const one = files("one");
    await world.manifests().moveHead("space", { turnId: turnId("turn-0001"), from: null, to: one, mine: one });
    expect(await world.manifests().head("space")).toBe(formatManifest(one).id);
  });
});
