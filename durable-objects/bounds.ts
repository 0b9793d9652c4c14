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
  /** Chats whose calls are counted at a time; beyond it those that are quiet are forgotten. */
  pacedChatsMax: 2_000,
  /** The directory is asked for a slot so long; then the call leaves without. */
  slotAnswerMs: 1_000,
  /** A part that must wait no longer than this for its slot waits where it is; else the alarm sends it. */
  slotWaitInPlaceMs: 1_500,
  /** How often a slot for a sign (a reaction, an answer to a press) is asked for; then the sign is left out. */
  signTriesMax: 20,
  /** A draft that is under way when the answer comes is waited for so long, lest it shows after it. */
  draftSettleMs: 500,
  /** "Typing" is shown at most so long while nothing new is there to be shown. */
  typingMaxMs: 120_000,
  /** Sessions that one listing returns, the newest. */
  sessionsListedMax: 500,
  /** Conversations that one listing returns, those with the newest turns, and sessions that it names of each. */
  conversationsListedMax: 500,
  conversationSessionsMax: 20,
  /** What sessions are still to be told by the directory; beyond it the oldest is not told. How long it is tried. */
  errandsMax: 1_000,
  errandLifeMs: 86_400_000,
  /** Sessions that are told at the same time. */
  errandsAtATimeMax: 20,
  /** How often an object whose database a newer release wrote looks whether that release is back. */
  newerReleaseLookEveryMs: 900_000,
} as const;
