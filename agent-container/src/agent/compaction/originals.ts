/** Messages that only point at their words above, when what is above goes: the words have to stay. Pure. */
import type { AgentMessage } from "@earendil-works/pi-agent-core";
import type { Message, UserMessage } from "@earendil-works/pi-ai";
import type { InboundId } from "../../../../protocol/ids.ts";
import { CONTEXT_HEADING } from "../context-block.ts";
import { inboundOf, isFactsBlock, pointedAtBy } from "../inbound-message.ts";

type Blocks = Exclude<UserMessage["content"], string>;

/** The messages that stay, those whose original goes with the `summed` ones replaced by it. */
export function withOriginals(kept: readonly AgentMessage[], summed: readonly AgentMessage[]): AgentMessage[] {
  return kept.map((message) => {
    const pointer = inboundOf(message);
    if (pointer?.isRepeated === undefined || kept.some((other) => isOriginal(other, pointer.id))) return message;
    const original = summed.findLast((other) => isOriginal(other, pointer.id));
    const said = original && inboundOf(original);
    if (original?.role !== "custom" || said?.text !== pointer.text) return message;
    const taints = [...new Set([...(said.taints ?? []), ...(pointer.taints ?? [])])];
    return { ...original, details: { ...said, taints } };
  });
}

function isOriginal(message: AgentMessage, id: InboundId): boolean {
  const inbound = inboundOf(message);
  return inbound?.id === id && inbound.isRepeated === undefined;
}

/** What is `left` out of a request although a message that stays points at it. */
export function pointedAt(kept: readonly Message[], left: readonly Message[]): Blocks {
  const beginnings = textsOf(kept).flatMap((text) => pointedAtBy(text) ?? []);
  if (beginnings.length === 0) return [];
  return left.flatMap((message) => {
    let isMeant = false;
    return blocksOf(message).filter((block) => {
      if (block.type === "text" && (isFactsBlock(block.text) || block.text.startsWith(CONTEXT_HEADING))) {
        const { text } = block;
        isMeant = pointedAtBy(text) === null && beginnings.some((beginning) => text.startsWith(beginning));
      }
      return isMeant;
    });
  });
}

function textsOf(messages: readonly Message[]): readonly string[] {
  return messages.flatMap(blocksOf).flatMap((block) => (block.type === "text" ? [block.text] : []));
}

function blocksOf(message: Message): Blocks {
  if (message.role !== "user") return [];
  return typeof message.content === "string" ? [{ type: "text", text: message.content }] : message.content;
}
