/**
 * The offline model: answers by rules when no key is set, through the same loop and tools as a real one, and says what
 * it is. Deterministic: the same transcript gives the same answer.
 */
import {
  type AssistantMessage,
  type AssistantMessageEventStream,
  createAssistantMessageEventStream,
  type Message,
  type Model,
  type TextContent,
  type ToolCall,
  type ToolResultMessage,
  type TranscriptContext,
} from "@earendil-works/pi-ai";
import { type OfflineRequest, readRequest } from "./offline-message.ts";
import { HOW_TO, type OfflineReply, replyTo } from "./offline-rules.ts";

export const OFFLINE_MODEL: Model<"offline"> = {
  id: "offline",
  name: "Offline model",
  api: "offline",
  provider: "offline",
  baseUrl: "",
  reasoning: false,
  input: ["text"],
  cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
  contextWindow: 1_000_000,
  maxTokens: 8_192,
};

/** Length of one streamed piece. UTF-16 units. */
const PIECE = 12;
/** Rough size of a token, for the usage report. */
const CHARS_PER_TOKEN = 4;

/** Answers the last user message of the transcript. Never fails. */
export function streamOffline(context: TranscriptContext): AssistantMessageEventStream {
  const stream = createAssistantMessageEventStream();
  const message = emptyMessage(context.messages);
  stream.push({ type: "start", partial: message });
  const reply = replyTo(requestOf(context.messages), resultsOf(context.messages));
  message.content.push(contentOf(reply, context.messages));
  message.usage.output = tokens(JSON.stringify(reply).length);
  message.usage.totalTokens = message.usage.input + message.usage.output;
  message.stopReason = reply.kind === "say" ? "stop" : "toolUse";
  pushContent(stream, message);
  return stream;
}

function pushContent(stream: AssistantMessageEventStream, message: AssistantMessage): void {
  const [content] = message.content;
  if (content?.type === "text") {
    const { text } = content;
    content.text = "";
    stream.push({ type: "text_start", contentIndex: 0, partial: message });
    for (let at = 0; at < text.length; at += PIECE) {
      const delta = text.slice(at, at + PIECE);
      content.text += delta;
      stream.push({ type: "text_delta", contentIndex: 0, delta, partial: message });
    }
    stream.push({ type: "text_end", contentIndex: 0, content: text, partial: message });
    stream.push({ type: "done", reason: "stop", message });
  }
  if (content?.type === "toolCall") {
    stream.push({ type: "toolcall_start", contentIndex: 0, partial: message });
    stream.push({ type: "toolcall_end", contentIndex: 0, toolCall: content, partial: message });
    stream.push({ type: "done", reason: "toolUse", message });
  }
}

function contentOf(reply: OfflineReply, messages: readonly Message[]): TextContent | ToolCall {
  if (reply.kind === "say") {
    const isEnough = reply.isBare === true || hasAnswered(messages);
    return { type: "text", text: isEnough ? reply.text : `${reply.text}\n\n${HOW_TO}` };
  }
  const calls = messages.filter((message) => message.role === "toolResult").length;
  return { type: "toolCall", id: `offline-${String(calls + 1)}`, name: reply.tool, arguments: reply.args };
}

/** Whether this model has said anything in this transcript. */
function hasAnswered(messages: readonly Message[]): boolean {
  return messages.some(
    (message) =>
      message.role === "assistant" &&
      message.provider === OFFLINE_MODEL.provider &&
      message.content.some(({ type }) => type === "text"),
  );
}

/** The newest user message; several when messages came together. */
function requestOf(messages: readonly Message[]): OfflineRequest {
  const user = messages.findLast((message) => message.role === "user");
  const blocks = user === undefined || typeof user.content === "string" ? [] : user.content;
  return readRequest(
    blocks.filter((block) => block.type === "text"),
    user?.timestamp ?? 0,
  );
}

/** What the tools said since that message. */
function resultsOf(messages: readonly Message[]): readonly { text: string; failed: boolean }[] {
  const since = messages.findLastIndex((message) => message.role === "user");
  return messages
    .slice(since + 1)
    .filter((message): message is ToolResultMessage => message.role === "toolResult")
    .map(({ content, isError }) => ({
      text: content.map((block) => (block.type === "text" ? block.text : "")).join("\n"),
      failed: isError,
    }));
}

function emptyMessage(messages: readonly Message[]): AssistantMessage {
  const input = tokens(messages.reduce((sum, message) => sum + JSON.stringify(message).length, 0));
  return {
    role: "assistant",
    content: [],
    api: OFFLINE_MODEL.api,
    provider: OFFLINE_MODEL.provider,
    model: OFFLINE_MODEL.id,
    usage: {
      input,
      output: 0,
      cacheRead: 0,
      cacheWrite: 0,
      totalTokens: input,
      cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 },
    },
    stopReason: "stop",
    timestamp: Date.now(),
  };
}

function tokens(chars: number): number {
  return Math.ceil(chars / CHARS_PER_TOKEN);
}
