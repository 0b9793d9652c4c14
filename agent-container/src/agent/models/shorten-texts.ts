/**
 * A transcript for a model that it was too long for, with its longest texts cut. A summary helps against many messages,
 * not against one that alone is too much: without this it would be in the way of every later turn too. Pure.
 */
import type { Message, TextContent, TranscriptContext } from "@earendil-works/pi-ai";

/** What of a cut text is its beginning; the rest is its end. */
const HEAD_SHARE = 0.75;

/** Cuts what people and tools said to `bytesMax` a text (UTF-8); null when nothing is longer. A token has a byte or more. */
export function shortenTexts(context: TranscriptContext, bytesMax: number): TranscriptContext | null {
  const messages = context.messages.map((message) => shorten(message, bytesMax));
  return messages.some((message, index) => message !== context.messages[index]) ? { ...context, messages } : null;
}

function shorten(message: Message, bytesMax: number): Message {
  if (message.role === "user" && typeof message.content === "string") {
    const content = cutMiddle(message.content, bytesMax);
    return content === message.content ? message : { ...message, content };
  }
  if (message.role !== "user" && message.role !== "toolResult") return message;
  if (typeof message.content === "string" || !message.content.some((block) => isTooLong(block, bytesMax)))
    return message;
  const content = message.content.map((block) =>
    block.type === "text" ? { ...block, text: cutMiddle(block.text, bytesMax) } : block,
  );
  return { ...message, content };
}

function isTooLong(block: TextContent | { readonly type: "image" }, bytesMax: number): boolean {
  return block.type === "text" && cutMiddle(block.text, bytesMax) !== block.text;
}

function cutMiddle(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text);
  if (bytes.byteLength <= bytesMax) return text;
  const headBytes = Math.floor(bytesMax * HEAD_SHARE);
  const tailBytes = bytesMax - headBytes;
  const left = bytes.byteLength - headBytes - tailBytes;
  // A character that is cut in two shows as U+FFFD.
  const head = bytes.subarray(0, headBytes).toString();
  const tail = bytes.subarray(bytes.byteLength - tailBytes).toString();
  return `${head}\n[${String(left)} bytes are left out here: the text is too long for the model]\n${tail}`;
}
