/** Each call of a tool by an id of its own: some models use theirs again, and a provider refuses two of one id. Pure. */
import type { AssistantMessage, Message } from "@earendil-works/pi-ai";
import { callIdOf } from "./defects.ts";

/** Longest id that every provider takes. */
const ID_MAX = 64;

/**
 * Numbers ids that were used before, with their results. What a message becomes depends only on those before it, so the
 * beginning of a conversation stays the same from request to request, and cached.
 */
export function withOwnCallIds(messages: readonly Message[]): Message[] {
  const used = new Set<string>();
  let renamed = new Map<string, string>();
  return messages.map((message) => {
    if (message.role === "toolResult") {
      const id = renamed.get(message.toolCallId);
      return id === undefined ? message : { ...message, toolCallId: id };
    }
    if (message.role !== "assistant") return message;
    renamed = rename(message, used);
    return renamed.size === 0 ? message : withIds(message, renamed);
  });
}

/** The new ids of the calls whose ids are taken. */
function rename({ content }: AssistantMessage, used: Set<string>): Map<string, string> {
  const renamed = new Map<string, string>();
  for (const block of content) {
    if (block.type !== "toolCall") continue;
    const callId = callIdOf(block);
    const own = freeId(callId, used);
    used.add(own);
    if (own !== callId) renamed.set(block.id, own + block.id.slice(callId.length));
  }
  return renamed;
}

function freeId(id: string, used: ReadonlySet<string>): string {
  let free = id;
  for (let n = 2; used.has(free); n += 1) {
    const suffix = `_${String(n)}`;
    free = id.slice(0, ID_MAX - suffix.length) + suffix;
  }
  return free;
}

function withIds(message: AssistantMessage, ids: ReadonlyMap<string, string>): AssistantMessage {
  const content = message.content.map((block) =>
    block.type === "toolCall" ? { ...block, id: ids.get(block.id) ?? block.id } : block,
  );
  return { ...message, content };
}
