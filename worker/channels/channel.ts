/**
 * worker/channels/ turns each chat platform into the same verbs. This file is the port that every channel
 * implements; a new platform is one folder beside it and one line in `registry.ts`.
 */
import type { TurnId } from "../../protocol/ids.ts";
import type { Attachment, Happening, Inbound, Sender } from "../../protocol/inbound.ts";
import type { Acknowledgement, Outbound, Receipt, ReplyAddress } from "../../protocol/outbound.ts";
import type { Result } from "../../protocol/result.ts";
import type { ChannelId, SessionKey } from "../../protocol/session-key.ts";

/** A webhook as it came in: the body is already read and within `INBOUND_BOUNDS.bodyMaxBytes`. */
export type WebhookRequest = { readonly headers: Headers; readonly body: Uint8Array };

/** Why a webhook is not let in. The caller learns only the status (`toHttp`); the log gets the reason. */
export type RejectReason =
  /** 401: missing, wrong or oversized signature or secret. */
  | { readonly kind: "unauthentic"; readonly why: string }
  /** 400: not what the platform sends. */
  | { readonly kind: "malformed"; readonly why: string }
  /** 503: something that we need to judge it is not reachable now; the platform sends it again. */
  | { readonly kind: "unavailable"; readonly why: string };

/** What a verified webhook asks for. */
export type Intake =
  /** Answer at once with this JSON body (URL challenges, pings). */
  | { readonly kind: "reply"; readonly body: unknown }
  /** Well-formed and of no interest: acknowledged with 200, and with this JSON body if the platform wants one. */
  | { readonly kind: "ignore"; readonly why: string; readonly body?: unknown }
  | { readonly kind: "messages"; readonly messages: readonly Inbound[]; readonly answers?: InstantAnswers }
  | { readonly kind: "happenings"; readonly happenings: readonly Happening[]; readonly answers?: InstantAnswers }
  /** Somebody types a command and is to be shown what can follow; nothing is stored. */
  | {
      readonly kind: "suggest";
      readonly session: SessionKey;
      readonly sender: Sender;
      /** Which command, without its slash, and what of its rest is typed. */
      readonly command: string;
      readonly typed: string;
      /** Pure. The JSON body that shows these choices, of which the platform may show only the first. */
      readonly body: (choices: readonly string[]) => unknown;
    };

/** JSON bodies of the 2xx, for platforms that show somebody at once what became of their call. */
export type InstantAnswers = {
  /** It is stored, and will be answered. */
  readonly taken: unknown;
  /** Nothing was kept of it: they are not heard there. */
  readonly refused: unknown;
};

/** A preview that is on screen: its text, and the platform's id if it is a real message. Kept in memory for a turn. */
export type PreviewHandle = { readonly shownText: string; readonly messageId?: string };

/** How a growing answer can be shown in a chat: not at all, as something that is no message, or by editing one. */
export type PreviewMode = "none" | "draft" | "message";

/** So many at once, and then one each `everyMs`. */
export type Rate = { readonly burst: number; readonly everyMs: number };

export type ChannelLimits = {
  /** Longest text of one message, in UTF-16 units of its Markdown source. */
  readonly textMax: number;
  /** Most lines of one message; null: as many as fit. */
  readonly linesMax: number | null;
  /** The same as `textMax` for the caption of files. */
  readonly captionMax: number;
  /** Most files that one message shows together. */
  readonly filesMax: number;
  /** Largest file that can be sent, in bytes. */
  readonly fileMaxBytes: number;
  /** Whether an answer can have buttons; if not, its choices are listed. */
  readonly showsButtons: boolean;
  /** Most messages of a group to others that are kept for the next one to us; at most `INBOUND_BOUNDS.contextSaidMax`. */
  readonly overheardMax: number;
  readonly previewMode: (to: ReplyAddress) => PreviewMode;
  /** Shortest pause between two previews. */
  readonly previewEveryMs: (to: ReplyAddress) => number;
  /** How often it must be shown again that we are busy. */
  readonly busyEveryMs: number;
  /** Sending the same `Outbound.deliveryId` to the same place again cannot show it twice. */
  readonly sendIsIdempotent: (to: ReplyAddress) => boolean;
  /** How often the platform lets one bot call, all chats together and each by itself; null: no limit. */
  readonly rates: { readonly bot: Rate; readonly direct: Rate; readonly group: Rate } | null;
};

/** A file on its way in. */
export type Download = { readonly body: ReadableStream<Uint8Array>; readonly bytes: number | null };

/** One chat platform. `Raw` is its verified update. All members are required; what a platform lacks is a limit. */
export interface Channel<Raw> {
  readonly id: ChannelId;
  readonly limits: ChannelLimits;
  /** Authenticates and decodes a webhook. Never throws for a bad request; compares secrets in constant time. */
  verify(request: WebhookRequest): Promise<Result<Raw, RejectReason>>;
  /** Pure. Turns a verified update into messages, or says why there are none. */
  parse(raw: Raw): Intake;
  /** Delivers one part of an answer. Throws `ChannelError` only. */
  send(to: ReplyAddress, message: Outbound): Promise<Receipt>;
  /** Opens a file that came with a message. Throws `ChannelError` only: `channel_refused` when it is not to be had. */
  download(attachment: Attachment): Promise<Download>;
  /** Tells the platform of something that is no message. One try. Throws `ChannelError` only. */
  acknowledge(to: ReplyAddress, what: Acknowledgement): Promise<void>;
  /**
   * Shows a growing answer, or with an empty text that we are busy. Where previews are messages, `handle` names the one
   * to edit; without it nothing but "busy" can be shown. Best effort: never retried by the channel.
   * Throws `ChannelError`; on `channel_rate_limited` the session shows no more previews of this turn.
   */
  preview(to: ReplyAddress, growing: Growing): Promise<PreviewHandle>;
}

export type Growing = { readonly turnId: TurnId; readonly text: string; readonly handle?: PreviewHandle };
