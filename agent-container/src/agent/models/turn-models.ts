/**
 * The one model that pi sees. Which real one answers is decided call by call behind it, so a transcript is not bound to
 * a provider and a fallback needs no change of the session.
 */
import { type Api, createModels, type Model, type Models } from "@earendil-works/pi-ai";
import { type Failover, streamWithFailover } from "./failover.ts";

/** Identity under which a session is configured; its window comes from the turn's first candidate. */
export const TURN_MODEL: Model<Api> = {
  id: "turn",
  name: "agent-claw",
  api: "agent-claw",
  provider: "agent-claw",
  baseUrl: "",
  reasoning: false,
  input: ["text", "image"],
  cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
  contextWindow: 0,
  maxTokens: 0,
};

/** Pi's model collection for one turn, holding that one model. */
export function createTurnModels(failover: Failover): Models {
  const { contextWindow } = failover.candidates[0].model;
  const models = createModels();
  models.setProvider({
    id: TURN_MODEL.provider,
    name: TURN_MODEL.name,
    // Keys are the business of the candidates.
    auth: { apiKey: { name: "none", resolve: () => Promise.resolve({ auth: {} }) } },
    // `maxTokens` stays 0: with a limit to compare, pi takes an answer that was cut for a transcript that is too long,
    // and pays for a summary and the same answer again.
    getModels: () => [{ ...TURN_MODEL, contextWindow }],
    stream: (_model, context) => streamWithFailover(failover, context, {}),
    streamSimple: (_model, context, options) => streamWithFailover(failover, context, options ?? {}),
  });
  return models;
}
