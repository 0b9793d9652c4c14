/** Attaches pi to a transcript: its models, its settings, and who sums the conversation up. */
import { AgentHarness, type AgentLane, BACKGROUND_CONTEXT, HarnessFault } from "@earendil-works/pi-agent-core";
import { Compactor } from "./compaction/compactor.ts";
import { streamFitting } from "./compaction/fitting.ts";
import { LANE } from "./ledger.ts";
import type { LoopOptions } from "./loop.ts";
import { createTurnModels, TURN_MODEL, turnCompaction } from "./models/turn-models.ts";
import { toProviderMessages } from "./pi-adapters.ts";
import type { StepBudget } from "./step-budget.ts";

/** Pi tries a whole call again when it broke off after its first words, or when the process died in it. */
const RETRY = { enabled: true, maxRetries: 4, baseDelayMs: 250, maxAgentDelayMs: 2_000 } as const;

/** Pi, opened on a transcript. */
export type Attached = { readonly harness: AgentHarness; readonly lane: AgentLane; readonly compactor: Compactor };

/** Opens pi on the transcript of a turn; nothing runs. */
export async function attach(options: LoopOptions, budget: StepBudget): Promise<Attached> {
  const { turnId, session, flush, failover, toolNames, thinking, listener, log } = options;
  const opened: { compactor?: Compactor } = {};
  const isLastResort = async () => (await opened.compactor?.isOfNoHelp()) ?? false;
  const { harness } = await AgentHarness.create(
    {
      session,
      models: createTurnModels(failover, budget, (...call) => streamFitting(...call, isLastResort)),
      model: TURN_MODEL,
      thinkingLevel: thinking,
      activeToolNames: [...toolNames],
      retry: RETRY,
      compaction: turnCompaction(failover),
      toolExecution: "sequential",
      toProviderMessages,
    },
    BACKGROUND_CONTEXT,
  );
  const lane = await harness.lane(LANE, BACKGROUND_CONTEXT);
  const compactor = new Compactor({ session, lane, turnId, failover, listener, settle: flush, log });
  opened.compactor = compactor;
  return { harness, lane, compactor };
}

/** Pi wraps what its storage throws; the cause is what matters here. */
export async function causeOf<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof HarnessFault && error.cause instanceof Error ? error.cause : error;
  }
}
