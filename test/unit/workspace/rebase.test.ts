import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type FileEntry,
  formatManifest,
  isSameEntry,
  type Manifest,
  parseManifest,
} from "../../../agent-container/src/workspace/manifest.ts";
import { isNote, workspacePath } from "../../../agent-container/src/workspace/path.ts";
import { PathIndex } from "../../../agent-container/src/workspace/path-index.ts";
import { keepAside, rebase } from "../../../agent-container/src/workspace/rebase.ts";
import { turnId } from "./world.ts";

const TURN = turnId("turn-mine");
const names = [
  "a",
  "a/b",
  "a/c",
  "A",
  "b/x",
  "B/x",
  "b",
  "list.md",
  "list.md.conflict-turn-mine",
  "memory/d.md",
  "memory/e.md",
];

const OWN_COPY = workspacePath("list.md.conflict-turn-mine");

function entry(version: number): FileEntry {
  return { hash: String(version).repeat(64), bytes: version };
}

/** A tree whose names can exist beside each other. */
const manifest = fc.array(fc.tuple(fc.constantFrom(...names), fc.integer({ min: 1, max: 4 }))).map((rows): Manifest => {
  const files = new Map<ReturnType<typeof workspacePath>, FileEntry>();
  const index = new PathIndex([]);
  for (const [name, version] of rows) {
    const path = workspacePath(name);
    if (index.find(path).kind === "taken") continue;
    index.add(path);
    files.set(path, entry(version));
  }
  return files;
});
const sides = fc.record({ base: manifest, mine: manifest, theirs: manifest });

describe("rebase", () => {
  it("loses nothing that either side wrote, and joins names that can exist together", () => {
    fc.assert(
      fc.property(sides, ({ base, mine, theirs }) => {
        const { files, unions, conflicts } = rebase({ base, mine, theirs }, TURN);
        const hashes = new Set([...files.values(), ...unions.map((union) => union.mine)].map(({ hash }) => hash));
        for (const side of [mine, theirs]) {
          for (const [path, written] of side)
            if (!isSameEntry(written, base.get(path))) expect(hashes).toContain(written.hash);
        }
        const index = new PathIndex([]);
        for (const path of files.keys()) {
          expect(index.find(path).kind).toBe("free");
          index.add(path);
        }
        for (const path of conflicts) expect(files.has(path)).toBe(true);
        for (const { path } of unions) expect(isNote(path)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  it("never changes what they wrote", () => {
    fc.assert(
      fc.property(sides, ({ base, mine, theirs }) => {
        const { files } = rebase({ base, mine, theirs }, TURN);
        for (const [path, written] of theirs) {
          if (!isSameEntry(written, base.get(path))) expect(files.get(path)).toEqual(written);
        }
      }),
    );
  });

  it("is mine when they changed nothing, and theirs when I changed nothing or the same", () => {
    fc.assert(
      fc.property(manifest, manifest, (base, other) => {
        expect(rebase({ base, mine: other, theirs: base }, TURN).files).toEqual(other);
        expect(rebase({ base, mine: base, theirs: other }, TURN).files).toEqual(other);
        const same = rebase({ base, mine: other, theirs: other }, TURN);
        expect(same).toEqual({ files: other, unions: [], conflicts: [] });
      }),
    );
  });

  it("comes to the same when it is repeated on its own result", () => {
    fc.assert(
      fc.property(sides, ({ base, mine, theirs }) => {
        const once = rebase({ base, mine, theirs }, TURN);
        // A turn cannot have read its own conflict copies before it made them.
        fc.pre(once.unions.length === 0 && ![base, mine].some((side) => side.has(OWN_COPY)));
        const again = rebase({ base, mine, theirs: once.files }, TURN);
        expect(formatManifest(again.files).id).toBe(formatManifest(once.files).id);
      }),
    );
  });

  it("gives a second copy a number", () => {
    const path = workspacePath("a.md");
    const files = new Map([[path, entry(1)]]);
    expect(keepAside(files, path, { entry: entry(2), turnId: TURN })).toBe("a.md.conflict-turn-mine");
    expect(keepAside(files, path, { entry: entry(3), turnId: TURN })).toBe("a.md.conflict-turn-mine-2");
    expect(keepAside(files, path, { entry: entry(2), turnId: TURN })).toBe("a.md.conflict-turn-mine");
  });
});

describe("a manifest", () => {
  it("reads as it was written, and has one id in any order", () => {
    fc.assert(
      fc.property(manifest, (files) => {
        const { id, text } = formatManifest(files);
        expect(parseManifest(id, text)).toEqual(files);
        expect(formatManifest(new Map([...files].reverse())).id).toBe(id);
      }),
    );
  });

  it("is refused when it is not what its id says", () => {
    const { id, text } = formatManifest(new Map([[workspacePath("a.md"), entry(1)]]));
    expect(() => parseManifest(id, text.replace("a.md", "b.md"))).toThrow("damaged");
  });
});
