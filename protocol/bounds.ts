/**
 * Every limit of the system: a name, a unit and what happens when it is reached.
 * Sources: docs/architecture.md ("Bounds"); platform limits name the platform's own document.
 */

/** Bounds of a turn, enforced by the edge (`ChannelSession`, `AgentDirectory`) and told to the agent. */
export const TURN_BOUNDS = {
  /** Longest single AgentCore stream; the edge then closes it and re-attaches with `resume`. */
  runMaxMs: 600_000,
  /** Longest turn over all its runs; then it fails with a notice. Time in which nobody looked after it does not count. */
  turnMaxMs: 3_600_000,
  /** Longest turn of a job. */
  jobTurnMaxMs: 10_800_000,
  /** How long a granted turn keeps its lane without being renewed. */
  leaseMs: 90_000,
  /** A lease is renewed at most this often, by any event of the turn. */
  leaseRenewMs: 30_000,
  /** The agent sends `ping` this often while it has nothing else to say. */
  pingEveryMs: 15_000,
  /** A stream silent for this long is taken as cut; the edge re-attaches. Three missed pings. */
  streamSilenceMs: 45_000,
  /** How often the alarm looks whether the instance that reads the turn is still alive. */
  watchdogMs: 3_000,
  /** After `abort` the runtime session is stopped if the turn has not ended within this time. */
  abortGraceMs: 5_000,
  /** Then the next process is told, for so long; it can take the time of a teardown (15 s) and of a start. */
  abortGiveUpMs: 60_000,
  /** An alarm that is so late is taken for lost, and its work is done with whatever happens next. */
  alarmLateMs: 10_000,
  /** A call that gets one JSON answer (`steer`, `abort`, `query`) is given up after this. */
  callTimeoutMs: 15_000,
  /** First and longest pause before a turn that could not be run is tried again; doubled each time. */
  retryFirstMs: 500,
  retryMaxMs: 3_000,
  /** Runs that ended without progress before the turn fails; unreachable runtimes are not counted. */
  runAttemptsMax: 8,
  /** Instances in a row that died while they read the turn; then it fails: it may be what kills them. */
  takeoversMax: 20,
  /** How long a session waits before it asks a busy lane again, if nobody woke it. */
  laneRetryMs: 15_000,
  /** Messages of one turn, steered ones included; the rest waits for the next. */
  messagesPerTurnMax: 20,
  /**
   * How many fences one grant may leave out: an edge that lost its state catches up with the agent, a lie cannot use
   * them all up. Below `RUNTIME_BOUNDS.fenceJumpMax`, so that the agent takes whatever the lane grants.
   */
  grantJumpMax: 100_000,
} as const;

/** Bounds of the credentials that a turn brings with it (decision 17). */
export const CREDENTIAL_BOUNDS = {
  /**
   * How long they are good for at least when they are handed out: the longest turn of a person. A session of the data role
   * lasts twice that (`DATA_SESSION_SECONDS`), so STS is asked about once an hour for a space, and not at every turn.
   */
  handedOutMinMs: TURN_BOUNDS.turnMaxMs,
  /** A live turn asks the edge for newer ones when less than this is left: a model call, and some tries of asking. */
  refreshBelowMs: 600_000,
  /** Pause before it asks again when that has brought none. */
  refreshRetryMs: 60_000,
  /** So often one turn asks; then it ends with those it has. A job's turn needs four, the rest is for failures. */
  refreshesMax: 30,
} as const;

/** Bounds of what comes in. */
export const INBOUND_BOUNDS = {
  /** Largest webhook body, checked before parsing; beyond it 413. Telegram updates stay far below 1 MB. */
  bodyMaxBytes: 1_048_576,
  /** Longest text of one message that is kept; the rest is cut and marked. UTF-16 units. */
  textMax: 100_000,
  /** Longest name, title or id that is kept of a sender or chat. UTF-16 units. */
  labelMax: 256,
  /** Largest attachment that is taken in, in bytes; a larger one is only named to the model. Telegram: "getFile", 20 MB. */
  attachmentMaxBytes: 20_971_520,
  /** Files of one message that are taken in, an album's included; the others are only named. */
  attachmentsMax: 20,
  /** One attachment is given up after this. */
  attachmentTimeoutMs: 60_000,
  /** Tries to bring one attachment in. */
  attachmentTriesMax: 3,
  /** Messages of a group that are kept for the next one that is meant for us, the newest; the older ones are forgotten. */
  contextSaidMax: 50,
  /** Events of a chat that are kept for the next message, the newest. */
  contextHappenedMax: 20,
  /** Text of one of both that is kept, in UTF-16 units; the rest is cut and marked. */
  contextTextMax: 2_000,
  /** A text that is split by its sender's app is waited for so long after its last piece, an album so long. */
  textPiecesWaitMs: 1_500,
  albumWaitMs: 500,
  /** Longest wait for pieces of one message, and most pieces; then it is taken as it is. */
  assemblyMaxMs: 7_500,
  assemblyPiecesMax: 12,
  /** Accepted messages of one session that wait for a turn; beyond it the webhook answers 503. */
  waitingMax: 10_000,
  /** Longest frame a web client may send, in UTF-16 units; beyond it an `error` frame. */
  socketFrameMax: 262_144,
  /** Web sockets of one session; beyond it the oldest is closed. */
  socketsMax: 20,
} as const;

/** Bounds of what goes out. */
export const OUTBOUND_BOUNDS = {
  /** Tries of one part of an answer; then it is a dead letter. Over 12 h at the longest pause, an outage's length. */
  attemptsMax: 400,
  /** First and longest pause between tries, doubled each time; a platform's Retry-After overrides both. */
  retryFirstMs: 1_000,
  retryMaxMs: 120_000,
  /** A platform's Retry-After is honoured up to this; then it is asked again. */
  retryAfterMaxMs: 3_600_000,
  /** A call to a chat platform is given up after this; its outcome is then `unknown`. */
  sendTimeoutMs: 20_000,
  /** An answer whose outcome is unknown is sent once more after this, and marked. */
  resendUnknownMs: 10_000,
  /** Longest answer that is delivered; the rest is cut and marked. UTF-16 units. */
  answerMax: 200_000,
  /** A call that sends files is given up after this, and so is reading one; its outcome is then `unknown`. */
  fileTimeoutMs: 120_000,
  /** Files of one answer; the agent refuses more. */
  filesMax: 20,
  /** Buttons of one answer, and characters of a label and of what a press says; the agent refuses more. */
  buttonsMax: 24,
  buttonLabelMax: 64,
  buttonValueMax: 512,
  /** How long a button can be pressed. */
  buttonLifeMs: 30 * 86_400_000,
  /** A preview that is a real message is first sent when it has this many characters. */
  previewMinLength: 30,
  /** A growing answer is shown at most this often. */
  previewEveryMs: 1_000,
  /** A preview that does not grow is shown again after this; Telegram drops drafts after 30 s ("sendMessageDraft"). */
  previewKeepAliveMs: 20_000,
} as const;

/** Bounds of answering an interaction of Discord's ("Receiving and Responding to Interactions"). */
export const TICKET_BOUNDS = {
  /** How long an interaction can be answered by its token. */
  lifeMs: 900_000,
  /** From this age on the answer is a message of its own, so that none is under way when the token ends. */
  switchMs: 840_000,
} as const;

/** Bounds of who may speak. */
export const ACCESS_BOUNDS = {
  /** How long a pairing code is good, and the stranger's object kept; nothing more is said to them meanwhile. */
  pairingLifeMs: 3_600_000,
  /** Strangers of one channel who can have a code at a time; the next one is told nothing. */
  pairingsOpenMax: 3,
  /** How long a link code is good, and how many may be open. */
  linkLifeMs: 600_000,
  linksOpenMax: 20,
  /** Wrong codes from one place, and from all places, within the window; beyond it no code is looked at until it ends. */
  codeTriesMax: 10,
  codeTriesAllMax: 200,
  codeTriesWindowMs: 600_000,
  /** People besides those whom the configuration lists, and channels of one person; beyond it a pairing is refused. */
  peopleMax: 1_000,
  peersPerPersonMax: 20,
  /** A session lets people in by what the directory said within this time; it refuses nobody without asking. */
  policyFreshMs: 5_000,
  /** The directory is asked so long; then the last policy counts, or the message is not taken (503). */
  policyAnswerMs: 3_000,
  /** Turns in a group that bots caused in a row within the window, where bots are heard; then they are not heard. */
  botTurnsMax: 5,
  botTurnsWindowMs: 600_000,
} as const;

/** Bounds of an agent's configuration. */
export const CONFIG_BOUNDS = {
  /** Largest document, as JSON in UTF-8. */
  documentMaxBytes: 65_536,
  /** Entries of one list, and UTF-16 units of one text. */
  listMax: 1_000,
  textMax: 256,
  /** Short names of models. */
  aliasesMax: 50,
  /** Longest pause after which a conversation can begin anew by itself: a year. */
  idleResetMaxMinutes: 525_600,
  /** Largest limits of a budget; whoever wants none leaves it out. */
  budgetMaxUsd: 1_000_000,
  budgetMaxTokens: 1_000_000_000_000,
  /** Versions that are kept, the newest; older ones cannot be rolled back to. */
  versionsKept: 100,
} as const;

/** Bounds of telling about parts of answers that were given up. */
export const DEAD_LETTER_BOUNDS = {
  /** Dead letters of one session that the directory knows, the newest; the session's own ledger has all. */
  perSessionMax: 500,
  /** Dead letters of all sessions that the directory knows; beyond it the oldest are dropped from its index. */
  indexMax: 10_000,
  /** Notices to the owner at one place within the window; what dies beyond is summed up in the first one after it. */
  noticesMax: 6,
  noticesWindowMs: 3_600_000,
  /** Answers that one notice names; it says how many more there are. */
  namedMax: 5,
  /** First and longest pause before the directory is told again, or a notice handed over again; doubled each time. */
  retryFirstMs: 1_000,
  retryMaxMs: 60_000,
} as const;

/** Bounds of one look into the ledger. */
export const LEDGER_BOUNDS = {
  /** Messages or dead letters of one answer; the admin API refuses to be asked for more. */
  rowsMax: 500,
  /** Parts of one session's answer; the oldest are left out. */
  partsMax: 1_000,
  /** Sessions that are asked for the ledger of all: those with dead letters, then the newest. Each is an object to wake. */
  sessionsAskedMax: 50,
} as const;

/** How long things are kept. */
export const RETENTION = {
  dedupeMs: 8 * 86_400_000,
  deliveredMs: 30 * 86_400_000,
  deadMs: 90 * 86_400_000,
  manifestsMs: 30 * 86_400_000,
  /**
   * Most dedupe keys of a session; the oldest are forgotten before their time. Platforms send a message again for about
   * a day, and two keys a message make this 25,000 messages: one every 3.5 s all day. The inbox knows the newest by
   * their ids besides.
   */
  dedupeKeysMax: 50_000,
  /** Newest delivered messages, sent parts and ended turns of a session, each; older ones go before their time. */
  settledMax: 5_000,
  /** Newest failed messages and dead parts of a session, each; beyond it the oldest go before their time. */
  deadMax: 10_000,
  /** How often a session looks for rows whose time is over. */
  sweepEveryMs: 86_400_000,
  /** Messages of a session after which it looks for rows beyond their number; so many more may be there. */
  sweepEveryMessages: 256,
  /** Rows that one sweep removes of one kind; another one follows at once for the rest. */
  sweepRowsMax: 1_000,
} as const;

/** Bounds of the agent's workspace and prompt. */
export const WORKSPACE_BOUNDS = {
  /** Largest file that is kept, in bytes; a write beyond it is refused with a clear tool result. */
  fileMaxBytes: 5_242_880,
  /** Most files of one space; a write beyond it is refused. */
  filesMax: 2_000,
  /** Characters of one workspace file that enter the prompt; the rest is cut with a visible marker. */
  injectFileMax: 20_000,
  /** The same for USER.md. */
  injectUserMax: 4_000,
  /** Characters of all workspace files together that enter the prompt. */
  injectTotalMax: 60_000,
  /** Lines and bytes that one `read` returns. */
  readLinesMax: 2_000,
  readBytesMax: 51_200,
  /** Tries to move a workspace head that others move too; then the work is saved under a named branch. */
  headTriesMax: 8,
  /** Session-store entries above this many bytes go to blobs. */
  entryMaxBytes: 307_200,
} as const;

/** Bounds of one conversation's transcript and of what is kept of it for a model. */
export const TRANSCRIPT_BOUNDS = {
  /** Lines of one page of an export, in bytes; a single longer line is a page of its own. */
  pageMaxBytes: 1_000_000,
  /** Entries, and bytes, of a transcript that is brought in; more is refused. Below `RUNTIME_BOUNDS.invocationMaxBytes`. */
  entriesMax: 20_000,
  importMaxBytes: 12_000_000,
  /** Instructions after `/compact`; the rest is cut. UTF-16 units. */
  instructionsMax: 2_000,
  /** Longest name of a conversation. UTF-16 units. */
  nameMax: 80,
} as const;

/** Bounds of the agent process and the AgentCore wire (quota page of 2026-09-26). */
export const RUNTIME_BOUNDS = {
  /** Payload each way, in bytes. */
  payloadMaxBytes: 104_857_600,
  /** Largest `/invocations` body the agent accepts, in bytes. */
  invocationMaxBytes: 16_777_216,
  sessionIdMin: 33,
  sessionIdMax: 256,
  /** Model steps in one turn; then the turn ends with what it has. */
  stepsMax: 100,
  /** Events of one turn kept in memory for a re-attaching edge. */
  eventsKeptMax: 2_000,
  /** The same in text, UTF-16 units; the oldest go when there is more. */
  eventsKeptMaxChars: 4_000_000,
  /**
   * How far a turn's fence may lie above the last one the agent's store has seen; beyond it the turn is refused. Above
   * `TURN_BOUNDS.grantJumpMax`, with room for grants that never reached the agent.
   */
  fenceJumpMax: 1_000_000,
} as const;
