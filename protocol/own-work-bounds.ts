/** Every limit of what the assistant does by itself: jobs, heartbeats, hooks, the agent's calls to the edge, the budget. */

/** Bounds of jobs and their runs, enforced by `JobScheduler`. */
export const JOB_BOUNDS = {
  /** Jobs of one agent; one more is refused. */
  jobsMax: 200,
  /** UTF-16 units of a job's name, its description and what it says or asks. More is refused. */
  nameMax: 80,
  descriptionMax: 500,
  textMax: 20_000,
  /** How far ahead a one-shot may lie: ten years. */
  aheadMaxMs: 10 * 366 * 86_400_000,
  /** Shortest time between two slots of a job; a schedule that is closer is refused. */
  everyMinMs: 60_000,
  /** A slot that was missed runs late if it is no older than this; of several only the newest does. */
  catchUpMs: 6 * 3_600_000,
  /** A one-shot that was missed runs late if it is no older than this; else it is switched off and its owner told. */
  catchUpOnceMs: 7 * 86_400_000,
  /** Slots that were passed over are counted up to here at a time: each takes some time to find, and there may be 200 jobs. */
  passedOverMax: 100,
  /** Jobs that are planned by one alarm; the next one comes at once. */
  plannedAtOnce: 25,
  /** Longest deterministic delay of a slot at the full hour. OpenClaw: 0 to 5 min. */
  staggerMaxMs: 300_000,
  /** Longest run of a job whose author has set nothing, and the longest that can be set (0 means this). */
  runMaxMs: 3_600_000,
  runLongestMs: 10_800_000,
  /** Pauses before a run that failed in passing is tried again. OpenClaw: 30 s, 60 s, 5 min. */
  retryPausesMs: [30_000, 60_000, 300_000],
  /** A recurring job that fails again and again keeps at least these pauses. OpenClaw. */
  failurePausesMs: [30_000, 60_000, 300_000, 900_000, 3_600_000],
  /** Failures in a row after which the owner is told, how often at most, and after which the job is switched off. */
  alertAfter: 2,
  alertEveryMs: 3_600_000,
  failuresMax: 10,
  /** A job whose next slot cannot be computed so often in a row is switched off. OpenClaw. */
  scheduleErrorsMax: 3,
  /** A one-shot that the budget did not allow is tried again after this, as long as it may run late. */
  skippedRetryMs: 3_600_000,
  /** Runs of all jobs that are under way at a time; the others wait. */
  runsAtOnceMax: 4,
  /** Runs of one agent that are kept, the newest, and how long. */
  runsKept: 2_000,
  runsKeptMs: 90 * 86_400_000,
  /** Runs that the admin API lists, unless more are asked for, and at most. */
  runsListed: 50,
  runsListedMax: 500,
  /** How long the transcript of a run is kept, and how many are removed by one later run. OpenClaw: 24 h. */
  transcriptMs: 86_400_000,
  transcriptsAtOnce: 20,
  /** Tries to hand a result to a chat, and first and longest pause between them. */
  deliveryTriesMax: 50,
  deliveryFirstMs: 1_000,
  deliveryRetryMaxMs: 300_000,
  /** A webhook is given up after this, tried so often, and no more of its answer is read than this. */
  webhookTimeoutMs: 10_000,
  webhookTriesMax: 4,
  webhookAnswerMaxBytes: 4_096,
} as const;

/** Bounds of `POST /agent/rpc`. */
export const RPC_BOUNDS = {
  /** Largest body, in bytes; beyond it 413. */
  bodyMaxBytes: 65_536,
  /** Replies that are kept for a repeated call, the newest, and how long: longer than any turn. */
  callsKept: 10_000,
  callsKeptMs: 86_400_000,
  /** Calls of one turn; beyond it 429. */
  callsPerTurnMax: 100,
  /** Calls of `credentials` of one turn under one fence; beyond it 429. An agent asks `CREDENTIAL_BOUNDS.refreshesMax` times. */
  credentialsPerTurnMax: 60,
  /** Conversations whose turns are counted for that; beyond it the one that asked longest ago is forgotten. */
  credentialsCounted: 1_000,
  /** One call is given up after this, and tried so often. */
  timeoutMs: 10_000,
  triesMax: 4,
  /** First and longest pause between two tries. */
  retryFirstMs: 250,
  retryMaxMs: 2_000,
  /** Largest reply that is read, in bytes: all jobs, shortened. */
  replyMaxBytes: 1_048_576,
  /** UTF-16 units of a job's texts in a reply; what is longer is cut. */
  shownMax: 300,
  /** Runs in a reply, unless more are asked for, and at most. */
  runsShown: 10,
  runsShownMax: 50,
} as const;

/** Bounds of the heartbeat. */
export const HEARTBEAT_BOUNDS = {
  /** Finest step: that of the Cron Trigger. */
  everyMinMs: 60_000,
  /** Longest interval that can be set; a week. */
  everyMaxMs: 7 * 86_400_000,
  /** Where no beat comes that often, the scheduler is woken so often, in case the platform has given its alarm up. */
  watchMs: 3_600_000,
  /** Longest beat. OpenClaw: min(every, 600 s). */
  beatMaxMs: 600_000,
  /** The same text is not told again within this time. */
  duplicateMs: 86_400_000,
  /** Texts that were told within that time and are remembered, the newest. */
  toldKept: 200,
  /** From an owner who has written nothing for so long only every second, fourth ... beat comes, at most every `idleMaxMs`. */
  idleAfterMs: 3 * 86_400_000,
  idleMaxMs: 86_400_000,
  /** Two beats are at least so far apart, also if somebody wakes it. OpenClaw: 30 s. */
  apartMs: 30_000,
  /** A time that lies further ahead was written by a clock that went wrong. More than `apartMs`. */
  clockSlackMs: 60_000,
  /** Events that wait for the next beat, those that are trusted and the others apart, and the text of one in UTF-16 units. */
  eventsMax: 20,
  eventTextMax: 4_000,
  /** All events of one beat as the model is shown them, in UTF-16 units; the others are left for the next one. */
  promptEventsMax: 50_000,
  /** Beats in a row that may fail with events; after that those are dropped and the owner is told. */
  eventTriesMax: 3,
  /** Outcomes of ticks that are kept, the newest. */
  beatsKept: 500,
} as const;

/** Bounds of `/hooks/*`. OpenClaw's, but for the keys' life. */
export const HOOK_BOUNDS = {
  bodyMaxBytes: 262_144,
  /** Wrong tokens within the window; beyond it 429 until it is over. */
  badTokensMax: 20,
  badTokensWindowMs: 60_000,
  /** Idempotency keys that are remembered, the newest, and how long. */
  keysKept: 1_000,
  keysKeptMs: 86_400_000,
  keyMax: 200,
  /** A request is refused (503) while so many runs of hooks wait or are under way, and told to come back after this. */
  runsWaitingMax: 50,
  busyRetryMs: 30_000,
  /** Named mappings, items of one `forEach`, and characters of one rendered template. */
  mappingsMax: 50,
  itemsMax: 200,
  templateMax: 20_000,
  /** A template itself, in UTF-16 units, and steps of one path in it. */
  templateSourceMax: 4_000,
  pathStepsMax: 16,
  /** How deep a body may nest; deeper is refused (400). */
  depthMax: 64,
  /** Addresses that wrong tokens are counted for; all others share one count. */
  addressesMax: 1_000,
} as const;

/** Bounds of the budget. */
export const BUDGET_BOUNDS = {
  /** What a turn reserves when it begins, if there is so much left; it asks for more when it is used up. */
  reserveMicroUsd: 250_000,
  reserveTokens: 100_000,
  /** Tokens of an answer that a model call must at least be able to pay before it is made. */
  answerTokensMin: 1_000,
  /** What a model call can need at most: a run that says more is not believed. */
  callMicroUsdMax: 10_000_000,
  callTokensMax: 2_000_000,
  /** What a turn can have used of one model at most, which keeps sums exact: 10,000 dollars. A report of more counts as this. */
  turnCallsMax: 1_000_000,
  turnTokensMax: 10_000_000_000,
  turnMicroUsdMax: 10_000_000_000,
  /** One press of the button allows so much more today: this part of the day's budget. */
  allowMorePart: 0.25,
  /** Days of the ledger that are kept. */
  daysKept: 400,
  /** How long it is known what a turn was booked for; a report that comes later than that would count twice. */
  settledKeptMs: 60 * 86_400_000,
  /** Lines of one listing, the dearest. */
  linesMax: 100,
  /** A turn that nothing is left for asks again after this, if nobody tells it before. */
  askAgainMs: 900_000,
  /** Turns that are called when something is left again because another one has ended. */
  calledAtATimeMax: 8,
  /** What was used is told after this, if no other call to the directory has taken it along. */
  tellAfterMs: 60_000,
} as const;
