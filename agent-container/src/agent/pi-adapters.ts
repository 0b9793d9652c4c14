/** Our tool type and message rules in pi's shapes. */
import { type AgentHarnessTool, type AgentMessage, convertToLlm } from "@earendil-works/pi-agent-core";
import type { Message, UserMessage } from "@earendil-works/pi-ai";
import type { AgentTool } from "./tool.ts";

/** A tool as pi runs it. An interrupted call is reported to the model, never repeated. */
export function toHarnessTool(tool: AgentTool): AgentHarnessTool<undefined> {
  return {
    name: tool.name,
    label: tool.name,
    description: tool.description,
    parameters: tool.parameters,
    replay: "never",
    execute: async (callId, args, _onUpdate, _toolContext, _invocation, context) => {
      const signal = context.abortSignal ?? new AbortController().signal;
      const { text } = await tool.execute(args, { callId, signal });
      return { content: [{ type: "text", text }], details: undefined };
    },
  };
}

/** What a provider gets. Neighbouring user messages become one: Bedrock refuses two in a row. */
export function toProviderMessages(messages: AgentMessage[]): Message[] {
  const merged: Message[] = [];
  for (const message of convertToLlm(messages)) {
    const last = merged.at(-1);
    if (message.role === "user" && last?.role === "user") merged[merged.length - 1] = joined(last, message);
    else merged.push(message);
  }
  return merged;
}

function joined(left: UserMessage, right: UserMessage): UserMessage {
  return { ...right, content: [...blocksOf(left), ...blocksOf(right)] };
}

function blocksOf({ content }: UserMessage): Exclude<UserMessage["content"], string> {
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}
