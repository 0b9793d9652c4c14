/** Storage that fails under a turn: the turn ends as one to be tried again, nothing is half stored, a resume goes on. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { BACKGROUND_CONTEXT, value } from "@earendil-works/pi-agent-core";
import { describe, expect, it, vi } from "vitest";
import { raiseFence } from "../../../agent-container/src/stores/fence.ts";
import { openSession } from "./sqlite-session.ts";
import { inTransaction, openSpaceDatabase } from "../../../agent-container/src/stores/space-database.ts";
import { PROCESS_TEST_MS } from "./eventually.ts";
import { CONVERSATION, resume, turn } from "./invocations.ts";
import { MortalAgents } from "./mortal-agents.ts";
import { checkTurn, threeTools } from "./three-tools.ts";

vi.setConfig({ testTimeout: PROCESS_TEST_MS });

/** A turn whose nth commit fails, resumed by the very process that had it. */
async function failAt(commit: number): Promise<void> {
  const agents = await MortalAgents.open(threeTools);
  const asked = turn({ blobs: agents.blobs.url }, "go");
  try {
    const lives = await agents.liveOn([asked, resume(asked, 2)], { commit, when: "failing" });
    expect(lives[0]?.events.at(-1)).toMatchObject({ kind: "error", retry: "after" });
    await checkTurn(agents, lives);
  } catch (error) {
    throw new Error(`with commit ${String(commit)} failing`, { cause: error });
  } finally {
    await agents.close();
  }
}

describe("a commit that fails", () => {
  it("ends the turn as one to be tried again, and the same process goes on with it, whichever commit it is", async () => {
    const agents = await MortalAgents.open(threeTools);
    const { commits } = await agents.live(turn({ blobs: agents.blobs.url }, "go"));
    await agents.close();
    await Promise.all(Array.from({ length: commits }, (_, n) => failAt(n + 1)));
  });
});

describe("a blob store that refuses", () => {
  it("ends the turn before the result of the tool is journalled: the model never reads that it is written", async () => {
    const agents = await MortalAgents.open(threeTools);
    const asked = turn({ blobs: agents.blobs.url }, "go");
    agents.blobs.refusal = 500;
    const [life] = await agents.liveOn([asked], undefined);
    expect(life?.events.at(-1)).toMatchObject({ kind: "error", code: "storage_unavailable", retry: "after" });
    expect(JSON.stringify(agents.entries(asked))).not.toContain("Created one.md");
    agents.blobs.refusal = undefined;
    await checkTurn(agents, [await agents.live(resume(asked, 2))]);
    await agents.close();
  });

  it("keeps the answer back until the files of the turn are stored, and the model is not asked again", async () => {
    let asks = 0;
    const agents = await MortalAgents.open(() => {
      asks += 1;
      return { text: "The answer." };
    });
    const asked = turn({ blobs: agents.blobs.url }, "go");
    agents.blobs.refusal = 503;
    const refused = await agents.live(asked);
    expect(refused.events.at(-1)).toMatchObject({ kind: "error", code: "storage_unavailable", retry: "after" });
    agents.blobs.refusal = undefined;
    const resumed = await agents.live(resume(asked, 2));
    expect(resumed.events.at(-1)).toMatchObject({ kind: "final", text: "The answer." });
    expect(asks).toBe(1);
    await agents.close();
  });
});

describe("a full disk", () => {
  /** As much room as it has taken, or as there is. */
  function limit(db: DatabaseSync, isFull: boolean): void {
    const pages = db.prepare("PRAGMA page_count").get()?.["page_count"];
    db.exec(`PRAGMA max_page_count = ${isFull ? String(pages) : "1000000"}`);
  }

  it("fails a commit as a whole, says that it is full, and takes the next one when there is room", async () => {
    const dir = await mkdtemp(join(tmpdir(), "agent-full-"));
    const path = join(dir, "owner.sqlite");
    const db = openSpaceDatabase(path);
    raiseFence(db, CONVERSATION, 1);
    const session = await openSession({ db, path, conversation: CONVERSATION, epoch: 0, fence: () => 1 });
    const note = value<string>("test", "note");
    await session.setValue(note, "before", BACKGROUND_CONTEXT);
    const long = "x".repeat(100_000);
    const insert = () => {
      db.prepare("INSERT INTO fences VALUES ('small', 1)").run();
      db.prepare("INSERT INTO fences VALUES (?, 1)").run(long);
    };
    limit(db, true);
    expect(() => {
      inTransaction(db, insert);
    }).toThrow("database or disk is full");
    await expect(session.setValue(note, long, BACKGROUND_CONTEXT)).rejects.toThrow("database or disk is full");
    expect(db.prepare("SELECT conversation FROM fences").all()).toEqual([{ conversation: CONVERSATION }]);
    expect((await session.getValue(note, BACKGROUND_CONTEXT))?.value).toBe("before");
    limit(db, false);
    await session.setValue(note, long, BACKGROUND_CONTEXT);
    expect((await session.getValue(note, BACKGROUND_CONTEXT))?.value).toBe(long);
    db.close();
    await rm(dir, { recursive: true });
  });
});
