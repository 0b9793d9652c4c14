/**
 * Calls the edge for a running turn. A call is tried again under the same id, so that it is carried out once; its token is
 * only ever in a header, never in an error or a log.
 */
import * as v from "valibot";
import type { RpcRequest } from "../../../protocol/agent-rpc.ts";
import { backoffMs } from "../../../protocol/backoff.ts";
import { readBounded } from "../../../protocol/bounded-body.ts";
import type { Grants } from "../../../protocol/invocation.ts";
import { RPC_BOUNDS } from "../../../protocol/own-work-bounds.ts";

/** What came of a call. `unknown`: the edge has not answered, so it may have been carried out or not. */
export type EdgeReply =
  | { readonly kind: "done"; readonly result: unknown }
  | { readonly kind: "refused"; readonly code: string; readonly message: string }
  | { readonly kind: "unknown" };

/** Never throws. Gives up when `signal` aborts. */
export type CallEdge = (request: RpcRequest, signal: AbortSignal) => Promise<EdgeReply>;

export type EdgePorts = {
  /** What the newest invocation of the turn has brought: a resume brings a newer token. */
  readonly grant: () => Grants["edge"];
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
};

/** `again`: it was not carried out, or nobody knows; the same call may be made again. */
type Attempt = EdgeReply | { readonly kind: "again"; readonly reply: EdgeReply };

const { triesMax, timeoutMs, replyMaxBytes } = RPC_BOUNDS;

/** Refusals that a newer token ends: another instance has taken the turn over, and brings one. */
const WAITS_FOR_TOKEN: readonly string[] = ["fence_lost", "token_expired"];

const reply = v.variant("ok", [
  v.object({ ok: v.literal(true), result: v.unknown() }),
  v.object({ ok: v.literal(false), error: v.object({ code: v.string(), message: v.string() }) }),
]);

const UNKNOWN = { kind: "unknown" } as const;

/** Makes the way to the edge of one turn. */
export function createEdgeClient({ grant, sleep }: EdgePorts): CallEdge {
  return async (request, signal) => {
    for (let tries = 1; ; tries += 1) {
      const attempt = await callOnce(grant(), request, signal);
      if (attempt.kind !== "again") return attempt;
      if (tries >= triesMax || signal.aborted) return attempt.reply;
      await sleep(backoffMs(tries, RPC_BOUNDS), signal);
    }
  };
}

async function callOnce(grant: Grants["edge"], request: RpcRequest, signal: AbortSignal): Promise<Attempt> {
  if (grant === undefined)
    return { kind: "refused", code: "no_edge", message: "The edge takes no calls of this turn." };
  try {
    const response = await fetch(grant.url, {
      method: "POST",
      headers: { authorization: `Bearer ${grant.token}`, "content-type": "application/json" },
      body: JSON.stringify(request),
      // To wherever that leads, the token is not to go.
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    return understand(response.status, await readBounded(response, replyMaxBytes));
  } catch {
    return { kind: "again", reply: UNKNOWN };
  }
}

function understand(status: number, body: string): Attempt {
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), reply), body);
  if (!read.success) return status >= 500 || status === 429 ? { kind: "again", reply: UNKNOWN } : strange(status);
  if (read.output.ok) return { kind: "done", result: read.output.result };
  const { code, message } = read.output.error;
  const refused = { kind: "refused", code, message } as const;
  return WAITS_FOR_TOKEN.includes(code) ? { kind: "again", reply: refused } : refused;
}

/** Nothing that a Worker of ours says. */
function strange(status: number): Attempt {
  return { kind: "refused", code: "strange_answer", message: `The edge answered ${String(status)} and no reply.` };
}
