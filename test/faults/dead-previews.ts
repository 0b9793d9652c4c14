/** Looks into the databases of the sessions for previews that were given up because nobody knows whether they are shown. */
import { globSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** The texts of the dead previews of all databases below `folder`, by what the platform calls the chat. */
export function readDeadPreviews(folder: string): ReadonlyMap<string, readonly string[]> {
  const texts = new Map<string, string[]>();
  for (const file of globSync("**/*.sqlite", { cwd: folder })) {
    const db = new DatabaseSync(join(folder, file), { readOnly: true });
    try {
      const hasOutbox = db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'outbox'").get();
      if (!hasOutbox) continue;
      const query = `SELECT markdown, address ->> '$.chatId' AS chat FROM outbox
         WHERE kind = 'preview' AND state = 'dead' ORDER BY seq`;
      for (const { chat, markdown } of db.prepare(query).all()) {
        texts.set(String(chat), [...(texts.get(String(chat)) ?? []), String(markdown)]);
      }
    } finally {
      db.close();
    }
  }
  return texts;
}
