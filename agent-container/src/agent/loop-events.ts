/** Pi's events of one turn, in the words of the turn: pieces of text, tools, usage. */
import type { AgentHarness } from "@earendil-works/pi-agent-core";
import type { Spent } from "../../../protocol/budget.ts";
import type { InboundId, TurnId } from "../../../protocol/ids.ts";
import type { Usage } from "../../../protocol/turn-event.ts";
import { inboundOf } from "./inbound-message.ts";
import { CUT_MARK, isCutAnswer } from "./ledger.ts";
import { usageOf } from "./models/usage.ts";

export type LoopEvent =
  /** More text of the current block. */
  | { readonly kind: "text"; readonly piece: string }
  | { readonly kind: "block_end" }
  /** A message is in the transcript. */
  | { readonly kind: "consumed"; readonly id: InboundId }
  /** The step is in the transcript: its text stays. */
  | { readonly kind: "settled" }
  /** A try of the model came to nothing: what it said since the last step is void. */
  | { readonly kind: "void" }
  | {
      readonly kind: "tool";
      readonly callId: string;
      readonly name: string;
      readonly status: "started" | "finished" | "failed";
    }
  /** `total`: of the whole turn, where somebody counts. */
  | { readonly kind: "usage"; readonly usage: Usage; readonly total?: Spent };

/** Called in order, never concurrently; must not throw. */
export type LoopListener = (event: LoopEvent) => void;

/** Reports the events of the turn until the returned function is called. */
export function listen(harness: AgentHarness, turnId: TurnId, listener: LoopListener): () => void {
  const { events } = harness;
  const stops = [
    events.on("message_update", ({ runId, event }) => {
      if (runId !== turnId) return;
      if (event.type === "text_delta") listener({ kind: "text", piece: event.delta });
      if (event.type === "text_end") listener({ kind: "block_end" });
    }),
    events.on("entry_added", ({ entry }) => {
      if (entry.type !== "message") return;
      const { message } = entry;
      const inbound = inboundOf(message);
      if (inbound !== undefined) listener({ kind: "consumed", id: inbound.id });
      if (message.role !== "assistant") return;
      const failed = message.stopReason === "error" || message.stopReason === "aborted";
      if (isCutAnswer(message)) {
        listener({ kind: "block_end" });
        listener({ kind: "text", piece: CUT_MARK });
      }
      listener(failed ? { kind: "void" } : { kind: "settled" });
      if (message.usage.totalTokens > 0) listener({ kind: "usage", usage: usageOf(message) });
    }),
    events.on("tool_start", ({ runId, toolCallId, toolName }) => {
      if (runId === turnId) listener({ kind: "tool", callId: toolCallId, name: toolName, status: "started" });
    }),
    events.on("tool_end", ({ runId, toolCallId, toolName, isError }) => {
      const status = isError ? "failed" : "finished";
      if (runId === turnId) listener({ kind: "tool", callId: toolCallId, name: toolName, status });
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
