import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { entryOf, formatManifest, type Manifest } from "../../../agent-container/src/workspace/manifest.ts";
import { workspacePath } from "../../../agent-container/src/workspace/path.ts";
import { RETENTION } from "../../../protocol/bounds.ts";
import { createWorld, OWNER, turnId, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.stop());

const TURN = turnId("turn-0001");
function files(text: string): Manifest {
  return new Map([[workspacePath("a.md"), entryOf(new TextEncoder().encode(text))]]);
}

describe("moveHead", () => {
  it("moves a head from where it is, and tells the loser where it went", async () => {
    const manifests = world.manifests();
    const [one, two] = [files("one"), files("two")];
    const first = await manifests.moveHead("space", { turnId: TURN, from: null, to: one, mine: one });
    expect(first).toEqual({ moved: true, head: formatManifest(one).id });
    const lost = await world.manifests().moveHead("space", { turnId: TURN, from: null, to: two, mine: two });
    expect(lost).toEqual({ moved: false, head: formatManifest(one).id });
    expect(await manifests.head("shared")).toBeNull();
  });

  it("checks the fence of the conversation for both trees, and only of that conversation", async () => {
    const one = files("one");
    const move = { turnId: TURN, from: null, to: one, mine: one };
    const stale = world.manifests({ fence: 4 });
    world.raise(OWNER, 5);
    for (const tree of ["space", "shared"] as const) {
      await expect(stale.moveHead(tree, move)).rejects.toMatchObject({ code: "storage_fence_lost" });
      await expect(stale.saveBranch(tree, TURN, one)).rejects.toMatchObject({ code: "storage_fence_lost" });
    }
    const job = world.manifests({ conversation: "agent:main:job:a:run:1", fence: 1 });
    expect(await job.moveHead("shared", move)).toMatchObject({ moved: true });
    expect(await world.manifests({ fence: 5 }).moveHead("space", move)).toMatchObject({ moved: true });
  });

  it("remembers which change of which turn has landed", async () => {
    const manifests = world.manifests();
    const [mine, joined] = [files("mine"), files("joined")];
    await manifests.moveHead("space", { turnId: TURN, from: null, to: joined, mine });
    const id = formatManifest(mine).id;
    expect(await manifests.hasLanded("space", TURN, id)).toBe(true);
    expect(await manifests.hasLanded("shared", TURN, id)).toBe(false);
    expect(await manifests.hasLanded("space", turnId("turn-0002"), id)).toBe(false);
  });
});

describe("retention", () => {
  it("keeps the head however old it is, and what was replaced for as long as promised", async () => {
    const month = RETENTION.manifestsMs;
    let head: string | null = null;
    const move = async (text: string, now: number) => {
      const to = files(text);
      const outcome = await world.manifests({ now }).moveHead("space", { turnId: TURN, from: head, to, mine: to });
      head = outcome.head;
      return head ?? "";
    };
    const first = await move("one", 0);
    const second = await move("two", 3 * month);
    const manifests = world.manifests();
    expect(await manifests.read("space", first)).toEqual(files("one"));
    await move("three", 3 * month + 1);
    const third = await move("four", 4 * month + 1);
    await expect(manifests.read("space", first)).rejects.toMatchObject({ code: "storage_unavailable" });
    expect(await manifests.read("space", second)).toEqual(files("two"));
    expect(await manifests.read("space", third)).toEqual(files("four"));
  });
});

describe("saveBranch", () => {
  it("keeps the work for good", async () => {
    const [mine, other] = [files("mine"), files("other")];
    const name = await world.manifests({ now: 0 }).saveBranch("space", TURN, mine);
    expect(name).toBe("branch:turn-0001");
    const late = world.manifests({ now: 3 * RETENTION.manifestsMs });
    await late.moveHead("space", { turnId: TURN, from: null, to: other, mine: other });
    expect(await late.read("space", formatManifest(mine).id)).toEqual(mine);
  });
});

describe("the schema", () => {
  it("refuses a database of a newer release in one line", () => {
    world.manifests();
    world.database("owner").exec("UPDATE workspace_schema SET version = 99");
    expect(() => world.manifests()).toThrow(
      expect.objectContaining({ code: "storage_schema_newer", message: expect.not.stringContaining("\n") }),
    );
  });

  it("is brought up to date once, also when opened again", async () => {
    const one = files("one");
    await world.manifests().moveHead("space", { turnId: TURN, from: null, to: one, mine: one });
    expect(await world.manifests().head("space")).toBe(formatManifest(one).id);
  });
});
