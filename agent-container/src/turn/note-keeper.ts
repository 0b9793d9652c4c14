/** Writes the notes of a flush into the files of the turn, by the same rules as any other write. */
import type { NoteKeeper } from "../agent/compaction/flush.ts";
import { readNoteRecord } from "../agent/compaction/note-record.ts";
import { type Note, pathsOf, withNote } from "../agent/compaction/notes.ts";
import { closeSession, readSession } from "../stores/open-session.ts";
import type { SpaceStore, Transcript } from "../stores/space-store.ts";
import { WorkspaceRefusal } from "../workspace/refusal.ts";
import type { TurnHome } from "./ports.ts";

/** How many times a conversation was begun anew without a turn, at most, when notes are looked for. */
const EMPTY_EPOCHS_MAX = 4;

/** Makes the keeper for one turn; `earlier` finds what was left of the conversation before it was begun anew. */
export function createNoteKeeper(
  workspace: TurnHome["workspace"],
  timezone: string,
  earlier: NoteKeeper["earlier"],
): NoteKeeper {
  const addTo = async (path: string, block: string): Promise<boolean> => {
    try {
      const text = await workspace.readText(path);
      const next = withNote(text, block);
      if (next !== text) await workspace.write(path, next);
      return true;
    } catch (error) {
      if (error instanceof WorkspaceRefusal) return false;
      throw error;
    }
  };
  return {
    timezone,
    earlier,
    add: async (note) => {
      for (const path of pathsOf(note)) if (await addTo(path, note.block)) return true;
      return false;
    },
    checkpoint: () => workspace.checkpoint(),
  };
}

/** Notes of the epoch before this one that have perhaps not landed. Throws `StorageError`. */
export async function readEarlierNotes(
  store: SpaceStore,
  { conversation, epoch }: Transcript,
): Promise<readonly Note[]> {
  const last = Math.max(0, epoch - 1 - EMPTY_EPOCHS_MAX);
  for (let before = epoch - 1; before >= last; before -= 1) {
    const session = await readSession(store, { conversation, epoch: before });
    if (session === null) continue;
    const { pending } = await readNoteRecord(session);
    await closeSession(session);
    return pending;
  }
  return [];
}
