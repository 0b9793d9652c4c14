/** A turn that ends without a word for whoever waits: the model is asked for one, once. */
import type { AgentMessage } from "@earendil-works/pi-agent-core";
import { inboundOf } from "./inbound-message.ts";
import { MARK } from "./quoting.ts";

/** What the model is told. */
export const ASKING_AGAIN =
  `Your turn is over ${MARK}), but there is nothing in it that can be shown, and somebody waits for an answer. Give it now, ` +
  "in plain words, without tags and without a sign for silence. Do not do again what is done.";

/** Whether it was told that already, since the last message of a person. Pure. */
export function wasAskedAgain(messages: readonly AgentMessage[]): boolean {
  const last = messages.findLastIndex((message) => inboundOf(message) !== undefined);
  return messages.slice(last + 1).some((message) => message.role === "user" && textOf(message) === ASKING_AGAIN);
}

function textOf({ content }: Extract<AgentMessage, { role: "user" }>): string {
  if (typeof content === "string") return content;
  return content.map((block) => (block.type === "text" ? block.text : "")).join("");
}
