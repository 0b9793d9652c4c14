/** The delivery ledger as the admin API tells it: what happened to each message and each part, never a text. */
import type { InboundId } from "./ids.ts";

/** Which messages; together they narrow. */
export type LedgerFilter = {
  readonly message?: InboundId;
  /** Only what was given up: failed and dead messages, dead parts. */
  readonly dead?: boolean;
};

/** `accepted -> leased -> running -> answered -> delivered`, or an end at `failed`, `stopped` or `dead`. */
export type PathStep = { readonly state: string; readonly at: number };

export type LedgerTurn = {
  readonly id: string;
  readonly fence: number | null;
  /** How often the agent was asked to run it; null if that was not counted yet. */
  readonly runs: number | null;
  /** Null while it runs. */
  readonly outcome: string | null;
};

export type LedgerMessage = {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  /** Why it failed or died. */
  readonly reason: string | null;
  /** Only the steps that it took: one that was steered into a running turn skips `running`. */
  readonly path: readonly PathStep[];
  readonly acceptedAt: number;
  readonly updatedAt: number;
  readonly replayedAt: number | null;
  readonly turnId: string | null;
  readonly turn: LedgerTurn | null;
  /** The numbers of the parts that answer it. */
  readonly parts: readonly number[];
};

export type LedgerPart = {
  /** The number by which it is replayed. */
  readonly seq: number;
  readonly turnId: string | null;
  /** The messages that it answers; none: a notice of the system. */
  readonly answers: readonly string[];
  readonly part: number;
  readonly parts: number;
  readonly state: string;
  /** Tries since it was made, or since it was replayed. */
  readonly attempts: number;
  readonly createdAt: number;
  /** Not tried before; of a dead part, when it died. */
  readonly dueAt: number;
  readonly sentAt: number | null;
  readonly replayedAt: number | null;
  readonly receipt: string | null;
  readonly reason: string | null;
  /** True if it may have been shown twice. */
  readonly resentAfterUnknown: boolean;
};

/** Both newest first. */
export type Ledger = { readonly messages: readonly LedgerMessage[]; readonly parts: readonly LedgerPart[] };
