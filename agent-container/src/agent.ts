/** The agent behind the server: the composition of turns, stores and models of one process. */
import { assertNever } from "../../protocol/assert.ts";
import { toolClassOf } from "../../protocol/policy.ts";
import { Cooldowns } from "./agent/models/cooldowns.ts";
import { loadClients } from "./agent/models/provider-clients.ts";
import { createOpenModel } from "./agent/models/providers.ts";
import type { Environment } from "./environment.ts";
import { forgetSpace } from "./forget.ts";
import { HOME_TOOLS, openHome } from "./home.ts";
import type { Agent } from "./http/agent-server.ts";
import { bindRandomToKernel } from "./kernel-random.ts";
import { answerQuery } from "./query.ts";
import { Stores } from "./stores/stores.ts";
import { WarmSessions } from "./stores/warm-sessions.ts";
import { importTranscript } from "./transcript/import.ts";
import type { TurnPorts } from "./turn/ports.ts";
import { Turns } from "./turn/turns.ts";

export type RunningAgent = Agent & {
  /** Finishes or hands back what runs, then closes the stores. */
  shutDown(graceMs: number): Promise<void>;
};

/** Makes the agent. Nothing is opened, drawn or timed before the first invocation. */
export function createAgent(
  environment: Pick<Environment, "stateDir" | "workDir">,
  overrides: Partial<TurnPorts> = {},
): RunningAgent {
  const stores = new Stores(environment.stateDir);
  const ports: TurnPorts = {
    storeOf: (request) => stores.of(request),
    openHome: (home) => openHome(home, environment),
    homeTools: HOME_TOOLS,
    classOf: toolClassOf,
    openModel: async (_request, candidates, keys) => {
      await loadClients(candidates.map(({ provider }) => provider));
      return createOpenModel(keys);
    },
    cooldowns: new Cooldowns(),
    warm: new WarmSessions(),
    now: Date.now,
    sleep,
    log,
    ...overrides,
  };
  const turns = new Turns(ports);
  return {
    firstInvocation: bindRandomToKernel,
    join: (invocation, subscriber) => turns.join(invocation, subscriber),
    settled: ({ conversation }) => turns.settled(conversation),
    call: async (invocation) => {
      switch (invocation.kind) {
        case "steer":
          return turns.steer(invocation);
        case "abort":
          return turns.abort(invocation);
        case "query":
          return answerQuery(
            invocation,
            ports.storeOf({ ...invocation, grants: () => invocation.grants }),
            ports.now(),
          );
        case "forget":
          return forgetSpace(invocation, {
            store: ports.storeOf({ ...invocation, grants: () => invocation.grants }),
            turns,
            environment,
          });
        case "import":
          return importTranscript(invocation, ports.storeOf({ ...invocation, grants: () => invocation.grants }));
        default:
          return assertNever(invocation);
      }
    },
    now: ports.now,
    log: ports.log,
    shutDown: async (graceMs) => {
      await turns.drain(graceMs);
      stores.close();
    },
  };
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const wake = () => {
      clearTimeout(timer);
      resolve();
    };
    signal?.addEventListener("abort", wake, { once: true });
  });
}

/** One JSON line per step, on standard error: standard output carries only the port. */
function log(line: Parameters<TurnPorts["log"]>[0]): void {
  process.stderr.write(`${JSON.stringify({ at: Date.now(), ...line })}\n`);
}
