/** Bounds of summing up: when it is due, how much stays as it was said, and how long each step may take. */

export const WINDOW_BOUNDS = {
  /** A model with a smaller window, in tokens, is refused: prompt, tools and one answer would leave no room to talk. */
  refusedBelow: 16_000,
  /** Below this it is used, and the log says so. */
  warnedBelow: 32_000,
} as const;

export const COMPACTION_BOUNDS = {
  /** Tokens of the window that stay free for an answer, and the largest share of a small window that they may be. */
  reserveTokens: 20_000,
  reserveShareMax: 1 / 4,
  /** Tokens that stay as they were said, and the largest share of what the reserve leaves. The rest is for prompt, tools,
   * summary, and what comes next. */
  keepTokens: 20_000,
  keepShareMax: 1 / 4,
  /** What of that stays after the model refused the transcript for its length; halved again each time that was not enough. */
  overflowKeepShare: 1 / 2,
  /** What of a conversation stays as it was said when somebody asks for a summary, at most. */
  manualKeepShare: 1 / 4,
  /** A conversation of fewer tokens is not summed up when somebody asks for it: the summary would be as long. */
  manualMinTokens: 600,
  /** A summary that is only due soon waits until there is so much to sum up, as a share of the window. */
  worthShare: 1 / 16,
  /** Pi counts four characters a token. Chinese has one, and that is the worst that a provider's count can show. */
  tokensPerEstimateMax: 6,
  /** One call of a flush or a summary. */
  callTimeoutMs: 180_000,
  /** Share of the reserve that a summary may have, as pi has it; and tokens of a flush's notes. */
  summaryShare: 0.8,
  notesTokens: 2_000,
  /** Tokens of instructions and heading in one such call. */
  promptTokens: 1_500,
  /** Share of the room in the window that is filled with conversation: the count is an estimate. */
  fillShare: 0.7,
  /** How often a piece that is too long for the model after all is halved. */
  halvingsMax: 4,
  /** Texts of a call's arguments that are summed up; the rest is cut. UTF-16 units; pi does the same with results. */
  argumentMax: 2_000,
  /** Notes of one piece, in bytes; the rest is left out. */
  notesMaxBytes: 8_000,
  /** Notes of a turn that ended without landing its files, kept for the next one; the oldest are dropped. */
  pendingNotesMax: 8,
  /** How often in a row a summary that is only due soon is put off because the flush before it failed. */
  putOffsMax: 3,
} as const;

/** What is done, in this order, to a request that is too long although everything was summed up that could be. */
export const FIT_BOUNDS = {
  /** Longest text, as shares of the window; a token has a byte or more. */
  textShares: [1 / 4, 1 / 32],
  /** Then the older half of the messages is left out, so often. */
  halvingsMax: 4,
} as const;
