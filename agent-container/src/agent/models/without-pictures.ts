/**
 * A transcript for a model that did not take it with its pictures: one that is damaged or too large for it would be in
 * the way of every later turn too. Pure.
 */
import type { ImageContent, Message, TextContent, TranscriptContext } from "@earendil-works/pi-ai";

const IN_PLACE: TextContent = { type: "text", text: "(The model did not take the picture that stood here.)" };

/** A line of text in place of each picture; null when there is none. */
export function withoutPictures(context: TranscriptContext): TranscriptContext | null {
  const messages = context.messages.map(withoutOwn);
  return messages.some((message, at) => message !== context.messages[at]) ? { ...context, messages } : null;
}

function withoutOwn(message: Message): Message {
  if (message.role !== "user" && message.role !== "toolResult") return message;
  if (typeof message.content === "string" || !message.content.some(({ type }) => type === "image")) return message;
  return { ...message, content: message.content.map(replaced) };
}

function replaced(block: TextContent | ImageContent): TextContent {
  return block.type === "image" ? IN_PLACE : block;
}
