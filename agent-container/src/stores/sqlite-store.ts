/** The store of a space on a laptop's disk: pi's SQLite backend, our fences and the manifests in one database file. */
import { StorageError } from "../../../protocol/errors.ts";
import { countHeadFiles, createManifestStore } from "../workspace/manifest-store.ts";
import type { OwnedDatabases } from "./databases.ts";
import { checkFence, dropFence, fenceMark, outrunAll, raiseFence, storedFence } from "./fence.ts";
import { emptyDatabase } from "./forget-database.ts";
import { countSessions, deleteTranscripts, hasSession, openTranscript } from "./session-store.ts";
import type { Forgetting, SpaceStore } from "./space-store.ts";

/** Wraps databases that are open; they stay open. */
export function createSqliteStore({ agent, space: db, shared, path }: OwnedDatabases): SpaceStore {
  return {
    agent,
    raiseFence: async (conversation, fence) => raiseFence(db, conversation, fence),
    storedFence: async (conversation) => storedFence(db, conversation),
    hasTranscript: async (transcript) => hasSession({ db, ...transcript }),
    openTranscript: (transcript, writer) => openTranscript({ db, path, ...transcript, ...writer }),
    removeConversation: async (conversation) => {
      await deleteTranscripts({ db, path }, conversation);
      dropFence(db, conversation);
    },
    openManifests: async ({ conversation, fence }, now) =>
      createManifestStore({ space: db, shared, conversation, fence, now }),
    outrunAll: async (conversation, fence): Promise<Forgetting> => {
      outrunAll(db, conversation, fence);
      const mark = fenceMark(db);
      const guard = () => {
        checkFence(db, conversation, fence);
        if (fenceMark(db) !== mark) throw new StorageError("storage_unavailable", "a turn has begun in the space");
      };
      return {
        guard: async () => guard(),
        empty: async () => {
          const counts = { transcripts: countSessions(db), files: countHeadFiles(db) };
          emptyDatabase(db, guard);
          return counts;
        },
      };
    },
  };
}
