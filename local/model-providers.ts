/** Which model providers the settings can reach: agents import only their clients at once, which halves their start. */
import type { Variables } from "./variables.ts";

/** A comma list for the agents' `AGENT_PROVIDERS`; empty when only the offline model can answer. Pure. */
export function modelProviders(variables: Variables): string {
  const models = `${variables["AGENT_MODEL"] ?? ""},${variables["AGENT_MODEL_FALLBACKS"] ?? ""}`;
  const reachable = {
    anthropic: variables["ANTHROPIC_API_KEY"] !== undefined,
    openai: variables["OPENAI_API_KEY"] !== undefined,
    "amazon-bedrock": /(?:^|,)\s*(?:amazon-)?bedrock\//.test(models),
  };
  return Object.entries(reachable)
    .filter(([, isReachable]) => isReachable)
    .map(([provider]) => provider)
    .join(",");
}
