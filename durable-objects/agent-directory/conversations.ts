/** The conversations that the directory knows: what they are called, and who is at work in them. */
import { assertNever } from "../../protocol/assert.ts";
import type { ConversationFacts, ConversationSummary, LaneSummary } from "../../protocol/conversations.ts";
import { type ConversationKey, isConversationKey, parseConversationKey } from "../../protocol/session-key.ts";
import { OBJECT_BOUNDS } from "../bounds.ts";
import type { ClosedLanes } from "./closed-lanes.ts";
import type { DirectoryContext } from "./directory-context.ts";
import type { Lane } from "./lane.ts";
import { readLane } from "./lanes.ts";

type Directory = Pick<DirectoryContext, "sql" | "standing">;
type SessionRow = { session: string; title: string | null; last_at: number };

/** What is known of a conversation, whether or not anybody has said anything in it. */
export function describeConversation(directory: Directory, key: ConversationKey): ConversationFacts {
  return factsOf(directory, key, readLane(directory.sql, key), sessionsOf(directory.sql, key));
}

/** The conversations, the one with the newest turn first. */
export function listConversations(
  directory: Directory,
  closed: Pick<ClosedLanes, "has">,
  now: number,
): readonly ConversationSummary[] {
  const { sql } = directory;
  const query = `SELECT lanes.conversation AS key, max(coalesce(lanes.active_at, 0), coalesce(max(sessions.last_at), 0)) AS at
     FROM lanes LEFT JOIN sessions ON sessions.conversation = lanes.conversation
     GROUP BY lanes.conversation ORDER BY at DESC, key LIMIT ?`;
  const rows = sql.exec<{ key: string; at: number }>(query, OBJECT_BOUNDS.conversationsListedMax).toArray();
  return rows.flatMap(({ key, at }): readonly ConversationSummary[] => {
    if (!isConversationKey(key)) return [];
    const lane = readLane(sql, key);
    const sessions = sessionsOf(sql, key);
    return [
      {
        conversation: key,
        ...factsOf(directory, key, lane, sessions),
        sessions: sessions.map(({ session }) => session),
        lastAt: at === 0 ? null : at,
        lane: laneSummary(lane, closed.has(key), now),
      },
    ];
  });
}

function sessionsOf(sql: SqlStorage, key: ConversationKey): readonly SessionRow[] {
  const query = `SELECT session, title, last_at FROM sessions WHERE conversation = ? ORDER BY last_at DESC, session LIMIT ?`;
  return sql.exec<SessionRow>(query, key, OBJECT_BOUNDS.conversationSessionsMax).toArray();
}

function factsOf(
  { standing }: Directory,
  key: ConversationKey,
  { name, epoch, beganAt, activeAt }: Lane,
  sessions: readonly SessionRow[],
): ConversationFacts {
  const title = sessions.find((session) => session.title !== null)?.title ?? null;
  return { name, defaultName: defaultName(key, title, standing), epoch, beganAt, isFresh: activeAt === null };
}

/** `title`: what the chat is called in which it was written in last. */
function defaultName(key: ConversationKey, title: string | null, standing: Directory["standing"]): string {
  const ref = parseConversationKey(key);
  if (!ref.ok) return key;
  switch (ref.value.kind) {
    case "main":
      return "main";
    case "person":
      return standing().roster.people.get(ref.value.personId)?.name ?? title ?? ref.value.personId;
    case "group":
      return title ?? ref.value.chatId;
    case "job":
      return ref.value.jobId;
    default:
      return assertNever(ref.value);
  }
}

function laneSummary({ holder }: Lane, isClosed: boolean, now: number): LaneSummary {
  if (isClosed) return { state: "closed" };
  if (!holder) return { state: "free" };
  return { state: "held", session: holder.session, isLate: holder.leaseUntil <= now };
}
