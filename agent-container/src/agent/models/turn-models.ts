/**
 * The one model that pi sees. Which real one answers is decided call by call behind it, so a transcript is not bound to
 * a provider and a fallback needs no change of the session.
 */
import type { CompactionSettings } from "@earendil-works/pi-agent-core";
import {
  type Api,
  type AssistantMessage,
  type AssistantMessageEventStream,
  createAssistantMessageEventStream,
  createModels,
  type Model,
  type Models,
} from "@earendil-works/pi-ai";
import { RUNTIME_BOUNDS } from "../../../../protocol/bounds.ts";
import { settingsOf } from "../compaction/window.ts";
import type { StepBudget } from "../step-budget.ts";
import { Repetition } from "./step-pace.ts";
import type { Failover, streamWithFailover } from "./failover.ts";

/**
 * Pi takes an answer for a transcript that was too long when more went in than the window holds, whichever model has
 * answered: a fallback with a larger one would have answered in vain. So no answer exceeds this. Whether a transcript was
 * too long is found out call by call.
 */
const WINDOW_TOKENS = Number.MAX_SAFE_INTEGER;

/** Identity under which a session is configured. */
export const TURN_MODEL: Model<Api> = {
  id: "turn",
  name: "agent-claw",
  api: "agent-claw",
  provider: "agent-claw",
  baseUrl: "",
  reasoning: false,
  input: ["text", "image"],
  cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
  contextWindow: WINDOW_TOKENS,
  maxTokens: 0,
};

/** Pi's settings for the turn's first candidate: a summary is due at the same length, in the window that pi knows of. */
export function turnCompaction({ candidates }: Pick<Failover, "candidates">): CompactionSettings {
  const { contextWindow } = candidates[0].model;
  const settings = settingsOf(contextWindow);
  return { ...settings, reserveTokens: WINDOW_TOKENS - (contextWindow - settings.reserveTokens) };
}

/**
 * Pi's model collection for one turn, holding that one model. Past the budget it says only that. `streamStep` makes the
 * calls of steps.
 */
export function createTurnModels(
  failover: Failover,
  budget: Pick<StepBudget, "takeOver">,
  streamStep: typeof streamWithFailover,
): Models {
  const models = createModels();
  const repeated = { ...failover, repetition: new Repetition() };
  models.setProvider({
    id: TURN_MODEL.provider,
    name: TURN_MODEL.name,
    // Keys are the business of the candidates.
    auth: { apiKey: { name: "none", resolve: () => Promise.resolve({ auth: {} }) } },
    // `maxTokens` stays 0: with a limit to compare, pi takes an answer that was cut for a transcript that is too long,
    // and pays for a summary and the same answer again.
    getModels: () => [TURN_MODEL],
    stream: (_model, context) => streamStep(repeated, context, {}),
    streamSimple: (_model, context, options) =>
      budget.takeOver() ? sayOver() : streamStep(repeated, context, options ?? {}),
  });
  return models;
}

/** The last step of a turn that would not end, in place of the model. */
function sayOver(): AssistantMessageEventStream {
  const text = `(cut: the turn took more than ${String(RUNTIME_BOUNDS.stepsMax)} steps)`;
  const none = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
  const { api, provider, id } = TURN_MODEL;
  const message: AssistantMessage = {
    role: "assistant",
    content: [{ type: "text", text }],
    api,
    provider,
    model: id,
    stopReason: "stop",
    usage: { ...none, totalTokens: 0, cost: { ...none, total: 0 } },
    timestamp: Date.now(),
  };
  const stream = createAssistantMessageEventStream();
  const at = { contentIndex: 0, partial: message };
  stream.push({ type: "start", partial: { ...message, content: [] } });
  stream.push({ type: "text_start", ...at, partial: { ...message, content: [{ type: "text", text: "" }] } });
  stream.push({ type: "text_delta", delta: text, ...at });
  stream.push({ type: "text_end", content: text, ...at });
  stream.push({ type: "done", reason: "stop", message });
  return stream;
}
