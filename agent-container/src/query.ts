/** Answers `query`: what can be read of a conversation without a model and without a turn. */
import type { HistoryEntry, QueryInvocation, QueryReply } from "../../protocol/invocation.ts";
import { readHistory } from "./agent/history.ts";
import { openHomeView } from "./home.ts";
import type { OwnedDatabases } from "./stores/databases.ts";
import { closeSession, hasSession, openSession } from "./stores/session-store.ts";

/** Throws `StorageError`, and `WorkspaceRefusal` for a path that cannot be one. */
export async function answerQuery(query: QueryInvocation, databases: OwnedDatabases): Promise<QueryReply> {
  const { ask } = query;
  switch (ask.what) {
    case "history":
      return { what: "history", entries: await history(query, ask.limit, databases) };
    case "files":
      return { what: "files", files: await (await openHomeView(query, databases)).list() };
    case "file":
      return { what: "file", path: ask.path, text: await (await openHomeView(query, databases)).readText(ask.path) };
  }
}

async function history(
  { conversation, epoch }: QueryInvocation,
  limit: number,
  { space: db, path }: OwnedDatabases,
): Promise<readonly HistoryEntry[]> {
  if (!hasSession({ db, conversation, epoch })) return [];
  const session = await openSession({ db, path, conversation, epoch, fence: () => 0 });
  try {
    return await readHistory(session, limit);
  } finally {
    await closeSession(session);
  }
}
