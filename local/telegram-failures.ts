/** What it means for polling that a call failed: what to say of it, and how long to wait. Pure. */
import { assertNever } from "../protocol/assert.ts";
import { backoffMs } from "../protocol/backoff.ts";
import { errorText } from "./log.ts";
import { TelegramRefusal } from "./telegram-api.ts";
import { printableLine } from "./terminal-text.ts";

/** Bounds of what follows a failure. Polling never ends by itself: whatever is wrong may be put right. */
export const POLLING_FAILURE_BOUNDS = {
  /** First and longest pause after a failure, doubled each time; Telegram's retry_after overrides both. */
  retryFirstMs: 250,
  retryMaxMs: 30_000,
  /** The same refusal of token or bot so often in a row is taken seriously: it is said, and asked again seldom. */
  refusalsMax: 4,
  refusedFirstMs: 60_000,
  refusedMaxMs: 300_000,
} as const;

export type PollingFailure = {
  /** `passing`: mends itself. `lasting`: somebody has to do something. */
  readonly kind: "passing" | "lasting";
  readonly level: "warn" | "error";
  /** For people; null while there is nothing to say yet. */
  readonly problem: string | null;
  readonly waitMs: number;
};

/** The refusals that somebody has to do something about, if they last: a wrong token, a second program. */
type LastingStatus = 401 | 404 | 409;

/** The failures in a row. */
export class PollingFailures {
  #count = 0;
  #refusals = 0;
  #refused: LastingStatus | null = null;

  /** What this failure means after those before it. */
  add(error: unknown): PollingFailure {
    this.#count += 1;
    const status = error instanceof TelegramRefusal && isLasting(error.status) ? error.status : null;
    this.#refusals = status !== null && status === this.#refused ? this.#refusals + 1 : 1;
    this.#refused = status;
    if (status === null) return { kind: "passing", level: "warn", ...explain(error, this.#count) };
    const level = status === 409 ? "warn" : "error";
    const beyond = this.#refusals - POLLING_FAILURE_BOUNDS.refusalsMax;
    // A token that is being replaced or a program that is just ending is no news.
    if (beyond < 0)
      return { kind: "lasting", level, problem: null, waitMs: backoffMs(this.#count, POLLING_FAILURE_BOUNDS) };
    const { refusedFirstMs, refusedMaxMs } = POLLING_FAILURE_BOUNDS;
    const waitMs = backoffMs(beyond + 1, { retryFirstMs: refusedFirstMs, retryMaxMs: refusedMaxMs });
    return { kind: "lasting", level, problem: problemOf(status), waitMs };
  }

  /** A call worked: the row has ended. */
  end(): void {
    this.#count = 0;
    this.#refused = null;
  }
}

function isLasting(status: number): status is LastingStatus {
  return status === 401 || status === 404 || status === 409;
}

function problemOf(status: LastingStatus): string {
  switch (status) {
    case 401:
    case 404:
      return "does not know this TELEGRAM_BOT_TOKEN (copy it again from @BotFather)";
    case 409:
      return "another program polls this bot, or it has a webhook; only one of them gets its messages";
    default:
      return assertNever(status);
  }
}

function explain(error: unknown, count: number): Pick<PollingFailure, "problem" | "waitMs"> {
  if (!(error instanceof TelegramRefusal))
    return { problem: printableLine(errorText(error)), waitMs: backoffMs(count, POLLING_FAILURE_BOUNDS) };
  const { status, message, retryAfterMs } = error;
  const said = printableLine(message);
  const problem = status === 0 ? `cannot be reached (${said})` : `refuses (${status} ${said})`;
  return { problem, waitMs: retryAfterMs ?? backoffMs(count, POLLING_FAILURE_BOUNDS) };
}
