/** The language table: that of the app of whoever wrote last in a private chat, for what is said to nobody's message. */
import type { Sender } from "../../protocol/inbound.ts";

/** A BCP 47 tag; undefined: not known. */
export function lastLanguage(sql: SqlStorage): string | undefined {
  return sql.exec<{ tag: string }>("SELECT tag FROM language").toArray()[0]?.tag;
}

/** Writes only when it has changed. */
export function noteLanguage(sql: SqlStorage, { language }: Pick<Sender, "language">): void {
  if (language === undefined || language === lastLanguage(sql)) return;
  sql.exec("INSERT OR REPLACE INTO language (id, tag) VALUES (1, ?)", language);
}
