/** What the assistant says in a chat without being asked there: reminders, results of jobs, heartbeats. */
import type { Announcement, AnnouncementState } from "../../protocol/tasks.ts";
import { textsFor } from "../../protocol/texts/language.ts";
import { type JobNotice, renderJobNotice } from "../job-scheduler/job-notice.ts";
import { enqueueAnnouncement } from "./answer-rows.ts";
import { keepHappened } from "./context.ts";
import { claimDedupeKeys } from "./inbox.ts";
import { leavesDoubt, type OutboxState } from "./outbox.ts";
import { introduce } from "./report.ts";
import type { SessionContext } from "./session-context.ts";
import type { TurnStore } from "./turn-store.ts";

/** Enqueues an announcement, once per id. The next message of the chat tells the model of it. */
export function announce(session: SessionContext, turns: TurnStore, announcement: Announcement, now: number): void {
  const { sql, ref } = session;
  const { channel, chatKind, chatId, thread } = ref;
  turns.transact(() => {
    if (!claimDedupeKeys(sql, [`announcement:${announcement.id}`], now)) return;
    const address = { channel, chatKind, chatId, ...(thread && { thread }) };
    enqueueAnnouncement(sql, address, announcement, turns.rowContext(now));
    const { note } = announcement;
    if (note) keepHappened(sql, note.text, now, note.isUntrusted);
    introduce(sql, now);
  });
}

/** The same for what the owner must know of a job, in their language and time. */
export function announceNotice(
  session: SessionContext,
  turns: TurnStore,
  { id, notice, timezone }: { readonly id: string; readonly notice: JobNotice; readonly timezone: string },
  now: number,
): void {
  const text = renderJobNotice(notice, { timezone, texts: textsFor(session.languageOf(null)) });
  announce(session, turns, { id, text, files: [], conversation: null, note: null }, now);
}

/** How far all its parts are. A part that is dead makes it failed, whatever became of the others. */
export function readAnnouncementState(sql: SqlStorage, id: string): AnnouncementState {
  const states = sql
    .exec<{ state: OutboxState; reason: string | null }>("SELECT state, reason FROM outbox WHERE announcement = ?", id)
    .toArray();
  const dead = states.filter(({ state }) => state === "dead");
  if (states.length === 0) return "unknown";
  if (dead.length > 0)
    return dead.every(({ reason }) => reason !== null && leavesDoubt(reason)) ? "in_doubt" : "failed";
  return states.every(({ state }) => state === "sent") ? "delivered" : "pending";
}
