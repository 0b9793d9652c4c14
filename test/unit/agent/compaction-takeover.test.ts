import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type NoteKeeper, settleNotes, takeOverNotes } from "../../../agent-container/src/agent/compaction/flush.ts";
import type { Note } from "../../../agent-container/src/agent/compaction/notes.ts";
import { raiseFence } from "../../../agent-container/src/stores/fence.ts";
import { openSpaceDatabase } from "../../../agent-container/src/stores/space-database.ts";
import { CONVERSATION, turnId } from "./invocations.ts";
import { openSession } from "./sqlite-session.ts";

const NOTE: Note = { path: "memory/2026-11-23.md", block: "- Tea\n" };

it("notes of an earlier turn that the workspace refuses wait for a turn in which it takes them", async () => {
  const dir = await mkdtemp(join(tmpdir(), "takeover-"));
  const path = join(dir, "space.db");
  const db = openSpaceDatabase(path);
  raiseFence(db, CONVERSATION, 1);
  const session = await openSession({ db, path, conversation: CONVERSATION, epoch: 1, fence: () => 1 });
  const added: Note[] = [];
  let isFull = true;
  const keeper: NoteKeeper = {
    timezone: "UTC",
    add: async (note) => {
      if (!isFull) added.push(note);
      return !isFull;
    },
    checkpoint: async () => "manifest",
    earlier: async () => [NOTE],
  };
  const turn = async (id: string, its: NoteKeeper) => {
    await takeOverNotes({ session, turnId: turnId(id), keeper: its });
    await settleNotes({ session, turnId: turnId(id) });
  };
  const later = { ...keeper, earlier: async () => [] };
  await turn("turn-0001", keeper);
  isFull = false;
  await turn("turn-0002", later);
  await turn("turn-0003", later);
  expect(added).toEqual([NOTE]);
  db.close();
  await rm(dir, { recursive: true });
});
