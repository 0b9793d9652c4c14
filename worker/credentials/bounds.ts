/** Limits of what the edge remembers of credentials and of the secret, and of asking for them. */

export const EDGE_CREDENTIAL_BOUNDS = {
  /** One request to STS or Secrets Manager is given up after this, and no more of its answer is read than this. */
  timeoutMs: 10_000,
  replyMaxBytes: 65_536,
  /** How far the end of a session may lie from what was asked for: an answer takes its time, clocks differ a little. */
  slackMs: 60_000,
  /** Spaces whose session an isolate remembers; beyond it the one that was used longest ago is forgotten. */
  spacesMax: 1_000,
  /** Settings (keys of the relay) whose values an isolate remembers; beyond it the oldest are forgotten. */
  settingsMax: 4,
  /** How long the secret counts as read just now: a rotated key is in use after this, without a deploy. */
  secretFreshMs: 300_000,
  /** At most so often it is read before that time, because a model has refused its key. */
  secretForcedEveryMs: 60_000,
  /** A secret that cannot be read is not asked for again before this, as long as there is an older value. */
  secretRetryMs: 30_000,
  /** Longest value of one key, in UTF-16 units; a longer one is none. */
  secretValueMax: 4_096,
} as const;
