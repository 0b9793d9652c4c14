/**
 * A transcript for one model: with its own thoughts, and nobody else's. Pi would tell a model what another one has
 * thought as if it had said so. Pure.
 */
import type { Api, AssistantMessage, Message, Model, TranscriptContext } from "@earendil-works/pi-ai";
import { inTurns } from "./message-turns.ts";

/** The same transcript where there is nothing to leave out. */
export function withOwnThoughts(context: TranscriptContext, model: Model<Api>): TranscriptContext {
  const messages = context.messages.map((message) => ofOwnThoughts(message, model));
  const isSame = messages.every((message, at) => message === context.messages[at]);
  return isSame ? context : { ...context, messages: inTurns(messages) };
}

function ofOwnThoughts(message: Message, model: Model<Api>): Message {
  if (message.role !== "assistant") return message;
  const { provider, api, model: id } = message;
  const isOwn = provider === model.provider && api === model.api && id === model.id;
  const content = message.content.filter((block) => block.type !== "thinking" || (isOwn && isKept(block, model)));
  return content.length === message.content.length ? message : { ...message, content };
}

type Thought = Extract<AssistantMessage["content"][number], { readonly type: "thinking" }>;

/** Thoughts whose signature got lost can be told only as words; some models of Bedrock have none. */
function isKept({ thinkingSignature = "" }: Thought, { api, id, name }: Model<Api>): boolean {
  const isSigned = api !== "bedrock-converse-stream" || /claude/i.test(`${id} ${name}`);
  return !isSigned || thinkingSignature.trim() !== "";
}
