/** Writes the notes of a flush into the files of the turn, by the same rules as any other write. */
import type { NoteKeeper } from "../agent/compaction/flush.ts";
import { withNote } from "../agent/compaction/notes.ts";
import { WorkspaceRefusal } from "../workspace/refusal.ts";
import type { TurnHome } from "./ports.ts";

/** Makes the keeper for one turn. */
export function createNoteKeeper(workspace: TurnHome["workspace"], timezone: string): NoteKeeper {
  return {
    timezone,
    add: async ({ path, block }) => {
      try {
        const text = await workspace.readText(path);
        const next = withNote(text, block);
        if (next !== text) await workspace.write(path, next);
        return true;
      } catch (error) {
        if (error instanceof WorkspaceRefusal) return false;
        throw error;
      }
    },
    checkpoint: () => workspace.checkpoint(),
  };
}
