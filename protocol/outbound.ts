/** What the edge hands to a channel: one part of one answer, its address, and the receipt that comes back. */
import type { TurnId } from "./ids.ts";
import type { ChannelId, ThreadRef } from "./session-key.ts";

/** Where an answer goes: the place the message came from. The model never chooses it. */
export type ReplyAddress = {
  readonly channel: ChannelId;
  readonly chatId: string;
  readonly chatKind: "direct" | "group" | "channel";
  readonly thread?: ThreadRef;
  /** The platform's id of the message that is answered; shown as a reply in groups. */
  readonly messageId?: string;
};

/** One part of an answer: Markdown within the channel's limits, already split. */
export type Outbound = {
  /** Stable over all tries, so that a platform with an idempotency feature can use it. */
  readonly deliveryId: string;
  /** The turn that it answers; absent for the edge's own notices. */
  readonly turnId?: TurnId;
  readonly markdown: string;
};

/** The platform's id of what was delivered. */
export type Receipt = { readonly messageId: string };
