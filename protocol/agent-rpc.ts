/** `POST /agent/rpc`: what a running turn may ask of the edge. One verb a call; a call id is carried out once. */
import * as v from "valibot";
import { awsCredentials } from "./invocation.ts";
import { jobInput, jobPatch } from "./jobs.ts";
import { RPC_BOUNDS } from "./own-work-bounds.ts";

const callId = v.pipe(v.string(), v.regex(/^[\w.:-]{8,200}$/));
const limit = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(RPC_BOUNDS.runsShownMax));
const jobId = v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,40}$/));

/** What `JobScheduler` carries out. */
export const cronRequest = v.variant("verb", [
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

export const rpcRequest = v.variant("verb", [
  cronRequest,
  /** Newer credentials for the data of the turn's space; answered by the Worker itself. */
  v.strictObject({ verb: v.literal("credentials"), callId }),
]);

export type CronRequest = v.InferOutput<typeof cronRequest>;
export type CronVerb = CronRequest["verb"];
export type RpcRequest = v.InferOutput<typeof rpcRequest>;
export type RpcVerb = RpcRequest["verb"];

export const CRON_VERBS = [
  "cron.status",
  "cron.list",
  "cron.add",
  "cron.update",
  "cron.remove",
  "cron.run",
  "cron.runs",
  "cron.wake",
] as const satisfies readonly CronVerb[];

export const RPC_VERBS = [...CRON_VERBS, "credentials"] as const satisfies readonly RpcVerb[];

/** The result of `credentials`. They take the place of those in `grants.blobs`. */
export const freshCredentials = v.object({
  credentials: awsCredentials,
  expiresAt: v.pipe(v.number(), v.safeInteger()),
  /** They are those of Bedrock as well. */
  forBedrock: v.boolean(),
});

export type FreshCredentials = v.InferOutput<typeof freshCredentials>;

/** Whether a verb changes nothing. */
export function isRead(verb: CronVerb): boolean {
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

/** Why a call is refused. 401: the token; 403: the verb; 409: the turn is over; 4xx else: what was asked; 503: later. */
export type RpcRefusalCode =
  | "token_bad"
  | "token_expired"
  | "verb_not_allowed"
  | "fence_lost"
  | "malformed_call"
  /** The call id was used for something else. */
  | "call_mismatch"
  | "too_many_calls"
  | "refused"
  /** There are no credentials just now; the call can be made again. */
  | "unavailable";

export type RpcReply =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: { readonly code: RpcRefusalCode; readonly message: string } };
