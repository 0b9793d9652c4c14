/** What every store of manifests keeps to, wherever it is. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { entryOf, formatManifest, type Manifest } from "../../../agent-container/src/workspace/manifest.ts";
import type { ManifestStore } from "../../../agent-container/src/workspace/manifest-store.ts";
import { workspacePath } from "../../../agent-container/src/workspace/path.ts";
import { RETENTION, WORKSPACE_BOUNDS } from "../../../protocol/bounds.ts";
import { turnId } from "./world.ts";

export type ManifestRig = {
  /** The manifests of the owner's space, as a turn of the conversation's last part has them. */
  manifests(options?: { conversation?: "main" | "job"; fence?: number; now?: number }): Promise<ManifestStore>;
  /** Raises the fence of `main`. */
  raise(fence: number): Promise<void>;
  stop(): Promise<void>;
};

const TURN = turnId("turn-0001");

export function files(text: string): Manifest {
  return new Map([[workspacePath("a.md"), entryOf(new TextEncoder().encode(text))]]);
}

export function describeManifestStore(name: string, createRig: () => Promise<ManifestRig>): void {
  describe(name, () => {
    let rig: ManifestRig;
    beforeEach(async () => {
      rig = await createRig();
    });
    afterEach(() => rig.stop());

    it("moves a head from where it is, and tells the loser where it went", async () => {
      const manifests = await rig.manifests();
      const [one, two] = [files("one"), files("two")];
      expect(await manifests.head("space")).toBeNull();
      const first = await manifests.moveHead("space", { turnId: TURN, from: null, to: one, mine: one });
      expect(first).toEqual({ moved: true, head: formatManifest(one).id });
      const other = await rig.manifests();
      const lost = await other.moveHead("space", { turnId: TURN, from: null, to: two, mine: two });
      expect(lost).toEqual({ moved: false, head: formatManifest(one).id });
      expect(await other.head("space")).toBe(formatManifest(one).id);
      expect(await other.read("space", formatManifest(one).id)).toEqual(one);
      expect(await manifests.head("shared")).toBeNull();
    });

    it("lets one of many who move the same head at once through", async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 6 }, async (_, at) => {
          const mine = files(`mine ${String(at)}`);
          const move = { turnId: TURN, from: null, to: mine, mine };
          return (await rig.manifests()).moveHead("space", move);
        }),
      );
      const winners = outcomes.filter(({ moved }) => moved);
      expect(winners).toHaveLength(1);
      expect(new Set(outcomes.map(({ head }) => head))).toEqual(new Set([winners[0]?.head]));
    });

    it("checks the fence of the conversation for both trees, and only of that conversation", async () => {
      const one = files("one");
      const move = { turnId: TURN, from: null, to: one, mine: one };
      const change = { base: one, mine: one };
      const stale = await rig.manifests({ fence: 4 });
      await rig.raise(5);
      const lost = { code: "storage_fence_lost", passedBy: 5 };
      for (const tree of ["space", "shared"] as const) {
        await expect(stale.moveHead(tree, move)).rejects.toMatchObject(lost);
        await expect(stale.saveBranch(tree, TURN, one)).rejects.toMatchObject(lost);
      }
      await expect(stale.saveCheckpoint(TURN, { shared: change, space: change })).rejects.toMatchObject(lost);
      const job = await rig.manifests({ conversation: "job" });
      expect(await job.moveHead("shared", move)).toMatchObject({ moved: true });
      expect(await (await rig.manifests({ fence: 5 })).moveHead("space", move)).toMatchObject({ moved: true });
    });

    it("remembers which change of which turn has landed", async () => {
      const manifests = await rig.manifests();
      const [mine, joined] = [files("mine"), files("joined")];
      await manifests.moveHead("space", { turnId: TURN, from: null, to: joined, mine });
      const { id } = formatManifest(mine);
      expect(await manifests.hasLanded("space", TURN, id)).toBe(true);
      expect(await manifests.hasLanded("shared", TURN, id)).toBe(false);
      expect(await manifests.hasLanded("space", turnId("turn-0002"), id)).toBe(false);
    });

    it("keeps what a running turn has of both trees under one name", async () => {
      const manifests = await rig.manifests();
      const [none, old, mine] = [files(""), files("old"), files("mine")];
      await manifests.moveHead("space", { turnId: TURN, from: null, to: old, mine: old });
      const trees = { shared: { base: none, mine: files("shared") }, space: { base: old, mine } };
      const id = await manifests.saveCheckpoint(TURN, trees);
      expect(await manifests.saveCheckpoint(TURN, trees)).toBe(id);
      const other = await rig.manifests();
      const { shared, space } = await other.readCheckpoint(id);
      expect(await other.read("shared", shared.baseId)).toEqual(none);
      expect(await other.read("shared", shared.mineId)).toEqual(files("shared"));
      expect(await other.read("space", space.baseId)).toEqual(old);
      expect(await other.read("space", space.mineId)).toEqual(mine);
      await expect(other.readCheckpoint("0".repeat(64))).rejects.toMatchObject({ code: "storage_unavailable" });
    });

    it("keeps the head however old it is, and what was replaced for as long as promised", async () => {
      const month = RETENTION.manifestsMs;
      let head: string | null = null;
      const move = async (text: string, now: number) => {
        const to = files(text);
        const outcome = await (
          await rig.manifests({ now })
        ).moveHead("space", { turnId: TURN, from: head, to, mine: to });
        head = outcome.head;
        return head ?? "";
      };
      const first = await move("one", 0);
      const second = await move("two", 3 * month);
      const manifests = await rig.manifests({ now: 3 * month });
      expect(await manifests.read("space", first)).toEqual(files("one"));
      await move("three", 3 * month + 1);
      const third = await move("four", 4 * month + 1);
      const late = await rig.manifests({ now: 4 * month + 1 });
      await expect(late.read("space", first)).rejects.toMatchObject({ code: "storage_unavailable" });
      expect(await late.read("space", second)).toEqual(files("two"));
      expect(await late.read("space", third)).toEqual(files("four"));
    });

    it("keeps a head that a checkpoint names as well, however old the checkpoint is", async () => {
      const [one, two] = [files("one"), files("two")];
      const manifests = await rig.manifests({ now: 0 });
      const both = { shared: { base: one, mine: one }, space: { base: two, mine: one } };
      await manifests.saveCheckpoint(TURN, both);
      await manifests.moveHead("space", { turnId: TURN, from: null, to: one, mine: one });
      await (await rig.manifests({ now: 1 })).saveCheckpoint(TURN, both);
      const late = await rig.manifests({ now: 3 * RETENTION.manifestsMs });
      await late.moveHead("shared", { turnId: TURN, from: null, to: two, mine: two });
      expect(await late.read("space", formatManifest(one).id)).toEqual(one);
    });

    it("keeps work that could not be joined for good", async () => {
      const [mine, other] = [files("mine"), files("other")];
      const name = await (await rig.manifests({ now: 0 })).saveBranch("space", TURN, mine);
      expect(name).toBe("branch:turn-0001");
      const late = await rig.manifests({ now: 3 * RETENTION.manifestsMs });
      await late.moveHead("space", { turnId: TURN, from: null, to: other, mine: other });
      expect(await late.read("space", formatManifest(mine).id)).toEqual(mine);
    });

    it("keeps a list of as many files as a space may have", async () => {
      const entry = entryOf(new TextEncoder().encode("one of many"));
      const many: Manifest = new Map(
        Array.from({ length: WORKSPACE_BOUNDS.filesMax }, (_, at) => [
          workspacePath(`${"folder-".repeat(20)}/${String(at)}.md`),
          entry,
        ]),
      );
      const manifests = await rig.manifests();
      await manifests.moveHead("space", { turnId: TURN, from: null, to: many, mine: many });
      expect(await (await rig.manifests()).read("space", formatManifest(many).id)).toEqual(many);
    });
  });
}
