/** A model in this process that answers by a script: no HTTP and no waiting, and it sees what a provider would. */
import {
  type AssistantMessage,
  type AssistantMessageEventStream,
  createAssistantMessageEventStream,
  type ToolCall,
  type TranscriptContext,
} from "@earendil-works/pi-ai";
import type { OpenModel } from "../../../agent-container/src/agent/models/providers.ts";
import { emptyAssistantMessage } from "./model-messages.ts";

/** What the model says in one step. */
export type Reply = {
  readonly text?: string;
  /** How the text comes; in one piece unless said. Pieces that come close together are joined on their way. */
  readonly pieces?: readonly string[];
  readonly calls?: readonly ToolCall[];
  /** Tokens of the request, as the provider counts them; 0 unless said. */
  readonly tokens?: number;
};

export type Script = (context: TranscriptContext) => Reply | Promise<Reply>;

/** The script as a provider. What it throws is a failed call; a stopped turn ends a call that waits. */
export function scriptedModel(script: Script): OpenModel {
  return (_candidate, context, { signal }) => {
    const stream = createAssistantMessageEventStream();
    const fail = (stopReason: "error" | "aborted", errorMessage: string) => {
      stream.push({ type: "error", reason: stopReason, error: emptyAssistantMessage({ stopReason, errorMessage }) });
    };
    signal?.addEventListener("abort", () => {
      fail("aborted", "stopped");
    });
    void (async () => script(context))().then(
      (reply) => {
        pushReply(stream, reply);
      },
      (error: unknown) => {
        fail("error", String(error));
      },
    );
    return stream;
  };
}

export function toolCall(id: string, name: string, args: ToolCall["arguments"]): ToolCall {
  return { type: "toolCall", id, name, arguments: args };
}

function pushReply(stream: AssistantMessageEventStream, reply: Reply): void {
  const { pieces, text = pieces?.join(""), calls = [], tokens = 0 } = reply;
  const content: AssistantMessage["content"] = [
    ...(text === undefined ? [] : [{ type: "text" as const, text }]),
    ...calls,
  ];
  const reason = calls.length > 0 ? "toolUse" : "stop";
  const { usage } = emptyAssistantMessage();
  const counted = { ...usage, input: tokens, totalTokens: tokens };
  const message = emptyAssistantMessage({ content, stopReason: reason, usage: counted, timestamp: Date.now() });
  stream.push({ type: "start", partial: message });
  for (const [contentIndex, block] of content.entries()) {
    const at = { contentIndex, partial: message };
    if (block.type === "text") {
      stream.push({ type: "text_start", ...at });
      for (const delta of pieces ?? [block.text]) stream.push({ type: "text_delta", delta, ...at });
      stream.push({ type: "text_end", content: block.text, ...at });
    } else if (block.type === "toolCall") {
      stream.push({ type: "toolcall_start", ...at });
      stream.push({ type: "toolcall_end", toolCall: block, ...at });
    }
  }
  stream.push({ type: "done", reason, message });
}
