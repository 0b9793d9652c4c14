import fc from "fast-check";
import { normalize } from "node:path/posix";
import { describe, expect, it } from "vitest";
import {
  byteLength,
  conflictPath,
  foldCase,
  isConflictCopy,
  isPersonal,
  parseWorkspacePath,
  PATH_BOUNDS,
  treeOf,
  workspacePath,
} from "../../../agent-container/src/workspace/path.ts";
import { PathIndex } from "../../../agent-container/src/workspace/path-index.ts";

const hostilePart = fc.oneof(
  fc.constantFrom(
    "",
    ".",
    "..",
    "...",
    " ",
    "~",
    "\\",
    "C:",
    "\0",
    "\u202e",
    "\ud800",
    "e\u0301",
    "AGENTS.md",
    "agents.MD",
  ),
  fc.constantFrom("skills", "SKILLS", "memory", "MEMORY.md", "%2e%2e", "a", "a.conflict-turn-0001", "İ", "ﬁ", "\u2028"),
  fc.string({ unit: "binary", maxLength: 12 }),
);
const hostilePath = fc.array(hostilePart, { maxLength: 10 }).map((parts) => parts.join("/"));

describe("parseWorkspacePath", () => {
  it("accepts only names that stay inside, whatever a stranger writes", () => {
    fc.assert(
      fc.property(hostilePath, (text) => {
        const path = parseWorkspacePath(text);
        if (!path.ok) return;
        expect(normalize(`/root/${path.value}`)).toBe(`/root/${path.value}`);
        expect(path.value.normalize("NFC")).toBe(path.value);
        expect(path.value).not.toMatch(/[\p{Cc}\\]|^\/|(?:^|\/)\.{1,2}(?:\/|$)/u);
        expect(path.value.split("/").every((part) => byteLength(part) <= PATH_BOUNDS.partMaxBytes)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it("is settled after one reading", () => {
    fc.assert(
      fc.property(hostilePath, (text) => {
        const path = parseWorkspacePath(text);
        if (path.ok) expect(parseWorkspacePath(path.value)).toEqual(path);
      }),
    );
  });

  it("puts a leading ./ and a decomposed letter right, and keeps the case", () => {
    expect(parseWorkspacePath("./Cafe\u0301.md")).toEqual({ ok: true, value: "Café.md" });
  });

  it.each([" a", "a /b", "a/ b", "a\u200bb", "a\u202eb", "\ud800", "a/b/c/d/e/f/g/h/i", "x".repeat(256)])(
    "refuses %j",
    (text) => {
      expect(parseWorkspacePath(text)).toMatchObject({ ok: false });
    },
  );

  it("says how a known name is written", () => {
    expect(parseWorkspacePath("soul.MD")).toEqual({ ok: false, error: 'Write the name as "SOUL.md".' });
    expect(parseWorkspacePath("AGENTS.md/x")).toMatchObject({ ok: false });
    expect(parseWorkspacePath("memory")).toMatchObject({ ok: false });
    expect(parseWorkspacePath("notes/agents.md")).toMatchObject({ ok: true });
  });
});

describe("treeOf and isPersonal", () => {
  it("know who owns a file, its conflict copies included", () => {
    const facts = [
      "SOUL.md",
      "SOUL.md.conflict-turn-0001",
      "skills/x/SKILL.md",
      "MEMORY.md",
      "memory/a.md",
      "USER.md",
      "a/SOUL.md",
    ]
      .map((name) => workspacePath(name))
      .map((path) => [path, treeOf(path), isPersonal(path)]);
    expect(facts).toEqual([
      ["SOUL.md", "shared", false],
      ["SOUL.md.conflict-turn-0001", "shared", false],
      ["skills/x/SKILL.md", "shared", false],
      ["MEMORY.md", "space", true],
      ["memory/a.md", "space", false],
      ["USER.md", "space", true],
      ["a/SOUL.md", "space", false],
    ]);
  });
});

describe("conflictPath", () => {
  it("names the copy after its turn and never grows a second suffix", () => {
    const once = conflictPath(workspacePath("a/b.md"), 1, "turn-0001", 1);
    expect(once).toBe("a/b.md.conflict-turn-0001");
    expect(conflictPath(once, 1, "turn-0002", 3)).toBe("a/b.md.conflict-turn-0002-3");
    expect(isConflictCopy(once)).toBe(true);
    expect(isConflictCopy("a/b.md")).toBe(false);
  });

  it("stays a name for the longest new file and the longest turn id", () => {
    const path = workspacePath("ü".repeat(PATH_BOUNDS.newMaxBytes / 2));
    expect(parseWorkspacePath(conflictPath(path, 0, "t".repeat(80), 999))).toMatchObject({ ok: true });
  });
});

describe("PathIndex", () => {
  it("finds what cannot exist beside each other", () => {
    const index = new PathIndex(["a/b.md", "Notes.md"].map(workspacePath));
    expect(index.find(workspacePath("a/c.md"))).toEqual({ kind: "free" });
    expect(index.find(workspacePath("a/b.md"))).toEqual({ kind: "same" });
    expect(index.find(workspacePath("a/B.md"))).toEqual({ kind: "taken", depth: 1, by: "a/b.md" });
    expect(index.find(workspacePath("A/x.md"))).toEqual({ kind: "taken", depth: 0, by: "a" });
    expect(index.find(workspacePath("a"))).toEqual({ kind: "taken", depth: 0, by: "a" });
    expect(index.find(workspacePath("Notes.md/x"))).toEqual({ kind: "taken", depth: 0, by: "Notes.md" });
    expect(foldCase("NOTES.md")).toBe(foldCase("notes.MD"));
  });
});
