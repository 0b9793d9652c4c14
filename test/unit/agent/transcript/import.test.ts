import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Storage } from "@earendil-works/pi-agent-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Databases } from "../../../../agent-container/src/stores/databases.ts";
import type { SpaceStore } from "../../../../agent-container/src/stores/space-store.ts";
import { createSqliteStore } from "../../../../agent-container/src/stores/sqlite-store.ts";
import { IMPORT_BOUNDS } from "../../../../agent-container/src/transcript/bounds.ts";
import { readTranscriptPage } from "../../../../agent-container/src/transcript/export.ts";
import { importTranscript } from "../../../../agent-container/src/transcript/import.ts";
import { StorageError } from "../../../../protocol/errors.ts";
import type { ImportInvocation } from "../../../../protocol/invocation.ts";
import { headerLine } from "../../../../protocol/transcript.ts";
import { CONVERSATION, query, space, turn } from "../invocations.ts";
import { chatter, SmallTalk } from "../small-talk.ts";

let dir: string;
let databases: Databases;
let store: SpaceStore;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "agent-import-"));
  databases = new Databases(dir);
  store = createSqliteStore(databases.of({ conversation: CONVERSATION, space: space("owner") }));
});
afterEach(() => {
  databases.close();
  rmSync(dir, { recursive: true });
});

const HEADER = headerLine({ conversation: CONVERSATION, epoch: 0, exportedAt: "2026-11-23T04:00:00.000Z" });
const TRANSCRIPT = { conversation: CONVERSATION, epoch: 1 };

function order(lines: readonly string[], fence = 1): ImportInvocation {
  const { grants } = turn({ blobs: "http://127.0.0.1:1" }, "");
  return { kind: "import", protocol: 1, ...TRANSCRIPT, fence, space: space("owner"), grants, lines: [...lines] };
}

/** A transcript of so many messages, each with so many characters. */
function long(count: number, characters = 10): readonly string[] {
  return [
    HEADER,
    ...Array.from({ length: count }, (_, at) =>
      JSON.stringify({
        type: "message",
        id: `e${at}`,
        parentId: at === 0 ? null : `e${at - 1}`,
        message: { role: "user", content: "x".repeat(characters), timestamp: at },
      }),
    ),
  ];
}

/** The same store, which breaks at the nth commit from now on, before or after it is stored. */
function breaking(at: number, isStored: boolean): { readonly broken: SpaceStore; commits: () => number } {
  let commits = 0;
  const commit: (storage: Storage) => Storage["commit"] = (storage) => async (writes, context) => {
    commits += 1;
    if (commits === at && !isStored) throw new StorageError("storage_unavailable", "cut");
    const result = await storage.commit(writes, context);
    if (commits === at) throw new StorageError("storage_unavailable", "cut");
    return result;
  };
  const broken: SpaceStore = {
    ...store,
    openTranscript: async (transcript, writer) => {
      const opened = await store.openTranscript(transcript, writer);
      const { storage } = opened;
      return { ...opened, storage: new Proxy(storage, { get: (target, name) => read(target, name, commit(target)) }) };
    },
  };
  return { broken, commits: () => commits };
}

function read(target: Storage, name: string | symbol, commit: Storage["commit"]): unknown {
  if (name === "commit") return commit;
  const value: unknown = Reflect.get(target, name);
  return typeof value === "function" ? value.bind(target) : value;
}

async function linesOf(): Promise<readonly string[]> {
  const lines: string[] = [];
  for (let from: number | null = 0; from !== null;) {
    const page = await readTranscriptPage(store, TRANSCRIPT, from, 0);
    lines.push(...page.lines);
    from = page.next;
  }
  return lines;
}
const entriesIn = (lines: readonly string[]) => lines.slice(1).map((line): unknown => JSON.parse(line));

describe("importTranscript", () => {
  it("takes a conversation that was summed up, summary and all", async () => {
    const talk = await SmallTalk.open();
    try {
      await talk.say(chatter(9_000), chatter(9_000), { command: "compact" }, "And now?");
      const started = turn({ blobs: talk.agents.blobs.url }, "");
      const [page] = await talk.agents.query([query(started, { what: "transcript", from: 0 })]);
      const { lines } = page as { readonly lines: readonly string[] };
      const types = entriesIn(lines).map((entry) => (entry as { readonly type: string }).type);
      expect(types).toContain("compaction");
      expect(JSON.stringify(lines)).not.toContain("/compact");
      await importTranscript(order(lines), store);
      expect(entriesIn(await linesOf())).toEqual(entriesIn(lines));
    } finally {
      await talk.agents.close();
    }
  });

  it("shows nothing of itself before all is there, wherever it breaks, and goes on from there", async () => {
    const lines = long(2 * IMPORT_BOUNDS.commitEntriesMax + 10);
    const { broken: whole, commits } = breaking(0, false);
    await importTranscript(order(lines), whole);
    expect(commits()).toBe(4);
    for (const isStored of [false, true]) {
      for (let at = 1; at <= 4; at += 1) {
        const epoch = 10 * at + Number(isStored);
        const { broken } = breaking(at, isStored);
        await expect(importTranscript({ ...order(lines), epoch }, broken)).rejects.toThrow("cut");
        const isThere = at === 4 && isStored;
        const page = await readTranscriptPage(store, { ...TRANSCRIPT, epoch }, 0, 0);
        expect(page.lines.length > 0).toBe(isThere);
        expect(await importTranscript({ ...order(lines), epoch }, store)).toEqual({ entries: lines.length - 1 });
        const after = await readTranscriptPage(store, { ...TRANSCRIPT, epoch }, 0, 0);
        expect(entriesIn(after.lines)).toEqual(entriesIn(lines));
      }
    }
  });

  it("writes large entries in commits of their own, and reads them in pages", async () => {
    const lines = long(6, 400_000);
    const { broken: counted, commits } = breaking(0, false);
    await importTranscript(order(lines), counted);
    expect(commits()).toBe(7);
    const page = await readTranscriptPage(store, TRANSCRIPT, 0, 0);
    expect(page).toMatchObject({ next: 3 });
    expect(entriesIn(await linesOf())).toEqual(entriesIn(lines));
  });

  it("is cut off by a later fence in the middle", async () => {
    const lines = long(2 * IMPORT_BOUNDS.commitEntriesMax);
    const raised = importTranscript(order(lines), {
      ...store,
      raiseFence: async (conversation, fence) => {
        const before = await store.raiseFence(conversation, fence);
        await store.raiseFence(conversation, fence + 1);
        return before;
      },
    });
    await expect(raised).rejects.toMatchObject({ code: "storage_fence_lost" });
    expect(await linesOf()).toEqual([]);
  });
});
