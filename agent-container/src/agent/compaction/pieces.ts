/** A conversation in pieces that fit into one request each, as plain messages without what no summary needs. Pure. */
import { type AgentMessage, convertToLlm, serializeConversation } from "@earendil-works/pi-agent-core";
import type { JsonValue, Message, TextContent, ToolCall } from "@earendil-works/pi-ai";
import { COMPACTION_BOUNDS } from "./bounds.ts";

/** Messages of one request. */
export type Piece = readonly Message[];

/** How a conversation reads in a request. */
export function textOf(piece: Piece): string {
  return serializeConversation([...piece]);
}

/** In order, with nothing left out; each at most `charsMax` as text, which is 1 or more. */
export function piecesOf(messages: readonly AgentMessage[], charsMax: number): readonly Piece[] {
  const pieces: Message[][] = [];
  let room = 0;
  for (const message of convertToLlm([...messages])
    .flatMap(plain)
    .flatMap((one) => slices(one, charsMax))) {
    const chars = textOf([message]).length + 2;
    if (chars > room || pieces.length === 0) {
      pieces.push([]);
      room = charsMax;
    }
    pieces.at(-1)?.push(message);
    room -= chars;
  }
  return pieces;
}

/** Both halves of a piece that was too long after all; null for what cannot be halved. */
export function halves(piece: Piece): readonly [Piece, Piece] | null {
  if (piece.length > 1) {
    const middle = Math.ceil(piece.length / 2);
    return [piece.slice(0, middle), piece.slice(middle)];
  }
  const [only] = piece;
  const [first, ...rest] = only === undefined ? [] : slices(only, Math.ceil(textOf([only]).length / 2));
  return first === undefined || rest.length === 0 ? null : [[first], rest];
}

/** Without reasoning, pictures and the length of what was written to files. */
function plain(message: Message): readonly Message[] {
  switch (message.role) {
    case "user": {
      const { content } = message;
      const text =
        typeof content === "string"
          ? content
          : content.map((block) => (block.type === "text" ? block.text : "[a picture]")).join("\n");
      return text === "" ? [] : [{ ...message, content: inside(text) }];
    }
    case "assistant": {
      const content = message.content.flatMap((block): (TextContent | ToolCall)[] => {
        if (block.type === "text") return block.text === "" ? [] : [block];
        return block.type === "toolCall" ? [withShortArguments(block)] : [];
      });
      return content.length === 0 ? [] : [{ ...message, content }];
    }
    case "toolResult": {
      const content = message.content.map((block) =>
        block.type === "text" ? { ...block, text: inside(block.text) } : block,
      );
      return [{ ...message, content }];
    }
    case "system":
      return [];
  }
}

/** A text that cannot end the place where the conversation stands in a request. */
function inside(text: string): string {
  return text.replaceAll(/<(?=\/?(?:conversation|previous-summary)>)/gi, "&lt;");
}

function withShortArguments(call: ToolCall): ToolCall {
  const { argumentMax } = COMPACTION_BOUNDS;
  const cut = (value: JsonValue): JsonValue => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return text.length <= argumentMax ? value : `${text.slice(0, argumentMax)} [cut]`;
  };
  const shortened = Object.entries(call.arguments).map(([key, value]): [string, JsonValue] => [key, cut(value)]);
  return { ...call, arguments: Object.fromEntries(shortened) };
}

/** A text that is too long for one piece becomes several messages. */
function slices(message: Message, charsMax: number): readonly Message[] {
  const text = textOf([message]);
  if (text.length <= charsMax || message.role === "system") return [message];
  const step = Math.max(1, charsMax - SLICE_HEADING);
  const parts: Message[] = [];
  for (let at = 0; at < text.length; at += step) {
    const content = text.slice(at, at + step);
    parts.push({ role: "user", content: at === 0 ? content : `(goes on) ${content}`, timestamp: message.timestamp });
  }
  return parts;
}

/** Room for what stands before a slice. */
const SLICE_HEADING = 30;
