/** Our tool type and message rules in pi's shapes. */
import { type AgentHarnessTool, type AgentMessage, convertToLlm } from "@earendil-works/pi-agent-core";
import type { AssistantMessage, JsonValue, Message, ToolCall, UserMessage } from "@earendil-works/pi-ai";
import type { AgentTool } from "./tool.ts";

/**
 * A tool as pi runs it, once `settle` has stored that it is begun. An interrupted call is reported to the model, never
 * repeated.
 */
export function toHarnessTool(tool: AgentTool, settle: () => Promise<void>): AgentHarnessTool<undefined> {
  return {
    name: tool.name,
    label: tool.name,
    description: tool.description,
    parameters: tool.parameters,
    replay: "never",
    execute: async (callId, args, _onUpdate, _toolContext, _invocation, context) => {
      const signal = context.abortSignal ?? new AbortController().signal;
      await settle();
      const { text, part } = await tool.execute(args, { callId, signal });
      return { content: [{ type: "text", text }], details: part && { part } };
    },
  };
}

/**
 * What a provider gets. Neighbouring user messages become one: Bedrock refuses two in a row. Half a surrogate pair in
 * the arguments of a call is replaced: Anthropic refuses it, in this request and in every later one of the transcript.
 */
export function toProviderMessages(messages: AgentMessage[]): Message[] {
  const merged: Message[] = [];
  for (const message of convertToLlm(messages).filter(isSent)) {
    const last = merged.at(-1);
    if (message.role === "user" && last?.role === "user") merged[merged.length - 1] = joined(last, message);
    else merged.push(message.role === "assistant" ? withWholeArguments(message) : message);
  }
  return merged;
}

/** Whether pi sends it: what broke off, or says and does nothing, it leaves out, and then its neighbours meet. */
function isSent(message: Message): boolean {
  if (message.role !== "assistant") return true;
  const { stopReason, content } = message;
  const isEmpty = content.every((block) => block.type === "text" && block.text.trim() === "");
  return !isEmpty && stopReason !== "error" && stopReason !== "aborted";
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

function joined(left: UserMessage, right: UserMessage): UserMessage {
  return { ...right, content: [...blocksOf(left), ...blocksOf(right)] };
}

function blocksOf({ content }: UserMessage): Exclude<UserMessage["content"], string> {
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}
