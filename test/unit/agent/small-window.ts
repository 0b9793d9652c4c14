/** Turns on a model with a window of 32k tokens. */
import type { TurnInvocation } from "../../../protocol/invocation.ts";
import { type Endpoints, promptMessage, turn } from "./invocations.ts";

export const WINDOW_TOKENS = 32_768;

const MODEL = "amazon-bedrock/qwen.qwen3-32b-v1:0";
const BEDROCK = { credentials: { accessKeyId: "AKIATEST", secretAccessKey: "secret" }, region: "us-east-1" };

/** The nth turn of a conversation; a command stands in place of words. */
export function smallTurn(
  endpoints: Endpoints,
  n: number,
  said: string | { readonly command: "compact" | "context"; readonly rest?: string },
): TurnInvocation {
  const command = typeof said === "string" ? {} : { command: { name: said.command, rest: said.rest ?? "" } };
  const text = typeof said === "string" ? said : `/${said.command}`;
  const started = turn(endpoints, "", {
    turnId: `turn-${String(n).padStart(4, "0")}`,
    fence: n,
    messages: [promptMessage(`telegram:${String(n)}`, text, { ...command, sentAt: Date.now() })],
    settings: { model: MODEL, fallbacks: [], timezone: "Europe/Berlin" },
  });
  return { ...started, grants: { ...started.grants, models: { bedrock: BEDROCK } } };
}
