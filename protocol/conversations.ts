/** Conversations as the directory tells of them: what they are called, since when they go on, who is at work in them. Pure. */
import { TRANSCRIPT_BOUNDS } from "./bounds.ts";

/** What is known of one conversation. */
export type ConversationFacts = {
  /** What people have named it; null: nobody has since it began. */
  readonly name: string | null;
  /** What it is called without a name: its group, its person, `main`. */
  readonly defaultName: string;
  /** Counts how often it began anew; each time has a transcript of its own. */
  readonly epoch: number;
  /** Epoch ms of its first message since then; null: there was none, or it is not known. */
  readonly beganAt: number | null;
  /** Nothing was said in it since it began. */
  readonly isFresh: boolean;
};

export type ConversationSummary = ConversationFacts & {
  readonly conversation: string;
  /** Where people write it, the newest first. */
  readonly sessions: readonly string[];
  /** Epoch ms of its newest turn; null: it had none that is known. */
  readonly lastAt: number | null;
  readonly lane: LaneSummary;
};

/** Whether a turn can begin in it. */
export type LaneSummary =
  | { readonly state: "free" | "closed" }
  /** `isLate`: the turn has not been heard of since its lease ended; whoever asks next gets the lane. */
  | { readonly state: "held"; readonly session: string; readonly isLate: boolean };

/** What moves other text or breaks a line. The joiners inside emojis stay. */
const UNRULY = /[\p{Cc}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]+/gu;

/** A name for a conversation, in one line and not too long; null: there is nothing left of it. */
export function cleanName(text: string): string | null {
  const line = text.replaceAll(UNRULY, " ").replaceAll(/\s+/gu, " ").trim();
  const name = line.slice(0, TRANSCRIPT_BOUNDS.nameMax).toWellFormed().trim();
  return name === "" ? null : name;
}

/** Why a transcript is not brought in. `overtaken`: the conversation was begun anew meanwhile. */
export type ImportRefusal = "unknown_conversation" | "unavailable" | "overtaken";
export type ImportOutcome =
  | { readonly kind: "imported"; readonly epoch: number; readonly entries: number }
  | { readonly kind: "refused"; readonly code: ImportRefusal };
