/** Adds the usage of model calls up, as pi's stores do. Pure. */
import type { Usage } from "@earendil-works/pi-ai";

/** The sum of both; what only some providers report is left out where neither has it. */
export function addUsage(left: Usage, right: Usage): Usage {
  return {
    input: left.input + right.input,
    output: left.output + right.output,
    cacheRead: left.cacheRead + right.cacheRead,
    cacheWrite: left.cacheWrite + right.cacheWrite,
    ...optionalSum("cacheWrite1h", left, right),
    ...optionalSum("reasoning", left, right),
    totalTokens: left.totalTokens + right.totalTokens,
    cost: {
      input: left.cost.input + right.cost.input,
      output: left.cost.output + right.cost.output,
      cacheRead: left.cost.cacheRead + right.cost.cacheRead,
      cacheWrite: left.cost.cacheWrite + right.cost.cacheWrite,
      total: left.cost.total + right.cost.total,
    },
  };
}

function optionalSum(name: "cacheWrite1h" | "reasoning", left: Usage, right: Usage): Partial<Usage> {
  if (left[name] === undefined && right[name] === undefined) return {};
  return { [name]: (left[name] ?? 0) + (right[name] ?? 0) };
}
