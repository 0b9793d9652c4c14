/** Answers `query`: what can be read of a conversation without a model and without a turn. */
import { ClawError } from "../../protocol/errors.ts";
import type { HistoryEntry, QueryInvocation, QueryReply } from "../../protocol/invocation.ts";
import { readHistory } from "./agent/history.ts";
import { openHomeView } from "./home.ts";
import { closeSession, readSession } from "./stores/open-session.ts";
import type { SpaceStore } from "./stores/space-store.ts";

/** Throws `StorageError`, and `WorkspaceRefusal` for a path that cannot be one. */
export async function answerQuery(query: QueryInvocation, store: SpaceStore): Promise<QueryReply> {
  const { ask } = query;
  switch (ask.what) {
    case "history":
      return { what: "history", entries: await history(query, ask.limit, store) };
    case "files":
      return { what: "files", files: await (await openHomeView(query, store)).list() };
    case "file":
      return { what: "file", path: ask.path, text: await (await openHomeView(query, store)).readText(ask.path) };
    case "transcript":
      throw new ClawError("not_available", "never", "This release cannot export transcripts.");
  }
}

async function history(
  { conversation, epoch }: QueryInvocation,
  limit: number,
  store: SpaceStore,
): Promise<readonly HistoryEntry[]> {
  const session = await readSession(store, { conversation, epoch });
  if (session === null) return [];
  try {
    return await readHistory(session, limit);
  } finally {
    await closeSession(session);
  }
}
