/** What a channel hands to the edge: one message of one person, in words that no platform owns. */
import type { InboundId } from "./ids.ts";
import type { ReplyAddress } from "./outbound.ts";
import type { ChannelId, SessionKey, ThreadRef } from "./session-key.ts";
import type { TaskOrder } from "./tasks.ts";

export type Sender = {
  /** The platform's stable user id, never a name that can be changed. */
  readonly id: string;
  readonly name: string;
  readonly username?: string;
  /** The language of their app, as a BCP 47 tag. */
  readonly language?: string;
  /** The ids of the roles that they have in the place where they write, on platforms that have such. */
  readonly roles?: readonly string[];
  readonly isBot?: true;
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
      /** The name that we have on the platform is in the text; the configuration says whether that counts. */
      readonly named?: true;
    };

/** A command such as `/new buy milk`: name without slash, in lower case, and the rest of the text. */
export type Command = { readonly name: string; readonly rest: string };

/** A file that came with the message. Its bytes stay with the platform until a turn needs them. */
export type Attachment = {
  readonly kind: AttachmentKind;
  readonly platformId: string;
  readonly name?: string;
  readonly mimeType?: string;
  readonly bytes?: number;
  /** Of sound and video, in whole seconds. */
  readonly durationS?: number;
  /** Set by the session once it was tried to bring the bytes to the space of the turn. */
  readonly transfer?: Transfer;
};

/** `voice` is a recorded note, `sticker` a still or moving picture that stands for a word. */
export type AttachmentKind = "image" | "audio" | "voice" | "video" | "document" | "sticker" | "other";

export type Transfer =
  /** `name` is the last part of the object's key, below `<agent>/<space>/attachments/`. */
  | { readonly state: "stored"; readonly name: string; readonly bytes: number }
  | { readonly state: "failed"; readonly why: TransferFailure };

/** Larger than `INBOUND_BOUNDS.attachmentMaxBytes`; the platform has it no more or refuses it; nobody could be reached. */
export type TransferFailure = "too_large" | "refused" | "unreachable";

/** What a person shares that is neither text nor file. */
export type Shared =
  | {
      readonly kind: "location";
      readonly latitude: number;
      readonly longitude: number;
      readonly name?: string;
      readonly address?: string;
    }
  | { readonly kind: "contact"; readonly name: string; readonly phone: string }
  | { readonly kind: "poll"; readonly question: string; readonly options: readonly string[] }
  | { readonly kind: "sticker"; readonly emoji?: string; readonly set?: string }
  | { readonly kind: "dice"; readonly emoji: string; readonly value: number }
  /** Something that has no kind here; `what` is the platform's own name for it. */
  | { readonly kind: "other"; readonly what: string };

/** Who wrote a message first, somewhere else. */
export type Forwarded = { readonly from: string; readonly sentAt?: number };

/**
 * A message that may be a piece of one. Pieces of one `key` that come before the first of them has waited for `waitMs`
 * after the last become one message. 0: joins what waits under the key, and then nothing more is waited for.
 */
export type Assembly = { readonly key: string; readonly waitMs: number };

/** What the model is told with a message: what else was said or happened in the chat since it last had one. */
export type ContextItem =
  | { readonly kind: "said"; readonly at: number; readonly from: string; readonly text: string }
  /** `isUntrusted`: what others sent in by a hook may speak in it. */
  | { readonly kind: "happened"; readonly at: number; readonly text: string; readonly isUntrusted?: true };

/** The message that this one answers, as far as the platform tells. */
export type Quoted = {
  readonly sender: string;
  readonly text: string;
  /** Words of ours, or of the sender's own, in this very chat. Absent: they may be anybody's. */
  readonly isOwn?: true;
};

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
  readonly shared?: readonly Shared[];
  readonly forwarded?: Forwarded;
  readonly assembly?: Assembly;
  /** Oldest first; put in by the session when it takes the message. */
  readonly context?: readonly ContextItem[];
  /** It stands for a run that nobody has asked for here. */
  readonly task?: Omit<TaskOrder, "id" | "text">;
  readonly replyTo: ReplyAddress;
  /** The platform's own time of the message, epoch ms. */
  readonly sentAt: number;
};

/** What happened in a chat besides a new message. The session decides who may cause what. */
export type Happening = {
  readonly session: SessionKey;
  readonly channel: ChannelId;
  /** All keys under which it can come again; empty: hearing it twice changes nothing. */
  readonly dedupeKeys: readonly string[];
  /** Epoch ms. */
  readonly at: number;
} &
  /** The new version of a message; its id is that of the old one. */
  (
    | { readonly kind: "edited"; readonly message: Inbound }
    /** Reactions to a message as they are now, and as they were; empty: none. */
    | {
        readonly kind: "reacted";
        readonly messageId: string;
        readonly sender: Sender;
        readonly before: readonly string[];
        readonly now: readonly string[];
      }
    /** Somebody pressed a button under one of our messages. */
    | {
        readonly kind: "pressed";
        /** The platform's id of the press, which wants to be acknowledged. */
        readonly pressId: string;
        /** What the button carries: our own opaque id, or something that we never offered. */
        readonly buttonId: string;
        /** The press as a message, but for its text. */
        readonly message: Inbound;
      }
    /** People came to or left a group. */
    | { readonly kind: "members"; readonly joined: readonly Sender[]; readonly left: readonly Sender[] }
    /** We were let in or out: added to or removed from a group, unblocked or blocked by a person. */
    | { readonly kind: "membership"; readonly isMember: boolean; readonly by: Sender; readonly replyTo: ReplyAddress }
    /** The chat goes on under another id. Sent to the session of the old one. */
    | { readonly kind: "moved"; readonly to: SessionKey }
  );

/**
 * What `ChannelSession.accept` and `hear` answer. All mean: acknowledge it. `ignored`: nobody is heard there, or not this
 * one, and nothing was kept; the others are durable.
 */
export type AcceptReceipt = "accepted" | "duplicate" | "ignored";
