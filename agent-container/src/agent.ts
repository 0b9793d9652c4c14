/** The agent behind the server: turns, calls and queries of one process. Composition of everything else. */
import { assertNever } from "../../protocol/assert.ts";
import { StorageError } from "../../protocol/errors.ts";
import { parseConversationKey } from "../../protocol/session-key.ts";
import { spaceFolder, spaceOf } from "../../protocol/space.ts";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { Cooldowns } from "./agent/models/cooldowns.ts";
import { createOpenModel } from "./agent/models/providers.ts";
import type { Environment } from "./environment.ts";
import { HOME_TOOLS, openHome } from "./home.ts";
import type { Agent } from "./http/agent-server.ts";
import { bindRandomToKernel } from "./kernel-random.ts";
import { answerQuery } from "./query.ts";
import { openSpaceDatabase } from "./stores/space-database.ts";
import type { TurnPorts, TurnRequest } from "./turn/ports.ts";
import { Turns } from "./turn/turns.ts";

/** One JSON line per step, on standard error: standard output carries only the port. */
type LogLine = { readonly event: string; readonly [field: string]: unknown };

export type RunningAgent = Agent & {
  /** Hands back or finishes what runs, then closes the stores. */
  shutDown(graceMs: number): Promise<void>;
};

/** Makes the agent. Nothing is opened, drawn or timed before the first invocation. */
export function createAgent(environment: Environment): RunningAgent {
  const databases = new Map<string, DatabaseSync>();
  const openDatabase: TurnPorts["openDatabase"] = (request) => {
    const path = databasePath(environment, request);
    const db = databases.get(path) ?? openSpaceDatabase(path);
    databases.set(path, db);
    return { db, path };
  };
  const ports: TurnPorts = {
    openDatabase,
    openHome: (home) => openHome(home, environment),
    homeTools: HOME_TOOLS,
    openModel: ({ grants }) => createOpenModel(grants.models),
    cooldowns: new Cooldowns(),
    now: Date.now,
    sleep,
    log,
  };
  const turns = new Turns(ports);
  return {
    firstInvocation: bindRandomToKernel,
    join: (invocation, subscriber) => turns.join(invocation, subscriber),
    settled: (invocation) => turns.settled(invocation.conversation),
    call: async (invocation) => {
      switch (invocation.kind) {
        case "steer":
          return turns.steer(invocation);
        case "abort":
          return turns.abort(invocation);
        case "query":
          return answerQuery(invocation, { openDatabase, environment });
        default:
          return assertNever(invocation);
      }
    },
    now: Date.now,
    log,
    shutDown: async (graceMs) => {
      await turns.drain(graceMs);
      for (const db of databases.values()) db.close();
      databases.clear();
    },
  };
}

/** One file per (agent, space). Refuses a space that is not the conversation's own. */
function databasePath(
  environment: Environment,
  { conversation, space }: Pick<TurnRequest, "conversation" | "space">,
): string {
  if (environment.stateDir === undefined) {
    throw new StorageError("storage_unavailable", "this runtime has no session store: AGENT_STATE_DIR is not set");
  }
  const ref = parseConversationKey(conversation);
  if (!ref.ok || spaceOf(ref.value) !== space) {
    throw new StorageError("storage_unavailable", "the space does not belong to the conversation");
  }
  return join(environment.stateDir, ref.value.agent, `${spaceFolder(space)}.sqlite`);
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}

function log(line: LogLine): void {
  process.stderr.write(`${JSON.stringify({ at: Date.now(), ...line })}\n`);
}
