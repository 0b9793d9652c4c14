/** Looks into the databases of the sessions for previews that were given up because nobody knows whether they are shown. */
import { globSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** The texts of the dead previews of a chat, of all databases below `folder`. */
export function readDeadPreviews(folder: string, chat: number): readonly string[] {
  return globSync("**/*.sqlite", { cwd: folder }).flatMap((file) => {
    const db = new DatabaseSync(join(folder, file), { readOnly: true });
    try {
      const hasOutbox = db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'outbox'").get();
      if (!hasOutbox) return [];
      const query = `SELECT markdown FROM outbox
         WHERE kind = 'preview' AND state = 'dead' AND address ->> '$.chatId' = ?`;
      return db
        .prepare(query)
        .all(String(chat))
        .map(({ markdown }) => String(markdown));
    } finally {
      db.close();
    }
  });
}
