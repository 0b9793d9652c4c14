/** Answers `query`: what can be read of a conversation without a model and without a turn. */
import type { HistoryEntry, QueryInvocation, QueryReply } from "../../protocol/invocation.ts";
import { readHistory } from "./agent/history.ts";
import { openHomeView } from "./home.ts";
import { closeSession, readSession } from "./stores/open-session.ts";
import type { SpaceStore } from "./stores/space-store.ts";
import { readTranscriptPage } from "./transcript/export.ts";

/** Throws `StorageError`, and `WorkspaceRefusal` for a path that cannot be one. */
export async function answerQuery(query: QueryInvocation, store: SpaceStore, now: number): Promise<QueryReply> {
  const { ask } = query;
  switch (ask.what) {
    case "history":
      return { what: "history", entries: await history(query, ask.limit, store) };
    case "files":
      return { what: "files", files: await (await openHomeView(query, store)).list() };
    case "file":
      return { what: "file", path: ask.path, text: await (await openHomeView(query, store)).readText(ask.path) };
    case "transcript":
      return readTranscriptPage(store, query, ask.from, now);
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
