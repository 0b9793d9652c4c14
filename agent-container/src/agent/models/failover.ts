/**
 * One model call over several candidates. What has not yet produced a word can be tried again, first with the same
 * model and then with the next; once words were shown, a failure is passed on and pi repeats the whole call.
 */
import {
  type AssistantMessage,
  type AssistantMessageEvent,
  type AssistantMessageEventStream,
  createAssistantMessageEventStream,
  isContextOverflow,
  isRetryableAssistantError,
  retryDelayMs,
  type SimpleStreamOptions,
  type TranscriptContext,
} from "@earendil-works/pi-ai";
import { LOOP_BOUNDS } from "../bounds.ts";
import type { Candidate, Candidates } from "./candidates.ts";
import type { Cooldowns } from "./cooldowns.ts";
import { DeltaMerger } from "./delta-merger.ts";
import { describeFailure, isRefusal } from "./failure.ts";
import type { OpenModel } from "./providers.ts";
import { shortenTexts } from "./shorten-texts.ts";
import { withoutPictures } from "./without-pictures.ts";

/** Bounds of one call. Together they keep a turn without any working model well under ten seconds per candidate. */
export const FAILOVER_BOUNDS = {
  /** Tries of one candidate when its failure looks passing. */
  triesMax: 3,
  retry: { baseDelayMs: 400, maxAgentDelayMs: 2_000 },
  /** A call that sends nothing for this long is given up. */
  silenceMs: 120_000,
  /** Longest text of a transcript that was too long, as shares of the model's window; the next is tried if needed. */
  textShares: [1 / 4, 1 / 32],
} as const;

export type Failover = {
  readonly candidates: Candidates;
  readonly cooldowns: Cooldowns;
  readonly open: OpenModel;
  readonly now: () => number;
  /** Resolves after `ms`, or at once when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  /** In place of `FAILOVER_BOUNDS.textShares`; none: a transcript that is too long is the caller's to shorten. */
  readonly textShares?: readonly number[];
};

/** A stream that simply stops would keep pi waiting. */
const BROKEN_OFF = new Error("the stream ended without the end of its answer");

type Attempt =
  | { readonly kind: "forwarded"; readonly failed: boolean }
  /** Nothing was shown yet. */
  | { readonly kind: "failed"; readonly error: AssistantMessage };

/** Starts the call; never throws, failures are in the stream. */
export function streamWithFailover(
  failover: Failover,
  context: TranscriptContext,
  options: SimpleStreamOptions,
): AssistantMessageEventStream {
  const out = createAssistantMessageEventStream();
  void run(failover, context, options, out);
  return out;
}

async function run(
  failover: Failover,
  context: TranscriptContext,
  options: SimpleStreamOptions,
  out: AssistantMessageEventStream,
): Promise<void> {
  const { contextWindow } = failover.candidates[0].model;
  let failure = await tryCandidates(failover, context, options, out);
  for (const share of failover.textShares ?? FAILOVER_BOUNDS.textShares) {
    if (failure === null || !isContextOverflow(failure, contextWindow)) break;
    const shorter = shortenTexts(context, contextWindow * share);
    if (shorter !== null) failure = await tryCandidates(failover, shorter, options, out);
  }
  if (failure !== null) end(out, failure);
}

/** Null when something was forwarded; else why it was not: what is final, or the failure of the first candidate. */
async function tryCandidates(
  failover: Failover,
  context: TranscriptContext,
  options: SimpleStreamOptions,
  out: AssistantMessageEventStream,
): Promise<AssistantMessage | null> {
  let failure: AssistantMessage | null = null;
  for (const candidate of failover.cooldowns.order(failover.candidates, failover.now())) {
    const error = await tryCandidate(failover, candidate, context, options, out);
    if (error === null || isFinal(error, candidate, options)) return error;
    failover.cooldowns.fail(candidate.name, failover.now());
    failure ??= { ...error, errorMessage: describeFailure(candidate.name, error) };
  }
  return failure;
}

/** Null when the answer, or a failure after the first word, was forwarded. */
async function tryCandidate(
  failover: Failover,
  candidate: Candidate,
  wholeContext: TranscriptContext,
  options: SimpleStreamOptions,
  out: AssistantMessageEventStream,
): Promise<AssistantMessage | null> {
  let context = wholeContext;
  for (let tries = 1; ; tries += 1) {
    const attempt = await forward(failover.open, candidate, context, options, out);
    if (attempt.kind === "forwarded") {
      // Pi will repeat the whole call; another candidate then comes first.
      if (attempt.failed) failover.cooldowns.fail(candidate.name, failover.now());
      else failover.cooldowns.succeed(candidate.name);
      return null;
    }
    const { error } = attempt;
    if (isFinal(error, candidate, options)) return error;
    const plain = isRetryableAssistantError(error) ? context : withoutPictures(context);
    if (plain === null) return error;
    context = plain;
    if (tries === FAILOVER_BOUNDS.triesMax) return error;
    await failover.sleep(retryDelayMs(FAILOVER_BOUNDS.retry, tries), options.signal);
  }
}

/** Another try or another model would not help: the turn was stopped, refused, or has first to be shortened. */
function isFinal(error: AssistantMessage, candidate: Candidate, options: SimpleStreamOptions): boolean {
  if (options.signal?.aborted === true || isRefusal(error)) return true;
  return isContextOverflow(error, candidate.model.contextWindow);
}

async function forward(
  open: OpenModel,
  candidate: Candidate,
  context: TranscriptContext,
  options: SimpleStreamOptions,
  out: AssistantMessageEventStream,
): Promise<Attempt> {
  const call = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, call.signal]) : call.signal;
  const timer = setTimeout(() => {
    call.abort();
  }, FAILOVER_BOUNDS.silenceMs);
  const merger = new DeltaMerger((event) => {
    out.push(event);
  });
  try {
    const stream = open(candidate, context, { ...options, maxRetries: 0, signal });
    return await pump(
      stream,
      merger,
      () => timer.refresh(),
      (error) => asFailure(error ?? failedMessage(candidate, BROKEN_OFF), candidate, options.signal),
    );
  } catch (error) {
    return { kind: "failed", error: failedMessage(candidate, error) };
  } finally {
    clearTimeout(timer);
    merger.close();
    // A model that still speaks is not listened to any more.
    call.abort();
  }
}

/** Copies the events. `start` is held back until a word follows, so that a failed try leaves no trace. */
async function pump(
  stream: AssistantMessageEventStream,
  out: Pick<AssistantMessageEventStream, "push">,
  alive: () => void,
  failureOf: (error: AssistantMessage | undefined) => AssistantMessage,
): Promise<Attempt> {
  let held: AssistantMessageEvent | undefined;
  let shown = false;
  let textLeft: number = LOOP_BOUNDS.callTextMax;
  const fail = (reason: AssistantMessage | undefined): Attempt => {
    const error = failureOf(reason);
    if (!shown) return { kind: "failed", error };
    end(out, error);
    return { kind: "forwarded", failed: !isRefusal(error) };
  };
  for await (const event of stream) {
    alive();
    if (event.type === "error") return fail(event.error);
    if (event.type === "start") {
      held = event;
      continue;
    }
    if (held !== undefined) out.push(held);
    held = undefined;
    shown = true;
    if (event.type === "text_delta") textLeft -= event.delta.length;
    if (event.type === "text_delta" && textLeft < 0) {
      out.push({ ...event, delta: event.delta.slice(0, textLeft) });
      out.push({ type: "done", reason: "length", message: cutMessage(event.partial) });
      return { kind: "forwarded", failed: false };
    }
    out.push(event);
    if (event.type === "done") return { kind: "forwarded", failed: false };
  }
  return fail(undefined);
}

/** The message of a call that is hung up for its length: its text as far as it may go, and no calls of tools. */
function cutMessage(partial: AssistantMessage): AssistantMessage {
  let left: number = LOOP_BOUNDS.callTextMax;
  const content = partial.content.flatMap((block) => {
    if (block.type !== "text" || left === 0) return [];
    const text = block.text.slice(0, left);
    left -= text.length;
    return [{ type: "text" as const, text }];
  });
  return { ...partial, content, stopReason: "length" };
}

/** A call that we cut for its silence reports itself as aborted; to pi only a stopped turn may be. */
function asFailure(error: AssistantMessage, { name }: Candidate, stopped: AbortSignal | undefined): AssistantMessage {
  if (isRefusal(error)) return { ...error, stopReason: "error", errorMessage: describeFailure(name, error) };
  if (error.stopReason !== "aborted" || stopped?.aborted === true) return error;
  return { ...error, stopReason: "error", errorMessage: "timeout: the model sent nothing" };
}

function end(out: Pick<AssistantMessageEventStream, "push">, error: AssistantMessage): void {
  out.push({ type: "error", reason: error.stopReason === "aborted" ? "aborted" : "error", error });
}

function failedMessage({ model }: Candidate, error: unknown): AssistantMessage {
  return {
    role: "assistant",
    content: [],
    api: model.api,
    provider: model.provider,
    model: model.id,
    usage: {
      input: 0,
      output: 0,
      cacheRead: 0,
      cacheWrite: 0,
      totalTokens: 0,
      cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 },
    },
    stopReason: "error",
    errorMessage: error instanceof Error ? error.message : String(error),
    timestamp: Date.now(),
  };
}
