/**
 * One call of one model. What it does before its first word is held back, so that a call that failed leaves no trace and
 * another one can be made in its place; from its first word on everything is passed on as it comes.
 */
import {
  type AssistantMessage,
  type AssistantMessageEvent,
  type AssistantMessageEventStream,
  isContextOverflow,
  type ProviderResponse,
  type SimpleStreamOptions,
  type TranscriptContext,
} from "@earendil-works/pi-ai";
import { LOOP_BOUNDS } from "../bounds.ts";
import type { Candidate } from "./candidates.ts";
import type { Cause } from "./causes.ts";
import { defectOf, type RawArguments } from "./defects.ts";
import { DeltaMerger } from "./delta-merger.ts";
import { failedMessage } from "./failed-message.ts";
import { causeOfFailure } from "./failure.ts";
import { CALL_BOUNDS, type CallBounds, Hangup } from "./hangup.ts";
import { HeldEvents, type Send } from "./held-events.ts";
import type { OpenModel } from "./providers.ts";
import { retryAfterOf } from "./retry-after.ts";

/** A call that came to nothing. `error` has what its provider reported of it. */
export type FailedCall = {
  readonly cause: Cause;
  readonly error: AssistantMessage;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
};

export type CallOutcome =
  | { readonly kind: "answered" }
  /** Nothing was passed on. With `answer` the model has answered, but nothing. */
  | { readonly kind: "failed"; readonly failed: FailedCall; readonly answer?: readonly AssistantMessageEvent[] }
  /** Words were passed on; the end is still to be. */
  | { readonly kind: "broke_off"; readonly failed: FailedCall };

export type CallPorts = { readonly open: OpenModel; readonly now: () => number; readonly bounds?: CallBounds };

/** Makes the call and passes its answer on. Never throws. */
export async function callModel(
  { open, now, bounds = CALL_BOUNDS }: CallPorts,
  candidate: Candidate,
  context: TranscriptContext,
  options: SimpleStreamOptions,
  send: Send,
): Promise<CallOutcome> {
  const response: { status?: number; retryAfterMs?: number | undefined } = {};
  const onResponse: NonNullable<SimpleStreamOptions["onResponse"]> = async (answer, model) => {
    response.status = answer.status;
    response.retryAfterMs = isRefused(answer) ? retryAfterOf(answer.headers, now()) : undefined;
    if (!isRefused(answer)) await options.onResponse?.(answer, model);
  };
  const call = new Hangup(options.signal, bounds);
  const merger = new DeltaMerger(send);
  const failed = (error: AssistantMessage, known?: Cause): FailedCall => {
    const { status, retryAfterMs } = response;
    return { cause: known ?? call.cause ?? causeOfFailure(error, status), error, status, retryAfterMs };
  };
  try {
    const stream = open(candidate, context, { ...options, maxRetries: 0, signal: call.signal, onResponse });
    return await pump({ stream, context, call, send: (event) => merger.push(event), failed, candidate });
  } catch (error) {
    return { kind: "failed", failed: failed(thrown(candidate, error)) };
  } finally {
    call.end();
    merger.close();
  }
}

type Pump = {
  readonly stream: AssistantMessageEventStream;
  readonly context: TranscriptContext;
  readonly call: Hangup;
  readonly send: Send;
  readonly failed: (error: AssistantMessage, known?: Cause) => FailedCall;
  readonly candidate: Candidate;
};

async function pump({ stream, context, call, send, failed, candidate }: Pump): Promise<CallOutcome> {
  const held = new HeldEvents(send);
  const raw = new Map<number, string>();
  let textLeft: number = LOOP_BOUNDS.callTextMax;
  const fail = (error: AssistantMessage, known?: Cause): CallOutcome =>
    held.isOpen
      ? { kind: "broke_off", failed: failed(error, known) }
      : { kind: "failed", failed: failed(error, known) };
  const events = stream[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([events.next(), call.gone]);
    if (next === "gone" || next.done) return fail(thrown(candidate, BROKEN_OFF));
    const event = next.value;
    call.alive();
    switch (event.type) {
      case "error":
        return fail(event.error);
      case "done": {
        const fault = faultOf(event.message, raw, context, candidate);
        if (fault === "empty" && !held.isOpen)
          return { kind: "failed", failed: failed(event.message, fault), answer: [...held.events, event] };
        if (fault === "malformed" || fault === "overflow") return fail(event.message, fault);
        held.open();
        send(event);
        return { kind: "answered" };
      }
      case "toolcall_delta":
        raw.set(event.contentIndex, (raw.get(event.contentIndex) ?? "") + event.delta);
        held.push(event);
        break;
      case "text_delta":
        textLeft -= event.delta.length;
        if (textLeft < 0) {
          held.open();
          send({ ...event, delta: event.delta.slice(0, textLeft) });
          send({ type: "done", reason: "length", message: cutMessage(event.partial) });
          return { kind: "answered" };
        }
        if (event.delta.trim() !== "") held.open();
        held.push(event);
        break;
      default:
        held.push(event);
    }
  }
}

/** A stream that simply stops would keep pi waiting. */
const BROKEN_OFF = new Error("the stream ended without the end of its answer");

/** What is wrong with a whole answer. Some providers cut a request silently that fills the window, and say nothing. */
function faultOf(
  message: AssistantMessage,
  raw: RawArguments,
  context: TranscriptContext,
  { model }: Candidate,
): ReturnType<typeof defectOf> | "overflow" {
  const isOverfull = message.stopReason === "length" && isContextOverflow(message, model.contextWindow);
  return isOverfull ? "overflow" : defectOf(message, raw, context);
}

function isRefused({ status }: ProviderResponse): boolean {
  return status >= 400;
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

function thrown(candidate: Candidate, error: unknown): AssistantMessage {
  const errorMessage = error instanceof Error ? error.message : String(error);
  return failedMessage(candidate, { stopReason: "error", errorMessage });
}
