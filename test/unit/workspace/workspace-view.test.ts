import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createBlobStore } from "../../../agent-container/src/workspace/blob-store.ts";
import { entryOf } from "../../../agent-container/src/workspace/manifest.ts";
import { workspacePath } from "../../../agent-container/src/workspace/path.ts";
import { openWorkspaceView } from "../../../agent-container/src/workspace/workspace-view.ts";
import { createWorld, spaceId, turnId, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.stop());

const owner = spaceId("owner");
const blobs = () => createBlobStore(() => world.s3.grant, { agent: "main", space: owner });
const view = () => openWorkspaceView({ space: owner, blobs: blobs(), manifests: world.manifests({ fence: 0 }) });

describe("openWorkspaceView", () => {
  it("shows the seeds of a space that nobody wrote to, and writes nothing", async () => {
    const { list, readText } = await view();
    expect((await list()).map(({ path }) => path)).toContain("HEARTBEAT.md");
    expect(await readText("SOUL.md")).toContain("Who you are");
    expect(await world.manifests().head("space")).toBeNull();
    expect(world.s3.requests).toEqual([]);
  });

  it("shows what is committed and not what a running turn has so far", async () => {
    const turn = await world.open();
    await turn.write("a.md", "committed");
    await turn.commit();
    await turn.write("a.md", "not yet");
    const { readText, list } = await view();
    expect(await readText("a.md")).toBe("committed");
    expect(await list()).toContainEqual({ path: "a.md", bytes: 9 });
    expect(await readText("b.md")).toBeNull();
    await expect(readText("../a.md")).rejects.toMatchObject({ code: "workspace_path" });
    await turn.close();
  });

  it("refuses a picture in words, here and in a turn", async () => {
    const picture = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00]);
    await blobs().put("space", entryOf(picture), picture);
    const files = new Map([[workspacePath("cat.png"), entryOf(picture)]]);
    await world.manifests().moveHead("space", { turnId: turnId("turn-0001"), from: null, to: files, mine: files });
    await expect((await view()).readText("cat.png")).rejects.toThrow("cat.png is not a text file.");
    const turn = await world.open();
    await expect(turn.readText("cat.png")).rejects.toMatchObject({ code: "workspace_not_text" });
    await turn.close();
  });
});
