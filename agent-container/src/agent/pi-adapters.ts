/** Our tool type and message rules in pi's shapes. */
import { type AgentHarnessTool, type AgentMessage, convertToLlm } from "@earendil-works/pi-agent-core";
import type { AssistantMessage, JsonValue, Message, ToolCall } from "@earendil-works/pi-ai";
import { withOwnCallIds } from "./models/call-ids.ts";
import { inTurns } from "./models/message-turns.ts";
import type { AgentTool } from "./tool.ts";

/**
 * A tool as pi runs it, once `settle` has stored that it is begun. An interrupted call is reported to the model and not
 * repeated, unless the tool says that it can be.
 */
export function toHarnessTool(tool: AgentTool, settle: () => Promise<void>): AgentHarnessTool<undefined> {
  return {
    name: tool.name,
    label: tool.name,
    description: tool.description,
    parameters: tool.parameters,
    replay: tool.isRepeatable ? "safe" : "never",
    execute: async (callId, args, _onUpdate, _toolContext, { invocationId }, context) => {
      const signal = context.abortSignal ?? new AbortController().signal;
      await settle();
      const { text, part } = await tool.execute(args, { callId, invocationId, signal });
      return { content: [{ type: "text", text }], details: part && { part } };
    },
  };
}

/**
 * What a provider gets. Half a surrogate pair in the arguments of a call is replaced: Anthropic refuses it, in this
 * request and in every later one of the transcript.
 */
export function toProviderMessages(messages: AgentMessage[]): Message[] {
  return withOwnCallIds(inTurns(convertToLlm(messages).filter(isWhole))).map((message) =>
    message.role === "assistant" ? withWholeArguments(message) : message,
  );
}

/** What broke off pi leaves out, and then its neighbours meet. */
function isWhole(message: Message): boolean {
  return message.role !== "assistant" || (message.stopReason !== "error" && message.stopReason !== "aborted");
}

/** Texts are mended by pi, arguments are not. */
function withWholeArguments(message: AssistantMessage): AssistantMessage {
  const content = message.content.map((block) =>
    block.type === "toolCall" ? { ...block, arguments: wholeObject(block.arguments) } : block,
  );
  return { ...message, content };
}

function wholeObject(object: ToolCall["arguments"]): ToolCall["arguments"] {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key.toWellFormed(), whole(value)]));
}

function whole(value: JsonValue): JsonValue {
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value !== "object" || value === null) return value;
  return isList(value) ? value.map(whole) : wholeObject(value);
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
