/** What is wrong with an answer that its provider takes for whole. Pure. */
import {
  type AssistantMessage,
  type Message,
  parseJsonWithRepair,
  type ToolCall,
  type TranscriptContext,
} from "@earendil-works/pi-ai";
import { partOf } from "../answer-parts.ts";

/** What a tool can be called: anything else in a transcript makes providers refuse all of it from then on. */
const TOOL_NAME = /^[a-zA-Z0-9_-]{1,64}$/;

/** The arguments of each call as they came, by their place in the message; absent where the provider does not show them. */
export type RawArguments = ReadonlyMap<number, string>;

/**
 * `malformed`: its calls cannot be run, or would run with half of what they were to get. `empty`: it says nothing where
 * somebody waits for words, also where its thoughts took all that it may say. Any other answer that was cut at its output
 * limit is pi's to deal with.
 */
export function defectOf(
  message: AssistantMessage,
  raw: RawArguments,
  context: TranscriptContext,
): "malformed" | "empty" | null {
  const { content, stopReason } = message;
  const calls = content.flatMap((block, at) => (block.type === "toolCall" ? [{ call: block, raw: raw.get(at) }] : []));
  if (calls.length === 0) {
    if (stopReason === "toolUse") return "malformed";
    return saysNothing(message) && owesWords(context.messages) ? "empty" : null;
  }
  if (stopReason === "length") return null;
  const ids = new Set(calls.map(({ call }) => callIdOf(call)));
  if (ids.size < calls.length || ids.has("")) return "malformed";
  return calls.every(({ call, raw: text }) => isWhole(call, text)) ? null : "malformed";
}

/** The id of a call. Of OpenAI pi keeps two ids in one; the first is it. */
export function callIdOf({ id }: ToolCall): string {
  return id.split("|", 1)[0] ?? "";
}

function isWhole({ name, arguments: args }: ToolCall, raw: string | undefined): boolean {
  return TOOL_NAME.test(name) && isObject(args) && (raw === undefined || raw.trim() === "" || isObject(parse(raw)));
}

function parse(raw: string): unknown {
  try {
    return parseJsonWithRepair<unknown>(raw);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function saysNothing({ content }: AssistantMessage): boolean {
  return !content.some((block) => block.type === "text" && block.text.trim() !== "");
}

/** Since somebody spoke, nothing was said, and no tool has added something to the answer. */
function owesWords(messages: readonly Message[]): boolean {
  const since = messages.slice(messages.findLastIndex(({ role }) => role === "user") + 1);
  return !since.some((message) => {
    if (message.role === "assistant") return !saysNothing(message);
    return message.role === "toolResult" && partOf(message.details) !== undefined;
  });
}
