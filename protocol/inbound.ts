/** What a channel hands to the edge: one message of one person, in words that no platform owns. */
import type { InboundId } from "./ids.ts";
import type { ReplyAddress } from "./outbound.ts";
import type { ChannelId, SessionKey, ThreadRef } from "./session-key.ts";

export type Sender = {
  /** The platform's stable user id, never a name that can be changed. */
  readonly id: string;
  readonly name: string;
  readonly username?: string;
};

export type Chat =
  | { readonly kind: "direct"; readonly id: string; readonly thread?: ThreadRef }
  | {
      readonly kind: "group" | "channel";
      readonly id: string;
      readonly title?: string;
      readonly thread?: ThreadRef;
      /** In a group: whether the message was meant for us (mention, reply to us, command with our name). */
      readonly addressed: boolean;
    };

/** A command such as `/new buy milk`: name without slash, in lower case, and the rest of the text. */
export type Command = { readonly name: string; readonly rest: string };

/** A file that came with the message. Its bytes stay with the platform until a turn needs them. */
export type Attachment = {
  readonly kind: "image" | "audio" | "video" | "document" | "other";
  readonly platformId: string;
  readonly name?: string;
  readonly mimeType?: string;
  readonly bytes?: number;
};

/** The message that this one answers, as far as the platform tells. */
export type Quoted = { readonly sender: string; readonly text: string };

export type Inbound = {
  readonly id: InboundId;
  /** All keys under which this message can come again: delivery id and message id. The first one known wins. */
  readonly dedupeKeys: readonly string[];
  readonly session: SessionKey;
  readonly channel: ChannelId;
  readonly chat: Chat;
  readonly sender: Sender;
  /** Markdown-free text as the person typed it; a caption counts. Bounded by `INBOUND_BOUNDS.textMax`. */
  readonly text: string;
  readonly command?: Command;
  readonly quoted?: Quoted;
  readonly attachments: readonly Attachment[];
  readonly replyTo: ReplyAddress;
  /** The platform's own time of the message, epoch ms. */
  readonly sentAt: number;
};

/** What `ChannelSession.accept` answers. Both mean: durable, acknowledge it. */
export type AcceptReceipt = "accepted" | "duplicate";
