/** Where an answer goes: where its first message came from, as a reply to whichever of its messages the agent names. Pure. */
import type { Inbound } from "../../protocol/inbound.ts";
import type { ReplyAddress } from "../../protocol/outbound.ts";

/** The address of an answer. What answers a call of somebody is a reply to that call already. */
export function replyAddress(
  { replyTo }: Pick<Inbound, "replyTo">,
  named: Pick<Inbound, "replyTo"> | undefined,
): ReplyAddress {
  const messageId = named?.replyTo.messageId;
  return messageId === undefined || replyTo.ticket ? replyTo : { ...replyTo, messageId };
}
