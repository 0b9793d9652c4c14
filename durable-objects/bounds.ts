/** Bounds that nobody but the objects at the edge knows; the others are in protocol/bounds.ts. */
export const OBJECT_BOUNDS = {
  /** A stranger is told once in this time how to be let in. */
  strangerNoticeEveryMs: 3_600_000,
  /** Answers that are read at a time for a web client that was away. */
  answersShownAgainMax: 200,
  /** What such a client is sent in one go, in UTF-16 units; then its socket is closed, and it comes back for the rest. */
  charactersShownAgainMax: 4_000_000,
  /** Part size for a session whose channel is not configured any more: the smallest of all platforms. UTF-16 units. */
  partMaxWithoutChannel: 2_000,
  /** Sessions that one listing returns, the newest. */
  sessionsListedMax: 500,
  /** How often an object whose database a newer release wrote looks whether that release is back. */
  newerReleaseLookEveryMs: 900_000,
} as const;
