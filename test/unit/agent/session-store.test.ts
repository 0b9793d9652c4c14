import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { BACKGROUND_CONTEXT, insertEntry, setValue, value } from "@earendil-works/pi-agent-core";
import { createStorageConformance } from "@earendil-works/pi-agent-core/harness/session/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AS_BUILT } from "./agent-process.ts";
import { PROCESS_TEST_MS } from "./eventually.ts";
import { RUNTIME_BOUNDS } from "../../../protocol/bounds.ts";
import { raiseFence, storedFence } from "../../../agent-container/src/stores/fence.ts";
import { createSessionStorage, hasSession } from "../../../agent-container/src/stores/session-store.ts";
import { openSession } from "./sqlite-session.ts";
import { openSpaceDatabase } from "../../../agent-container/src/stores/space-database.ts";
import { CONVERSATION, PERSON } from "./invocations.ts";

vi.setConfig({ testTimeout: PROCESS_TEST_MS, hookTimeout: PROCESS_TEST_MS });

let dir: string;
const opened: DatabaseSync[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "agent-store-"));
});
afterEach(async () => {
  for (const db of opened.splice(0)) db.close();
  await rm(dir, { recursive: true });
});

function open(name = "owner.sqlite"): { db: DatabaseSync; path: string } {
  const path = join(dir, name);
  const db = openSpaceDatabase(path);
  opened.push(db);
  return { db, path };
}

const NOTE = value<string>("test", "note");

describe("pi's own conformance suite, on our storage", () => {
  const cases = createStorageConformance(async () => {
    const { db, path } = open(`${String(opened.length)}.sqlite`);
    raiseFence(db, CONVERSATION, 1);
    const target = { db, path, conversation: CONVERSATION, epoch: 0, fence: () => 1 };
    await (await openSession(target)).close(BACKGROUND_CONTEXT);
    return { storage: createSessionStorage(target), [Symbol.asyncDispose]: () => Promise.resolve() };
  });
  it.each(cases.map((testCase) => [`${testCase.group}: ${testCase.name}`, testCase] as const))(
    "%s",
    async (_, testCase) => {
      await testCase.run();
    },
  );
});

describe("the fence", () => {
  it("lets the turn with the highest fence commit, and an equal one again", async () => {
    const { db, path } = open();
    raiseFence(db, CONVERSATION, 3);
    raiseFence(db, CONVERSATION, 3);
    const session = await openSession({ db, path, conversation: CONVERSATION, epoch: 0, fence: () => 3 });
    await session.setValue(NOTE, "kept", BACKGROUND_CONTEXT);
    expect((await session.getValue(NOTE, BACKGROUND_CONTEXT))?.value).toBe("kept");
  });

  it("stops every commit of a turn once a later one was seen, and leaves nothing of it behind", async () => {
    const { db, path } = open();
    raiseFence(db, CONVERSATION, 1);
    const session = await openSession({ db, path, conversation: CONVERSATION, epoch: 0, fence: () => 1 });
    await session.setValue(NOTE, "before", BACKGROUND_CONTEXT);
    raiseFence(db, CONVERSATION, 2);
    await expect(session.setValue(NOTE, "after", BACKGROUND_CONTEXT)).rejects.toMatchObject({
      code: "storage_fence_lost",
    });
    const entry = insertEntry({ id: "e1", parentId: null, type: "custom", customType: "x" });
    await expect(
      session.mutate((mutator) => mutator.commit([entry, setValue(NOTE, "x")], BACKGROUND_CONTEXT), BACKGROUND_CONTEXT),
    ).rejects.toMatchObject({ code: "storage_fence_lost" });
    expect((await session.getValue(NOTE, BACKGROUND_CONTEXT))?.value).toBe("before");
    expect((await session.getEntries(["e1"], BACKGROUND_CONTEXT)).size).toBe(0);
  });

  it("refuses to be lowered, and counts for each conversation by itself", () => {
    const { db } = open();
    raiseFence(db, CONVERSATION, 5);
    expect(() => {
      raiseFence(db, CONVERSATION, 4);
    }).toThrow(expect.objectContaining({ code: "storage_fence_lost" }));
    raiseFence(db, PERSON, 1);
    expect([storedFence(db, CONVERSATION), storedFence(db, PERSON)]).toEqual([5, 1]);
  });

  it("refuses a fence too far above the last one to be true, and keeps that one", () => {
    const { db } = open();
    const { fenceJumpMax } = RUNTIME_BOUNDS;
    raiseFence(db, CONVERSATION, fenceJumpMax);
    for (const fence of [2 * fenceJumpMax + 1, Number.MAX_SAFE_INTEGER]) {
      expect(() => {
        raiseFence(db, CONVERSATION, fence);
      }).toThrow(expect.objectContaining({ code: "storage_fence_refused", retry: "never" }));
    }
    expect(storedFence(db, CONVERSATION)).toBe(fenceJumpMax);
    raiseFence(db, CONVERSATION, 2 * fenceJumpMax);
    expect(storedFence(db, CONVERSATION)).toBe(2 * fenceJumpMax);
  });

  it("holds between processes: a writer stops when another process comes with a later fence", async () => {
    const { db } = open();
    raiseFence(db, CONVERSATION, 1);
    const [old, young] = await Promise.all([write(1), write(2)]);
    expect(young).toEqual({ committed: 200, error: null });
    expect(old.error).toBe("storage_fence_lost");
    expect(storedFence(db, CONVERSATION)).toBe(2);
  });
});

/** Another process that commits under its fence as fast as it can. */
function write(fence: number): Promise<{ committed: number; error: string | null }> {
  const child = spawn(process.execPath, [
    ...AS_BUILT,
    join(import.meta.dirname, "fenced-writer.ts"),
    join(dir, "owner.sqlite"),
    String(fence),
  ]);
  return new Promise((resolve, reject) => {
    let output = "";
    child.stdout.on("data", (data: Buffer) => (output += data.toString()));
    child.stderr.on("data", (data: Buffer) => (output += data.toString()));
    child.on("exit", () => {
      try {
        resolve(JSON.parse(output));
      } catch {
        reject(new Error(output));
      }
    });
  });
}

describe("hasSession", () => {
  it("knows which epochs have a transcript, without creating any", async () => {
    const { db, path } = open();
    const target = { db, path, conversation: CONVERSATION, epoch: 1, fence: () => 1 };
    expect(hasSession(target)).toBe(false);
    await openSession(target);
    expect(hasSession(target)).toBe(true);
    expect(hasSession({ ...target, epoch: 2 })).toBe(false);
  });
});
