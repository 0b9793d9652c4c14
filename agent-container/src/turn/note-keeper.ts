/** Writes the notes of a flush into the files of the turn, by the same rules as any other write. */
import type { NoteKeeper } from "../agent/compaction/flush.ts";
import { pathsOf, withNote } from "../agent/compaction/notes.ts";
import { WorkspaceRefusal } from "../workspace/refusal.ts";
import type { TurnHome } from "./ports.ts";

/** Makes the keeper for one turn. */
export function createNoteKeeper(workspace: TurnHome["workspace"], timezone: string): NoteKeeper {
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
    add: async (note) => {
      for (const path of pathsOf(note)) if (await addTo(path, note.block)) return true;
      return false;
    },
    checkpoint: () => workspace.checkpoint(),
  };
}
