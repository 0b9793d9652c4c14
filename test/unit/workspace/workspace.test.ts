import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createWorld, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.stop());

const names = (files: readonly { readonly path: string }[]) => files.map(({ path }) => path);
const refusal = (code: string) => expect.objectContaining({ name: "WorkspaceRefusal", code });

describe("a new workspace", () => {
  it("has the owner's seeds and reads them without touching the store", async () => {
    const workspace = await world.open();
    expect(names(await workspace.list())).toEqual([
      "AGENTS.md",
      "HEARTBEAT.md",
      "IDENTITY.md",
      "MEMORY.md",
      "SOUL.md",
      "USER.md",
    ]);
    expect(await workspace.readText("AGENTS.md")).toContain("# How to work");
    expect(world.s3.requests).toEqual([]);
    await workspace.close();
  });

  it("has no MEMORY.md and no USER.md in a group, neither to read nor to write", async () => {
    const workspace = await world.open({
      space: "group:telegram:-100",
      conversation: "agent:main:telegram:group:-100",
    });
    expect(names(await workspace.list())).toEqual(["AGENTS.md", "IDENTITY.md", "SOUL.md"]);
    expect(await workspace.readText("MEMORY.md")).toBeNull();
    await expect(workspace.write("USER.md", "x")).rejects.toEqual(refusal("workspace_read_only"));
    await expect(workspace.write("memory.md", "x")).rejects.toEqual(refusal("workspace_path"));
    await workspace.close();
  });

  it("is seeded by the first commit, and says that no heartbeat is wanted", async () => {
    const workspace = await world.open();
    const { head, heartbeatHash } = await workspace.commit();
    expect(heartbeatHash).toBeNull();
    expect(await world.manifests().head("space")).toBe(head);
    expect(world.s3.objects.size).toBe(6);
    await workspace.close();
  });

  it("is seeded once when two processes meet it at the same time", async () => {
    const [left, right] = await Promise.all([
      world.open({ process: "left", turn: "turn-left" }),
      world.open({ process: "right", turn: "turn-right", conversation: "agent:main:job:a:run:1" }),
    ]);
    await left.write("USER.md", "Ada\n");
    await right.write("memory/a.md", "seen\n");
    const [, second] = [await left.commit(), await right.commit()];
    expect(second.conflicts).toEqual([]);
    const later = await world.open({ process: "third" });
    expect(await later.readText("USER.md")).toBe("Ada\n");
    expect(await later.readText("memory/a.md")).toBe("seen\n");
    await Promise.all([left.close(), right.close(), later.close()]);
  });
});

describe("write, read and commit", () => {
  it("keeps what one turn wrote for the next, in another process", async () => {
    const first = await world.open({ process: "one" });
    expect(await first.write("notes/ideas.md", "one\n")).toBe("created");
    expect(await first.write("notes/ideas.md", "two\n")).toBe("replaced");
    await first.commit();
    await first.close();
    const second = await world.open({ process: "two", turn: "turn-0002", fence: 2 });
    expect(await second.readText("notes/ideas.md")).toBe("two\n");
    expect(await second.list()).toContainEqual({ path: "notes/ideas.md", bytes: 4 });
    await second.close();
  });

  it("forgets what was not committed", async () => {
    const first = await world.open();
    await first.write("draft.md", "never\n");
    await first.write("USER.md", "nobody\n");
    await first.close();
    const second = await world.open({ turn: "turn-0002" });
    expect(await second.readText("draft.md")).toBeNull();
    expect(await second.readText("USER.md")).not.toBe("nobody\n");
    await second.close();
  });

  it("asks the store for nothing while the head of a warm workspace stays", async () => {
    const first = await world.open();
    await first.write("a.md", "a");
    await first.commit();
    await first.close();
    world.s3.requests.length = 0;
    const second = await world.open({ turn: "turn-0002" });
    expect(second.root).toBe(first.root);
    expect(await second.readText("a.md")).toBe("a");
    expect((await second.commit()).heartbeatHash).toBeNull();
    expect(world.s3.requests).toEqual([]);
    await second.close();
  });

  it("reads no manifest either while the heads of a warm workspace stay", async () => {
    const first = await world.open();
    await first.commit();
    await first.close();
    const refuse = () => Promise.reject(new Error("read a manifest"));
    const store = world.manifests();
    const second = await world.open({
      turn: "turn-0002",
      wrap: () => ({ ...store, head: (tree) => store.head(tree), read: refuse }),
    });
    expect(second.root).toBe(first.root);
    await second.close();
  });

  it("never shares a working copy between two turns that overlap in one process", async () => {
    const first = await world.open();
    await first.commit();
    await first.close();
    const stale = await world.open({ turn: "turn-0002" });
    const fresh = await world.open({ turn: "turn-0003" });
    expect(fresh.root).not.toBe(stale.root);
    await fresh.close();
    await stale.close();
    expect([stale, fresh].map(({ root }) => existsSync(root))).toEqual([true, false]);
  });

  it("reads what it wrote, not what somebody put on the disk instead", async () => {
    const workspace = await world.open();
    await workspace.write("a.md", "written");
    writeFileSync(join(workspace.root, "a.md"), "planted");
    expect(await workspace.readText("a.md")).toBe("written");
    rmSync(join(workspace.root, "a.md"));
    expect(await workspace.readText("a.md")).toBe("written");
    await workspace.close();
  });

  it("brings a warm workspace up to date when another process moved the head", async () => {
    const mine = await world.open({ process: "mine" });
    await mine.write("a.md", "old");
    await mine.write("gone/b.md", "b");
    await mine.commit();
    await mine.close();
    const other = await world.open({ process: "other", turn: "turn-0002" });
    await other.write("a.md", "new");
    await other.commit();
    await other.close();
    const again = await world.open({ process: "mine", turn: "turn-0003" });
    expect(await again.readText("a.md")).toBe("new");
    expect(readFileSync(join(again.root, "a.md"), "utf8")).toBe("new");
    await again.close();
  });

  it("answers a repeated commit with the same head", async () => {
    const workspace = await world.open();
    await workspace.write("a.md", "a");
    const first = await workspace.commit();
    expect(await workspace.commit()).toEqual(first);
    await workspace.close();
  });

  it("tells the edge that the heartbeat list has something on it, and when it changes", async () => {
    const workspace = await world.open();
    await workspace.write("HEARTBEAT.md", "- [ ] water the plants\n");
    const first = (await workspace.commit()).heartbeatHash;
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    await workspace.write("HEARTBEAT.md", "- [ ] feed the cat\n");
    expect((await workspace.commit()).heartbeatHash).not.toBe(first);
    await workspace.write("HEARTBEAT.md", "# Nothing\n\n- [ ]\n");
    expect((await workspace.commit()).heartbeatHash).toBeNull();
    await workspace.close();
  });

  it("reports the head of others when the turn itself changed nothing", async () => {
    const idle = await world.open({ process: "idle" });
    await idle.commit();
    const busy = await world.open({ process: "busy", turn: "turn-0002" });
    await busy.write("HEARTBEAT.md", "- call home\n");
    const moved = await busy.commit();
    expect(await idle.commit()).toEqual(moved);
    await Promise.all([idle.close(), busy.close()]);
  });

  it("refuses everything after it was closed", async () => {
    const workspace = await world.open();
    await workspace.close();
    await expect(workspace.write("a.md", "a")).rejects.toMatchObject({ code: "storage_unavailable" });
    await expect(workspace.commit()).rejects.toMatchObject({ code: "storage_unavailable" });
  });

  it("lets edits of one file wait for each other", async () => {
    const workspace = await world.open();
    await workspace.write("n.md", "");
    await Promise.all(["a", "b", "c"].map((letter) => workspace.edit("n.md", (text) => text + letter)));
    expect(await workspace.readText("n.md")).toBe("abc");
    await workspace.close();
  });
});

describe("the shared tree", () => {
  it("is the owner's to change and everybody's to read", async () => {
    const person = { space: "person:telegram-7", conversation: "agent:main:person:telegram-7", process: "guest" };
    const guest = await world.open(person);
    expect(await guest.readText("SOUL.md")).toContain("Who you are");
    await expect(guest.write("SOUL.md", "mine now")).rejects.toEqual(refusal("workspace_read_only"));
    await expect(guest.write("skills/x/SKILL.md", "mine")).rejects.toEqual(refusal("workspace_read_only"));
    await guest.commit();
    await guest.close();
    expect([...world.s3.objects.keys()].filter((key) => key.includes("/shared/"))).toEqual([]);
    const owner = await world.open();
    await owner.write("SOUL.md", "calm");
    await owner.commit();
    await owner.close();
    const later = await world.open({ ...person, turn: "turn-0002" });
    expect(await later.readText("SOUL.md")).toBe("calm");
    await later.close();
  });

  it("keeps the files of one space out of every other", async () => {
    const owner = await world.open();
    await owner.write("secret.md", "s");
    await owner.commit();
    await owner.close();
    const guest = await world.open({ space: "person:telegram-7", conversation: "agent:main:person:telegram-7" });
    expect(await guest.readText("secret.md")).toBeNull();
    await guest.close();
  });
});

describe("an interrupted turn", () => {
  it("goes on from its checkpoint in another process, unseen by others until it commits", async () => {
    const first = await world.open({ process: "one" });
    expect(await first.checkpoint()).toBeNull();
    await first.write("plan.md", "step 1\n");
    const checkpointId = (await first.checkpoint()) ?? "";
    expect(await first.checkpoint()).toBeNull();
    const bystander = await world.open({ process: "two", turn: "turn-0002" });
    expect(await bystander.readText("plan.md")).toBeNull();
    const resumed = await world.open({ process: "three", checkpointId });
    expect(await resumed.readText("plan.md")).toBe("step 1\n");
    await resumed.commit();
    const later = await world.open({ process: "four", turn: "turn-0003" });
    expect(await later.readText("plan.md")).toBe("step 1\n");
    await Promise.all([first.close(), bystander.close(), resumed.close(), later.close()]);
  });

  it("lands once when it is resumed after its commit, whatever others did since", async () => {
    const first = await world.open({ process: "one" });
    await first.write("plan.md", "mine\n");
    const checkpointId = (await first.checkpoint()) ?? "";
    await first.commit();
    const other = await world.open({ process: "two", turn: "turn-0002" });
    await other.write("plan.md", "theirs\n");
    const { head } = await other.commit();
    const resumed = await world.open({ process: "three", checkpointId });
    expect(await resumed.commit()).toMatchObject({ head, conflicts: [] });
    expect(await resumed.readText("plan.md")).toBe("theirs\n");
    await Promise.all([first.close(), other.close(), resumed.close()]);
  });

  it("commits nothing once a later fence was raised", async () => {
    const stale = await world.open();
    await stale.write("a.md", "a");
    await stale.write("SOUL.md", "b");
    world.raise("agent:main:main", 2);
    await expect(stale.checkpoint()).rejects.toMatchObject({ code: "storage_fence_lost" });
    await expect(stale.commit()).rejects.toMatchObject({ code: "storage_fence_lost" });
    const manifests = world.manifests();
    expect([await manifests.head("space"), await manifests.head("shared")]).toEqual([null, null]);
    await stale.close();
  });
});

describe("two turns at once", () => {
  async function race(left: Record<string, string>, right: Record<string, string>) {
    const base = await world.open({ process: "base", turn: "turn-base" });
    await base.write("memory/day.md", "morning\n");
    await base.write("list.md", "old\n");
    await base.commit();
    const [first, second] = await Promise.all([
      world.open({ process: "one", turn: "turn-one" }),
      world.open({ process: "two", turn: "turn-two" }),
    ]);
    for (const [path, text] of Object.entries(left)) await first.write(path, text);
    for (const [path, text] of Object.entries(right)) await second.write(path, text);
    await first.commit();
    const commit = await second.commit();
    const result = await world.open({ process: "check", turn: "turn-three" });
    const files = Object.fromEntries(
      await Promise.all((await result.list()).map(async ({ path }) => [path, await result.readText(path)])),
    );
    await Promise.all([base.close(), first.close(), second.close(), result.close()]);
    return { commit, files };
  }

  it("both keep their files when they wrote different ones", async () => {
    const { files, commit } = await race({ "a.md": "a" }, { "b.md": "b" });
    expect(files).toMatchObject({ "a.md": "a", "b.md": "b" });
    expect(commit.conflicts).toEqual([]);
  });

  it("both keep their lines of a note", async () => {
    const { files } = await race({ "memory/day.md": "morning\nnoon\n" }, { "memory/day.md": "morning\nnight\n" });
    expect(files["memory/day.md"]).toBe("morning\nnoon\nnight\n");
  });

  it("keep the first version of a file and the second beside it", async () => {
    const { files, commit } = await race({ "list.md": "first\n" }, { "list.md": "second\n" });
    expect(files).toMatchObject({ "list.md": "first\n", "list.md.conflict-turn-two": "second\n" });
    expect(commit.conflicts).toEqual(["list.md.conflict-turn-two"]);
  });

  it("keep the shared tree apart in the same way", async () => {
    const { files } = await race({ "SOUL.md": "first\n" }, { "SOUL.md": "second\n" });
    expect(files).toMatchObject({ "SOUL.md": "first\n", "SOUL.md.conflict-turn-two": "second\n" });
  });

  it("still answer when the head is lost eight times, with the work under a name of its own", async () => {
    let lost = 0;
    const workspace = await world.open({
      wrap: (store) => ({
        head: (tree) => store.head(tree),
        read: (tree, id) => store.read(tree, id),
        saveCheckpoint: (turn, trees) => store.saveCheckpoint(turn, trees),
        readCheckpoint: (id) => store.readCheckpoint(id),
        hasLanded: (tree, turn, id) => store.hasLanded(tree, turn, id),
        saveBranch: (tree, turn, mine) => store.saveBranch(tree, turn, mine),
        moveHead: async (tree, move) => {
          if (tree === "shared" || lost === 0) await store.moveHead(tree, { ...move, to: move.mine });
          if (tree === "shared") return store.moveHead(tree, move);
          lost += 1;
          return { moved: false, head: await store.head(tree) };
        },
      }),
    });
    await workspace.write("a.md", "a");
    const commit = await workspace.commit();
    expect(lost).toBe(8);
    expect(commit.branches).toContain("branch:turn-0001");
    await workspace.close();
  });
});

describe("bounds and names", () => {
  it("refuses names that leave the workspace or that nobody can tell apart", async () => {
    const workspace = await world.open();
    for (const path of [
      "../x",
      "/etc/passwd",
      "a/../../x",
      "a//b",
      "",
      "a\\b",
      "a\u0000b",
      "~/x",
      "agents.md",
      "C:x",
    ]) {
      await expect(workspace.write(path, "x"), path).rejects.toEqual(refusal("workspace_path"));
      await expect(workspace.readText(path), path).rejects.toEqual(refusal("workspace_path"));
    }
    await workspace.write("Notes.md", "x");
    for (const path of ["notes.md", "Notes.md/x", "NOTES.MD/x"]) {
      await expect(workspace.write(path, "x"), path).rejects.toEqual(refusal("workspace_path"));
    }
    await workspace.close();
  });

  it("refuses a file that is too large and says how large it may be", async () => {
    const workspace = await world.open();
    const write = workspace.write("big.md", "x".repeat(5_242_881));
    await expect(write).rejects.toThrow("5242881 bytes, and a file can have 5242880");
    await workspace.write("big.md", "x".repeat(5_242_880));
    await workspace.close();
  });

  it("never follows a symbolic link out of the workspace", async () => {
    const workspace = await world.open();
    const outside = join(world.dir, "outside.txt");
    writeFileSync(outside, "untouched");
    await workspace.write("folder/a.md", "a");
    rmSync(join(workspace.root, "folder/a.md"));
    symlinkSync(outside, join(workspace.root, "folder/a.md"));
    expect(await workspace.readText("folder/a.md")).toBe("a");
    rmSync(join(workspace.root, "folder"), { recursive: true });
    symlinkSync(world.dir, join(workspace.root, "folder"));
    await expect(workspace.write("folder/outside.txt", "taken")).rejects.toMatchObject({ code: "storage_unavailable" });
    expect(readFileSync(outside, "utf8")).toBe("untouched");
    await workspace.close();
  });
});
