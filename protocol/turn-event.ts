/**
 * What a running turn tells the edge, in the order of its life: accepted, snapshot or deltas, tools, final or error.
 * One event per SSE message. `seq` rises by one per event of a turn in one process; after a restart it begins anew
 * with `accepted` and `snapshot`. A stream without `final` or `error` at its end was cut.
 */
import * as v from "valibot";
import { spent } from "./budget.ts";
import { err, ok, type Result } from "./result.ts";
import { count, fence, inboundId, turnId } from "./schema.ts";

const usage = v.object({
  model: v.string(),
  inputTokens: count,
  outputTokens: count,
  cacheReadTokens: count,
  cacheWriteTokens: count,
  costUsd: v.pipe(v.number(), v.minValue(0)),
});

/** A file of the workspace that goes out with the answer; its content is the blob of that hash in the turn's space. */
export const answerFile = v.object({
  kind: v.picklist(["photo", "video", "audio", "voice", "document"]),
  name: v.string(),
  mimeType: v.string(),
  hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  bytes: count,
});

/** A choice that the person is offered; pressing it says `value`. */
export const answerButton = v.object({ label: v.string(), value: v.string() });

const common = { turnId, fence, seq: count } as const;

const event = v.variant("kind", [
  /** The turn is in the session store: from here on it survives the process. */
  v.object({ kind: v.literal("accepted"), ...common }),
  /** The whole text so far; replaces what was shown. */
  v.object({
    kind: v.literal("snapshot"),
    ...common,
    text: v.string(),
    /** As `final` will have it, as far as it is known. */
    replyTo: v.optional(inboundId),
    /** The messages that the transcript of this turn holds so far, as far as it is known. */
    consumed: v.optional(v.array(inboundId)),
  }),
  /** More text, to be appended. Never durable. */
  v.object({ kind: v.literal("delta"), ...common, text: v.string() }),
  v.object({
    kind: v.literal("tool"),
    ...common,
    callId: v.string(),
    name: v.string(),
    status: v.picklist(["started", "finished", "failed"]),
  }),
  /** The turn ended because a call needs a person's yes. */
  v.object({ kind: v.literal("approval"), ...common, callId: v.string(), tool: v.string(), summary: v.string() }),
  /**
   * `usage`: of one model call; of none when a turn is gone on with. `total`: of all of this turn, those of earlier runs
   * included.
   */
  v.object({
    kind: v.literal("usage"),
    ...common,
    usage,
    total: v.optional(spent),
  }),
  v.object({ kind: v.literal("ping"), ...common }),
  /** The answer. `consumed` names every message that it covers, steered ones included. Repeatable by `resume`. */
  v.object({
    kind: v.literal("final"),
    ...common,
    text: v.string(),
    consumed: v.array(inboundId),
    files: v.optional(v.array(answerFile)),
    /** Rows of buttons under the text. */
    buttons: v.optional(v.array(v.array(answerButton))),
    workspace: v.object({ head: v.string(), heartbeatHash: v.nullable(v.string()) }),
    /** The message that the model wants its answer to be a reply to; absent: the first of the turn. */
    replyTo: v.optional(inboundId),
    /** How full the model's window is after this turn, and how often the conversation was summarised. */
    context: v.optional(v.object({ tokens: count, windowTokens: count, compactions: count })),
  }),
  /** The turn is over without an answer. `retry: after` means that resuming it can help. */
  v.object({
    kind: v.literal("error"),
    ...common,
    code: v.string(),
    message: v.string(),
    retry: v.picklist(["never", "after"]),
    /** With `fence_lost`: the fence that was seen instead. */
    passedBy: v.optional(fence),
    /** With `budget_short`: what the next model call takes at least. */
    needs: v.optional(v.object({ microUsd: count, tokens: count })),
    /** With `model_failed`: the provider did not take the key. */
    keyRefused: v.optional(v.literal(true)),
  }),
]);

export type TurnEvent = v.InferOutput<typeof event>;
export type FinalEvent = Extract<TurnEvent, { kind: "final" }>;
export type ContextUse = NonNullable<FinalEvent["context"]>;
export type AnswerFile = v.InferOutput<typeof answerFile>;
export type AnswerButton = v.InferOutput<typeof answerButton>;
export type Usage = v.InferOutput<typeof usage>;

/** Distributes over the union, so that each kind keeps its own fields. */
type WithoutCommon<E> = E extends unknown ? Omit<E, "turnId" | "fence" | "seq"> : never;
/** An event as the agent loop makes it, before the stream adds turn id, fence and sequence number. */
export type TurnEventBody = WithoutCommon<TurnEvent>;

/** Reads the data of one SSE message. Never throws. */
export function parseTurnEvent(data: string): Result<TurnEvent, "malformed_event"> {
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch {
    return err("malformed_event");
  }
  const parsed = v.safeParse(event, json);
  return parsed.success ? ok(parsed.output) : err("malformed_event");
}
