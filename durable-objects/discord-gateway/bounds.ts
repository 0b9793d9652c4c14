/**
 * Bounds of the Gateway object. Sources: Discord's "Gateway" and "Opcodes and Status Codes"; what Discord does not say is
 * ours. Times that Discord counts are divided in the fault suite's compressed day; what our own parts need is not.
 */

/** A time of Discord's; GATEWAY_TIME_SCALE is 1 in every build but one of the fault suite. */
function scaled(ms: number): number {
  return ms / GATEWAY_TIME_SCALE;
}

/** A time in which the other side answers: in a compressed day too it needs a moment. */
function answered(ms: number, momentMs = 150): number {
  return Math.max(scaled(ms), Math.min(ms, momentMs));
}

export const GATEWAY_BOUNDS = {
  /** A call for the Gateway's address that nobody answers is given up after this, and the wait for a 101; then there is a pause. */
  locateMs: answered(20_000, 1_000),
  connectMs: answered(10_000),
  /** A connection without Hello is closed after this. */
  helloMs: answered(10_000),
  /** And one without READY or RESUMED; every repeated event gives a replay this long again. */
  readyMs: answered(60_000, 1_000),
  /** Connections begin at most this often, however often they end. */
  connectEveryMs: scaled(1_000),
  /** The first and the longest pause after a try that led to no READY or RESUMED, doubled each time; jitter is on top. */
  retryFirstMs: scaled(1_000),
  retryMaxMs: scaled(300_000),
  /** After an op 9 that ends the session: 1 to 5 s at random ("Resuming"). */
  invalidSessionMinMs: scaled(1_000),
  invalidSessionMaxMs: scaled(5_000),
  /** Discord: one IDENTIFY in 5 s ("max_concurrency"); a tenth more, since the network moves what is sent in time. */
  identifyEveryMs: scaled(5_500),
  /** Own budget; Discord resets the token of a bot that identifies more than 1000 times in a day. Then we wait. */
  identifiesMax: 900,
  identifiesWindowMs: scaled(86_400_000),
  /** Failed tries at `resume_gateway_url`, over eight minutes; then the session is taken up where /gateway/bot says, if it still is there. */
  resumeUrlTriesMax: 10,
  /** A heartbeat is at most so late: an object without events is evicted after 70 s. */
  heartbeatMaxMs: scaled(45_000),
  /** And at least so far from the last one, whatever Hello says. */
  heartbeatMinMs: scaled(1_000),
  /** Heartbeats that Discord asks for are answered at most so often in the window: 120 sends in 60 s end a connection. */
  askedHeartbeatsMax: 50,
  askedHeartbeatsWindowMs: scaled(60_000),
  /** Where there was no room for an event, it is looked for room this often. */
  roomLookEveryMs: 2_000,
  /** Events of a connection that wait to be looked at; beyond it the connection is left, and Discord sends them again. */
  arrivalsMax: 5_000,
  /** Events that no session has taken yet; beyond it the connection is left until there is room, and Discord keeps the rest. */
  inboxMax: 10_000,
  /** Largest event that is stored, in UTF-16 units of its JSON; Discord's messages are far smaller. A larger one is left out. */
  eventMax: 500_000,
  /** Lanes that are handed over at the same time. */
  lanesAtATimeMax: 8,
  /** A fresh instance, or an alarm, looks after what is being handed over this often. */
  handoverWatchMs: 5_000,
  /** First and longest pause before an event is handed over again, doubled each time. */
  handoverRetry: { retryFirstMs: 1_000, retryMaxMs: 60_000 },
  /** How long it is believed what the directory said of a place, and that it said nothing; for how many places, the last asked. */
  policyFreshMs: 30_000,
  /** And a no, for what means us. */
  policyAskedAnewMs: 1_000,
  policyRetryMs: 5_000,
  policiesMax: 2_000,
  /** Threads, guilds and channels in which somebody wrote to us that are known; beyond it those that changed last. */
  threadsMax: 5_000,
  guildsMax: 2_500,
  channelsMax: 1_000,
  /** Channels of which it is kept in memory up to where nobody wrote to us, between two heartbeats. */
  seenMax: 1_000,
  /** Channels that are read after a session was lost, of those in which somebody wrote to us lately; the others are looked at. */
  backfillChannelsMax: 50,
  backfillChannelAgeMs: 30 * 86_400_000,
  /** Pages of 100 messages that are read of one channel; those of one page more are counted as missed. */
  backfillPagesMax: 3,
  backfillPageMax: 100,
  /** So long the newer messages of a channel wait for those that were missed. */
  backfillHoldMs: 15_000,
  /** Tries to read one channel; then what was missed there is told as one message. First and longest pause between them. */
  backfillTriesMax: 20,
  backfillRetry: { retryFirstMs: 1_000, retryMaxMs: 300_000 },
  /** Of how many of those who wrote there it is known which roles they have, and for how long that is believed. */
  lateMembersMax: 1_000,
  lateRolesFreshMs: 600_000,
  /** Gaps that are kept for the status, the newest. */
  gapsMax: 100,
  /** An alarm that is so late is made up for by a timer, which keeps the object awake for so long at most. */
  alarmLateMs: scaled(1_000),
  timerMaxMs: 60_000,
  /** After a failure that nobody expects the alarm comes again. */
  wakeRetryMs: 5_000,
} as const;
