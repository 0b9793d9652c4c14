/**
 * The context table: what was said and happened in a chat since the agent last had a message of it. It goes along with the
 * next message, in the same transaction that takes it.
 */
import { INBOUND_BOUNDS } from "../../protocol/bounds.ts";
import type { InboundId } from "../../protocol/ids.ts";
import type { ContextItem, Inbound } from "../../protocol/inbound.ts";
import { describe } from "./inbound-text.ts";
import type { SessionContext } from "./session-context.ts";

const KEPT: Readonly<Record<ContextItem["kind"], number>> = {
  said: INBOUND_BOUNDS.contextSaidMax,
  happened: INBOUND_BOUNDS.contextHappenedMax,
};

/** Keeps a message that was not meant for us, among as many as the channel wants. */
export function keepSaid({ sql, channel }: Pick<SessionContext, "sql" | "channel">, inbound: Inbound): void {
  keep(sql, saidOf(inbound), inbound.id, channel()?.limits.overheardMax);
}

/** Keeps that something happened; `text` is a sentence. `isUntrusted`: others may speak in it. */
export function keepHappened(sql: SqlStorage, text: string, at: number, isUntrusted = false): void {
  keep(sql, { kind: "happened", at, text: cut(text), ...(isUntrusted && { isUntrusted }) }, null);
}

/** Replaces what a kept message said; false if it is not kept. */
export function rewordSaid(sql: SqlStorage, inbound: Inbound): boolean {
  const update = "UPDATE context SET item = ? WHERE inbound_id = ?";
  return sql.exec(update, JSON.stringify(saidOf(inbound)), inbound.id).rowsWritten > 0;
}

/** Forgets a kept message; false if it is not kept. */
export function dropSaid(sql: SqlStorage, id: InboundId): boolean {
  return sql.exec("DELETE FROM context WHERE inbound_id = ?", id).rowsWritten > 0;
}

/** Everything that is kept, oldest first. It is not kept any longer. */
export function takeContext(sql: SqlStorage): readonly ContextItem[] {
  const items = readContext(sql);
  if (items.length > 0) sql.exec("DELETE FROM context");
  return items;
}

/** Everything that is kept, oldest first. */
export function readContext(sql: SqlStorage): readonly ContextItem[] {
  const rows = sql.exec<{ item: string }>("SELECT item FROM context ORDER BY seq").toArray();
  return rows.map((row): ContextItem => JSON.parse(row.item)); // only `keep` and `rewordSaid` write it
}

/** The number of the newest thing that is kept; 0: none. */
export function lastContext(sql: SqlStorage): number {
  return sql.exec<{ last: number | null }>("SELECT max(seq) AS last FROM context").one().last ?? 0;
}

/** Forgets what is kept up to a number. */
export function dropContext(sql: SqlStorage, last: number): void {
  sql.exec("DELETE FROM context WHERE seq <= ?", last);
}

/** Adds what another session kept of the same chat, before what is here. */
export function adoptContext(sql: SqlStorage, items: readonly ContextItem[]): void {
  const own = takeContext(sql);
  for (const item of [...items, ...own]) keep(sql, item, null);
}

function keep(sql: SqlStorage, item: ContextItem, id: InboundId | null, most = KEPT[item.kind]): void {
  sql.exec("INSERT INTO context (kind, inbound_id, item) VALUES (?, ?, ?)", item.kind, id, JSON.stringify(item));
  const surplus = "SELECT seq FROM context WHERE kind = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2";
  sql.exec(`DELETE FROM context WHERE kind = ?1 AND seq <= (${surplus})`, item.kind, most);
}

function saidOf(inbound: Inbound): ContextItem {
  return { kind: "said", at: inbound.sentAt, from: inbound.sender.name, text: cut(describe(inbound)) };
}

function cut(text: string): string {
  const max = INBOUND_BOUNDS.contextTextMax;
  return text.length <= max ? text : `${text.slice(0, max).toWellFormed()}… (cut)`;
}
