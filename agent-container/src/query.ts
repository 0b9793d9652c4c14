/** Answers `query`: what can be read of a conversation without a model and without a turn. */
import type { HistoryEntry, QueryInvocation, QueryReply } from "../../protocol/invocation.ts";
import { readHistory } from "./agent/history.ts";
import type { Environment } from "./environment.ts";
import { closeSession, hasSession, openSession } from "./stores/session-store.ts";
import type { TurnPorts } from "./turn/ports.ts";
import { listFiles, readFile } from "./home.ts";

export type QueryPorts = Pick<TurnPorts, "openDatabase"> & { readonly environment: Environment };

export async function answerQuery(query: QueryInvocation, ports: QueryPorts): Promise<QueryReply> {
  switch (query.ask.what) {
    case "history":
      return { what: "history", entries: await history(query, query.ask.limit, ports) };
    case "files":
      return { what: "files", files: await listFiles(query, ports.environment) };
    case "file":
      return { what: "file", path: query.ask.path, text: await readFile(query, query.ask.path, ports.environment) };
  }
}

async function history(query: QueryInvocation, limit: number, ports: QueryPorts): Promise<readonly HistoryEntry[]> {
  const { db, path } = ports.openDatabase(query);
  const { conversation, epoch } = query;
  if (!hasSession({ db, conversation, epoch })) return [];
  const session = await openSession({ db, path, conversation, epoch, fence: () => 0 });
  try {
    return await readHistory(session, limit);
  } finally {
    await closeSession(session);
  }
}
