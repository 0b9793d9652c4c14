import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AnswerParts } from "../../../agent-container/src/agent/answer-parts.ts";
import { createAttachFileTool } from "../../../agent-container/src/tools/attach-file.ts";
import { kindsOf, mimeTypeOf } from "../../../agent-container/src/tools/file-kind.ts";
import { entryOf } from "../../../agent-container/src/workspace/manifest.ts";
import { workspacePath } from "../../../agent-container/src/workspace/path.ts";
import type { Workspace } from "../../../agent-container/src/workspace/workspace.ts";
import { OUTBOUND_BOUNDS, WORKSPACE_BOUNDS } from "../../../protocol/bounds.ts";
import type { AnswerFile } from "../../../protocol/turn-event.ts";
import { pictureOf } from "../agent/attachments/pictures.ts";
import { createWorld, type World } from "./world.ts";

let world: World;
let workspace: Workspace;
let parts: AnswerParts;
beforeEach(async () => {
  world = await createWorld();
  workspace = await world.open();
  parts = new AnswerParts();
});
afterEach(async () => {
  await workspace.close();
  await world.stop();
});

const context = { callId: "call-1", invocationId: "entry-1", signal: new AbortController().signal };
const attach = (path: string, as?: AnswerFile["kind"]) =>
  createAttachFileTool(workspace, parts).execute({ path, ...(as && { as }) }, context);
const blobOf = (hash: string) => world.s3.objects.get(`/claw/main/owner/blobs/${hash}`);

describe("attach_file", () => {
  it("adds a file to the answer and tells the model how it goes out", async () => {
    await workspace.write("memory/ideas.md", "# Ideas\n");
    const { text } = await attach("./memory/ideas.md");
    expect(text).toBe("memory/ideas.md (8 bytes) goes out with your answer as document.");
    expect(parts.files).toEqual([
      { kind: "document", name: "ideas.md", mimeType: "text/markdown", ...entryOf(Buffer.from("# Ideas\n")) },
    ]);
  });

  it("stores the file before it says so, as it is at that moment", async () => {
    await workspace.write("a.txt", "first");
    await attach("a.txt");
    await workspace.write("a.txt", "second");
    await attach("a.txt");
    await workspace.close();
    expect(parts.files.map(({ hash }) => blobOf(hash)?.toString())).toEqual(["first", "second"]);
  });

  it("puts files that nobody changed, and those that all spaces share, where the edge looks for this space", async () => {
    await attach("USER.md");
    await attach("AGENTS.md");
    for (const { hash, bytes } of parts.files) expect(blobOf(hash)?.byteLength).toBe(bytes);
    expect(parts.files).toHaveLength(2);
  });

  it("counts the same content under the same name once, shown as was said last", async () => {
    await workspace.write("a.txt", "same");
    await workspace.write("b.txt", "same");
    for (const path of ["a.txt", "./a.txt", "b.txt"]) await attach(path);
    expect(parts.files.map(({ name }) => name)).toEqual(["a.txt", "b.txt"]);
  });

  it("refuses what is not there, what is empty, and names that cannot be", async () => {
    await workspace.write("empty.md", "");
    await expect(attach("nope.md")).rejects.toThrow("There is no file nope.md. Use read to see what there is.");
    await expect(attach("empty.md")).rejects.toThrow("empty.md is empty");
    await expect(attach("../../etc/passwd")).rejects.toMatchObject({ code: "workspace_path" });
    expect(parts.files).toEqual([]);
  });

  it("refuses one file more than an answer can have, but not one that it has already", async () => {
    for (let n = 0; n < OUTBOUND_BOUNDS.filesMax; n += 1) {
      await workspace.write(`${String(n)}.md`, String(n));
      await attach(`${String(n)}.md`);
    }
    await workspace.write("more.md", "more");
    await expect(attach("more.md")).rejects.toThrow("The answer has 20 files already");
    await attach("0.md");
    expect(parts.files).toHaveLength(OUTBOUND_BOUNDS.filesMax);
  });

  it("refuses a kind that the file is not of", async () => {
    await workspace.write("a.md", "words");
    await expect(attach("a.md", "photo")).rejects.toThrow("cannot be sent as photo. It can be: document.");
    await attach("a.md", "document");
  });

  it("refuses a file that is larger than any can be", async () => {
    const entry = { hash: "0".repeat(64), bytes: WORKSPACE_BOUNDS.fileMaxBytes + 1 };
    const publish = async () => ({ path: workspacePath("a.bin"), entry, content: pictureOf("png") });
    const tool = createAttachFileTool({ publish }, parts);
    await expect(tool.execute({ path: "a.bin" }, context)).rejects.toThrow("a.bin is larger than 5.2 MB");
  });
});

describe("the kind of a file", () => {
  it.each([
    ["a.txt", pictureOf("png"), "image/png", "photo"],
    ["photo.jpg", Buffer.from("not a photo"), "text/plain", "document"],
    ["song.mp3", Buffer.from("ID3\u0004\0"), "audio/mpeg", "audio"],
    ["note.ogg", Buffer.from("OggS\0"), "audio/ogg", "audio"],
    ["film.mp4", Buffer.from("\0\0\0\u0018ftyp"), "video/mp4", "video"],
    ["film.mp4", Buffer.from("not a film"), "text/plain", "document"],
    ["letter", Buffer.from("%PDF-1.4"), "application/pdf", "document"],
    ["late.pdf", Buffer.from("\r\n%PDF-1.4"), "application/pdf", "document"],
    ["late", Buffer.from("\0%PDF-1.4"), "application/pdf", "document"],
    ["notes.md", Buffer.from("PDFs begin with %PDF-1.4"), "text/markdown", "document"],
    ["data.CSV", Buffer.from("a;b"), "text/csv", "document"],
    ["thing.xyz", Buffer.from([0, 1, 2]), "application/octet-stream", "document"],
    ["moving.gif", pictureOf("gif"), "image/gif", "document"],
  ])("of %s follows from its content, then from its name", (path, content, mimeType, kind) => {
    expect(mimeTypeOf(path, content)).toBe(mimeType);
    expect(kindsOf(mimeType)[0]).toBe(kind);
  });
});
