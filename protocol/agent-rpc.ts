/** `POST /agent/rpc`: what a running turn may ask of the edge. One verb a call; a call id is carried out once. */
import * as v from "valibot";
import { jobInput, jobPatch } from "./jobs.ts";
import { RPC_BOUNDS } from "./own-work-bounds.ts";

const callId = v.pipe(v.string(), v.regex(/^[\w.:-]{8,200}$/));
const limit = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(RPC_BOUNDS.runsShownMax));
const jobId = v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,40}$/));

export const rpcRequest = v.variant("verb", [
  v.strictObject({ verb: v.literal("cron.status"), callId }),
  v.strictObject({ verb: v.literal("cron.list"), callId, includeDisabled: v.optional(v.boolean()) }),
  v.strictObject({ verb: v.literal("cron.add"), callId, job: jobInput }),
  v.strictObject({ verb: v.literal("cron.update"), callId, jobId, patch: jobPatch }),
  v.strictObject({ verb: v.literal("cron.remove"), callId, jobId }),
  v.strictObject({ verb: v.literal("cron.run"), callId, jobId }),
  v.strictObject({ verb: v.literal("cron.runs"), callId, jobId: v.optional(jobId), limit: v.optional(limit) }),
  /** An event for the heartbeat: at once, or with the next one. */
  v.strictObject({
    verb: v.literal("cron.wake"),
    callId,
    text: v.pipe(v.string(), v.trim(), v.minLength(1)),
    mode: v.optional(v.picklist(["now", "next-heartbeat"])),
  }),
]);

export type RpcRequest = v.InferOutput<typeof rpcRequest>;
export type RpcVerb = RpcRequest["verb"];

export const RPC_VERBS = [
  "cron.status",
  "cron.list",
  "cron.add",
  "cron.update",
  "cron.remove",
  "cron.run",
  "cron.runs",
  "cron.wake",
] as const satisfies readonly RpcVerb[];

/** Whether a verb changes nothing. */
export function isRead(verb: RpcVerb): boolean {
  return verb === "cron.status" || verb === "cron.list" || verb === "cron.runs";
}

/**
 * What a token says, under an HMAC: `base64url(JSON claims) + "." + base64url(mac)`. It is good while the lane of the
 * conversation is held with that fence by that turn.
 */
export type RpcClaims = {
  readonly agent: string;
  readonly conversation: string;
  readonly turnId: string;
  readonly fence: number;
  readonly verbs: readonly RpcVerb[];
  /** Epoch ms. */
  readonly expiresAt: number;
};

/** Why a call is refused. 401: the token; 403: the verb; 409: the turn is over; 4xx else: what was asked. */
export type RpcRefusalCode =
  | "token_bad"
  | "token_expired"
  | "verb_not_allowed"
  | "fence_lost"
  | "malformed_call"
  /** The call id was used for something else. */
  | "call_mismatch"
  | "too_many_calls"
  | "refused";

export type RpcReply =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: { readonly code: RpcRefusalCode; readonly message: string } };
