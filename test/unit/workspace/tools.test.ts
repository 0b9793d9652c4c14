import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEditTool, replaceText } from "../../../agent-container/src/tools/edit.ts";
import { createReadTool, pageOf } from "../../../agent-container/src/tools/read.ts";
import { createWriteTool } from "../../../agent-container/src/tools/write.ts";
import type { Workspace } from "../../../agent-container/src/workspace/workspace.ts";
import { createWorld, type World } from "./world.ts";

let world: World;
let workspace: Workspace;
beforeEach(async () => {
  world = await createWorld();
  workspace = await world.open();
});
afterEach(async () => {
  await workspace.close();
  await world.stop();
});

const context = { callId: "call-1", invocationId: "entry-1", signal: new AbortController().signal };
const read = (path: string, page = {}) => createReadTool(workspace).execute({ path, ...page }, context);
const write = (path: string, content: string) => createWriteTool(workspace).execute({ path, content }, context);
const edit = (path: string, oldText: string, newText: string, replaceAll = false) =>
  createEditTool(workspace).execute({ path, oldText, newText, replaceAll }, context);

describe("write", () => {
  it("makes a file with its folders, then replaces it", async () => {
    expect((await write("memory/2026/a.md", "é\n")).text).toBe("Created memory/2026/a.md (3 bytes).");
    expect((await write("memory/2026/a.md", "")).text).toBe("Replaced memory/2026/a.md (0 bytes).");
  });

  it("refuses binary text", async () => {
    await expect(write("a.bin", "a\0b")).rejects.toThrow("NUL");
  });
});

describe("read", () => {
  it("returns a file as it is", async () => {
    await write("a.md", "one\n\ntwo\n");
    expect((await read("a.md")).text).toBe("one\n\ntwo");
    expect((await read("./a.md")).text).toBe("one\n\ntwo");
  });

  it("goes through a long file page by page until nothing is missing", async () => {
    await write("long.md", Array.from({ length: 5_000 }, (_, at) => `line ${at + 1}`).join("\n"));
    const first = (await read("long.md")).text;
    expect(first).toContain("[Lines 1 to 2000 of 5000. Use offset=2001 to go on.]");
    expect((await read("long.md", { offset: 4_999 })).text).toBe("line 4999\nline 5000");
    expect((await read("long.md", { offset: 3, limit: 1 })).text).toMatch(/^line 3\n\[Lines 3 to 3 of 5000/);
    await expect(read("long.md", { offset: 5_001 })).rejects.toThrow("has 5000 lines");
  });

  it("lists folders, and names what there is when a file is not", async () => {
    await write("memory/a.md", "a");
    expect((await read("memory/")).text).toBe("memory/a.md (1 bytes)");
    expect((await read(".")).text).toContain("AGENTS.md (");
    await expect(read("memory/b.md")).rejects.toThrow(
      "There is no file memory/b.md. There are:\nmemory/a.md (1 bytes)",
    );
    await expect(read("../../etc/passwd")).rejects.toMatchObject({ code: "workspace_path" });
  });

  it("shows every line of any text exactly once over its pages", () => {
    const line = fc.string({ maxLength: 30 }).map((some) => some.replaceAll("\n", ""));
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 7 }), (lines, limit) => {
        fc.pre(lines.join("\n") !== "" && lines.at(-1) !== "");
        const seen: string[] = [];
        for (let offset = 1; offset <= lines.length; offset += limit) {
          const page = pageOf("x", lines.join("\n"), { offset, limit }).split("\n");
          seen.push(...page.slice(0, Math.min(limit, lines.length - offset + 1)));
        }
        expect(seen).toEqual(lines);
      }),
    );
  });

  it("keeps to its bytes, also within one line", () => {
    const wide = pageOf("x", `${"é".repeat(60_000)}\nnext`, {});
    expect(Buffer.byteLength(wide)).toBeLessThan(52_000);
    expect(wide).toContain("Use offset=2 for what follows");
    expect(wide).not.toContain("\uFFFD");
    const many = pageOf("x", "0123456789\n".repeat(1_999).repeat(4), {});
    expect(Buffer.byteLength(many)).toBeLessThan(52_000);
  });
});

describe("edit", () => {
  it("replaces the one place of a text", async () => {
    await write("a.md", "one two three");
    expect((await edit("a.md", "two", "2")).text).toBe("Changed a.md.");
    expect(await workspace.readText("a.md")).toBe("one 2 three");
  });

  it("takes the new text literally", async () => {
    await write("a.md", "price");
    await edit("a.md", "price", "$& $1 $$");
    expect(await workspace.readText("a.md")).toBe("$& $1 $$");
  });

  it("asks for more text when there are several places, and changes all on request", async () => {
    await write("a.md", "x x x");
    await expect(edit("a.md", "x", "y")).rejects.toThrow("in 3 places. Add more of the text around");
    expect((await edit("a.md", "x", "y", true)).text).toBe("Changed 3 places in a.md.");
    expect(await workspace.readText("a.md")).toBe("y y y");
  });

  it("says where a text stands that differs in white space", async () => {
    await write("a.md", "first\n\tsecond  line\n");
    await expect(edit("a.md", "    second line", "x")).rejects.toThrow("begins at line 2");
    await expect(edit("a.md", "missing", "x")).rejects.toThrow("Read the file and copy the text exactly");
    await expect(edit("b.md", "a", "x")).rejects.toThrow("There is no file b.md");
    await expect(edit("a.md", "first", "first")).rejects.toThrow("nothing would change");
    expect(await workspace.readText("a.md")).toBe("first\n\tsecond  line\n");
  });

  it("keeps Windows line ends", () => {
    const { text } = replaceText("a", "one\r\ntwo\r\nthree\r\n", { oldText: "one\ntwo", newText: "1\n2\n2b" });
    expect(text).toBe("1\r\n2\r\n2b\r\nthree\r\n");
  });
});
