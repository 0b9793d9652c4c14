/** Messages as every provider takes them: people and model in turns, and each message of the model ends in words or calls. Pure. */
import type { AssistantMessage, Message, UserMessage } from "@earendil-works/pi-ai";

/**
 * Without what a provider refuses in this request and every later one: messages of the model that are thoughts alone, and
 * thoughts at the end of one. Neighbouring user messages become one: Bedrock refuses two in a row.
 */
export function inTurns(messages: readonly Message[]): Message[] {
  const turns: Message[] = [];
  for (const message of messages) {
    const last = turns.at(-1);
    if (message.role === "user" && last?.role === "user") turns[turns.length - 1] = joined(last, message);
    else if (message.role !== "assistant") turns.push(message);
    else turns.push(...saidOf(message));
  }
  return turns;
}

/** The message up to its last words or call; none if it has neither. */
function saidOf(message: AssistantMessage): readonly AssistantMessage[] {
  const { content } = message;
  const end = content.findLastIndex(isSaid) + 1;
  if (end === 0) return [];
  return [end === content.length ? message : { ...message, content: content.slice(0, end) }];
}

function isSaid(block: AssistantMessage["content"][number]): boolean {
  return block.type === "toolCall" || (block.type === "text" && block.text.trim() !== "");
}

function joined(left: UserMessage, right: UserMessage): UserMessage {
  return { ...right, content: [...blocksOf(left), ...blocksOf(right)] };
}

function blocksOf({ content }: UserMessage): Exclude<UserMessage["content"], string> {
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}
