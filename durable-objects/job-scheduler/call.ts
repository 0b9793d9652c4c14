/** A call of a running turn: carried out once, whatever is repeated. Who may call is settled before. */
import {
  isRead,
  type RpcClaims,
  type RpcRefusalCode,
  type RpcReply,
  type CronRequest,
} from "../../protocol/agent-rpc.ts";
import type { JobRefusal } from "../../protocol/jobs.ts";
import { RPC_BOUNDS } from "../../protocol/own-work-bounds.ts";
import type { Result } from "../../protocol/result.ts";
import type { SessionKey } from "../../protocol/session-key.ts";
import { prepareDeed } from "./call-verbs.ts";
import { type Call, countCalls, findCall, storeCall } from "./calls.ts";
import { digestOf } from "./digest.ts";
import type { SchedulerContext } from "./scheduler-context.ts";

export type CallOrder = {
  readonly claims: RpcClaims;
  readonly request: CronRequest;
  /** Where the turn is. */
  readonly session: SessionKey;
};

/** Answers a call. Of what changes anything, effect and reply are one transaction, so of many equal calls one has an effect and all have its reply. */
export async function answerCall(
  scheduler: SchedulerContext,
  { claims, request, session }: CallOrder,
  clock: () => number,
): Promise<RpcReply> {
  const { callId, ...asked } = request;
  if (isRead(request.verb)) {
    // It changes nothing, so it can be answered anew, and nothing is kept of it.
    const look = await prepareDeed(scheduler, request, session);
    return replyOf(look.ok ? look.value(clock()) : look);
  }
  // The table is also that of chats and of the admin API, whose names no turn can take.
  const call = { callId: `rpc:${callId}`, turnId: claims.turnId, digest: await digestOf(asked) };
  const known = settled(scheduler.sql, call);
  if (known) return known;
  const deed = await prepareDeed(scheduler, request, session);
  return scheduler.transact(() => {
    // Another copy of the call may have been faster.
    const answered = settled(scheduler.sql, call);
    if (answered) return answered;
    const now = clock();
    const reply = replyOf(deed.ok ? deed.value(now) : deed);
    storeCall(scheduler.sql, call, reply, now);
    return reply;
  });
}

/** The reply to a call that is not to be carried out (again); null: it is. */
function settled(sql: SqlStorage, call: Call): RpcReply | null {
  const known = findCall(sql, call);
  switch (known.kind) {
    case "answered":
      return known.reply;
    case "other":
      return refusal("call_mismatch", "The id of the call was used for something else.");
    case "new":
      return countCalls(sql, call.turnId) < RPC_BOUNDS.callsPerTurnMax
        ? null
        : refusal("too_many_calls", `A turn may make ${String(RPC_BOUNDS.callsPerTurnMax)} calls.`);
  }
}

function replyOf(done: Result<unknown, JobRefusal>): RpcReply {
  return done.ok ? { ok: true, result: done.value } : refusal("refused", done.error.message);
}

function refusal(code: RpcRefusalCode, message: string): RpcReply {
  return { ok: false, error: { code, message } };
}
