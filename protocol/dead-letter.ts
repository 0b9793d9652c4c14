/** A part of an answer that was given up, as the edge's objects and the admin API speak of it. Never a text. */
import type { ChecklistState } from "./heartbeat.ts";
import type { InboundId } from "./ids.ts";
import type { OwnerNews } from "./owner-news.ts";
import type { ConversationKey, SessionKey } from "./session-key.ts";

/** Named by its session and its number in that session's outbox. */
export type DeadLetter = {
  readonly session: SessionKey;
  readonly seq: number;
  /** The first of the messages that it answers. */
  readonly inboundId: InboundId;
  readonly turnId: string | null;
  readonly part: number;
  readonly parts: number;
  /** The code of the failure that ended it. */
  readonly reason: string;
  readonly deadAt: number;
};

/** What a session tells the directory about itself: all its dead letters, so that telling it twice does no harm. */
export type SessionReport = {
  readonly session: SessionKey;
  readonly conversation: ConversationKey;
  readonly deadLetters: readonly DeadLetter[];
  /** Absent: no turn of the owner's space has ended in it. */
  readonly checklist?: ChecklistState;
};

/** What the owner is told in chat. `notice` numbers it, so that it is said once. */
export type OwnerNotice = { readonly notice: number } & (
  | {
      /** Answers that were given up. Absent in notices of older releases. */
      readonly kind?: "dead_letters";
      /** One for each answer that is named. */
      readonly deadLetters: readonly DeadLetter[];
      /** Answers that it stands for besides those. */
      readonly more: number;
    }
  | { readonly kind: "news"; readonly news: OwnerNews }
);

/** What to send or run again: a message with all that is dead of its answer, or one part by its number. */
export type ReplayTarget = { readonly message: InboundId } | { readonly part: number };

export type ReplayOutcome =
  /** `parts`: these go out again. Empty: the message gets a new turn. */
  | { readonly kind: "replayed"; readonly parts: readonly number[] }
  | { readonly kind: "refused"; readonly code: ReplayRefusal; readonly state?: string };

export type ReplayRefusal =
  | "unknown_message"
  | "unknown_part"
  /** There is nothing to repair: it is delivered, stopped, or on its way (again). */
  | "not_dead"
  /** A command whose answer is forgotten; send the command again. */
  | "not_replayable"
  /** The session has as many open messages as it may; try again later. */
  | "too_many_waiting";
