/**
 * Operating failures: one small hierarchy whose types say whether trying again can help.
 * `name` is a field because only own fields survive Durable Object RPC: across it test `code`, never `instanceof`.
 */

export type ErrorOptions = { readonly cause?: unknown; readonly retryAfterMs?: number };

/** Whom a platform asks for a pause: the bot in all its chats, or only what goes to this one. */
export type PauseScope = "bot" | "chat";

/** Base of all operating failures. `retry` is `never` (final) or `after` (try again, not before `retryAfterMs`). */
export class ClawError<Code extends string = string> extends Error {
  override readonly name: string = "ClawError";
  readonly code: Code;
  readonly retry: "never" | "after";
  readonly retryAfterMs: number | undefined;

  constructor(code: Code, retry: "never" | "after", message: string, options: ErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retry = retry;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** One thing wrong with the settings: which variable, what is wrong, what to do. Never the value of a secret. */
export type ConfigProblem = { readonly variable: string; readonly problem: string };

/** The settings cannot be used; lists all problems at once. */
export class ConfigError extends ClawError<"config_invalid"> {
  override readonly name = "ConfigError";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super("config_invalid", "never", problems.map((p) => `${p.variable}: ${p.problem}`).join("; "));
    this.problems = problems;
  }
}

export type ChannelErrorCode =
  /** The platform understood and said no, as it always will. */
  | "channel_refused"
  /** 429: the request was not carried out. */
  | "channel_rate_limited"
  /** The request was never written, or turned away before it was read: nothing can have happened. */
  | "channel_unreachable"
  /** The request was written and no answer came: it may have happened. */
  | "channel_outcome_unknown";

/** A chat platform did not take a message. */
export class ChannelError extends ClawError<ChannelErrorCode> {
  override readonly name = "ChannelError";
  readonly channel: string;
  readonly method: string;
  /** Of `channel_rate_limited`. */
  readonly scope: PauseScope;

  constructor(
    code: ChannelErrorCode,
    at: { readonly channel: string; readonly method: string },
    message: string,
    options: ErrorOptions & { readonly scope?: PauseScope } = {},
  ) {
    super(code, code === "channel_refused" ? "never" : "after", message, options);
    this.channel = at.channel;
    this.method = at.method;
    this.scope = options.scope ?? "bot";
  }
}

export type AgentErrorCode =
  /** 400, 401, 403, 404: the request is wrong and stays wrong. */
  | "agent_refused"
  /** 402, 429: too much at once. */
  | "agent_throttled"
  /** 409: the session is being started or torn down. */
  | "agent_conflict"
  /** 424, 5xx, connection refused. */
  | "agent_unavailable"
  /** The stream ended without `final` or `error`. */
  | "agent_stream_broken"
  /** STS gave a session that ends earlier than asked for. */
  | "credentials_short"
  /** The edge's clock and that of AWS do not agree. */
  | "clock_off";

/** What trying again does not change. */
const FINAL: readonly AgentErrorCode[] = ["agent_refused", "credentials_short", "clock_off"];

/** AgentCore did not run a turn, or stopped in the middle. */
export class AgentError extends ClawError<AgentErrorCode> {
  override readonly name = "AgentError";
  /** HTTP status, absent when no answer came. */
  readonly status: number | undefined;

  constructor(code: AgentErrorCode, message: string, options: ErrorOptions & { readonly status?: number } = {}) {
    super(code, FINAL.includes(code) ? "never" : "after", message, options);
    this.status = options.status;
  }
}

export type StorageErrorCode =
  /** A later fence has been seen: this turn may commit nothing any more. */
  | "storage_fence_lost"
  /** The fence is further above the last one than grants can have brought it (`RUNTIME_BOUNDS.fenceJumpMax`). */
  | "storage_fence_refused"
  | "storage_unavailable"
  /** What is stored cannot be read, and trying again will not help. */
  | "storage_damaged"
  /** The database was written by a newer release. */
  | "storage_schema_newer";

/** State could not be read or written. */
export class StorageError extends ClawError<StorageErrorCode> {
  override readonly name = "StorageError";

  constructor(code: StorageErrorCode, message: string, options: ErrorOptions = {}) {
    super(code, code === "storage_unavailable" ? "after" : "never", message, options);
  }
}
