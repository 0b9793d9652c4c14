import { describe, expect, it } from "vitest";
import { PATH_BOUNDS, workspacePath } from "../../../agent-container/src/workspace/path.ts";
import { PathIndex } from "../../../agent-container/src/workspace/path-index.ts";
import { canWriteTree, refuseNewFile, refuseWrite } from "../../../agent-container/src/workspace/write-rules.ts";
import { WORKSPACE_BOUNDS } from "../../../protocol/bounds.ts";

const empty = new PathIndex([]);

describe("refuseNewFile", () => {
  it("takes as many files as are allowed and not one more", () => {
    const path = workspacePath("a.md");
    expect(() => refuseNewFile(path, empty, WORKSPACE_BOUNDS.filesMax - 1)).not.toThrow();
    expect(() => refuseNewFile(path, empty, WORKSPACE_BOUNDS.filesMax)).toThrow("has 2000 files, the most it can");
  });

  it("keeps room in a name for a conflict copy", () => {
    const name = (bytes: number) => workspacePath("x".repeat(bytes));
    expect(() => refuseNewFile(name(PATH_BOUNDS.newMaxBytes), empty, 0)).not.toThrow();
    expect(() => refuseNewFile(name(PATH_BOUNDS.newMaxBytes + 1), empty, 0)).toThrow("too long");
  });

  it("names what stands in the way", () => {
    const index = new PathIndex([workspacePath("Notes/a.md")]);
    expect(() => refuseNewFile(workspacePath("notes/b.md"), index, 1)).toThrow("notes/b.md cannot be beside Notes.");
  });
});

describe("refuseWrite", () => {
  it("leaves the shared tree to the owner and personal files out of groups", () => {
    expect((["owner", "person", "group"] as const).map((kind) => canWriteTree(kind, "shared"))).toEqual([
      true,
      false,
      false,
    ]);
    expect(() => refuseWrite("owner", workspacePath("skills/a/SKILL.md"), 1)).not.toThrow();
    expect(() => refuseWrite("person", workspacePath("USER.md"), 1)).not.toThrow();
    expect(() => refuseWrite("group", workspacePath("USER.md"), 1)).toThrow("There is no USER.md in a group");
    expect(() => refuseWrite("group", workspacePath("memory/a.md"), 1)).not.toThrow();
  });
});
