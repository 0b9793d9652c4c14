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
  /** Where the platform puts it, if that has another id than the chat: a direct chat on Discord, named by its person. */
  readonly roomId?: string;
  readonly ticket?: ReplyTicket;
};

/**
 * A leave to answer one call of somebody in a way of its own, for a while: an interaction on Discord. A message that has
 * one gets a turn and an answer of its own.
 */
export type ReplyTicket = {
  /** Lets whoever has it answer; never in a log. */
  readonly token: string;
  /** Epoch ms; the platform takes it no longer. */
  readonly goodUntil: number;
  /** Something waits on the screen for the answer to take its place. */
  readonly holdsPlace: boolean;
  /** No other way leads to whoever asked: we are not in the place, or the answer is for their eyes only. */
  readonly isBinding: boolean;
  /** Everybody in the place sees what is answered. Absent with a binding one: it is for the eyes of whoever asked. */
  readonly isPublic?: true;
};

/** One part of an answer, already split and within the channel's limits. */
export type Outbound = {
  /** Stable over all tries, so that a platform with an idempotency feature can use it. */
  readonly deliveryId: string;
  /** Epoch ms of the first try that may have shown it; absent: it was surely not shown yet. */
  readonly mayBeShownSince?: number;
  /** The turn that it answers; absent for the edge's own notices. */
  readonly turnId?: TurnId;
  /** With files it is their caption, and may be empty. */
  readonly markdown: string;
  /** Shown together where the platform can; at most `ChannelLimits.filesMax`. */
  readonly files?: readonly OutboundFile[];
  /** Rows of buttons below the text; never with several files. */
  readonly buttons?: readonly (readonly Button[])[];
  /** The platform's id of a preview that this part takes the place of. Doing that twice changes nothing. */
  readonly edits?: string;
};

/** How a file is shown. A channel that cannot shows it as a `document`. */
export type FileKind = "photo" | "video" | "audio" | "voice" | "document";

export type OutboundFile = {
  readonly kind: FileKind;
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: number;
  /** Its content; may be called again. Throws `ChannelError` with `channel_unreachable` when it cannot be read. */
  open(): Promise<ReadableStream<Uint8Array>>;
};

/** A button. Whoever presses it sends `id` back: opaque, at most 64 bytes, known to the session only. */
export type Button = { readonly id: string; readonly label: string };

/** The platform's id of what was delivered; of several messages the first. */
export type Receipt = { readonly messageId: string };

/** What a platform is told besides messages. Best effort. */
export type Acknowledgement =
  /** We have seen a message that was meant for us. Not shown where the platform has no such reaction. */
  | { readonly kind: "seen"; readonly messageId: string; readonly emoji: string }
  /** We know of a press; `text` is shown to whoever pressed. */
  | { readonly kind: "pressed"; readonly pressId: string; readonly text?: string }
  /** A choice was made: instead of the buttons, the message shows which. */
  | { readonly kind: "chosen"; readonly messageId: string; readonly label: string };
