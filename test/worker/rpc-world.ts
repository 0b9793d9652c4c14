/** Calls of running turns to the edge, for tests: a turn with its token, and what is answered to it. */
import { env, exports } from "cloudflare:workers";
import { expect } from "vitest";
import { isTurnId, type TurnId } from "../../protocol/ids.ts";
import type { JobView } from "../../protocol/jobs.ts";
import { formatConversationKey, formatSessionKey } from "../../protocol/session-key.ts";
import { directory, OWNER_DM } from "./directory-world.ts";

export const MAIN = formatConversationKey({ kind: "main", agent: "main" });
export const JOB_SESSION = formatSessionKey({ agent: "main", channel: "job", chatKind: "direct", chatId: "brief" });
export const JOB_RUN = formatConversationKey({ kind: "job", agent: "main", jobId: "brief", runId: "1" });

let serial = 0;
/** A name that no other test has. */
export const unique = (name: string) => `${name}-${String((serial += 1)).padStart(4, "0")}`;

export function turnId(): TurnId {
  const id = unique("turn-rpc");
  return isTurnId(id) ? id : expect.fail(id);
}

export type Turn = {
  readonly turnId: TurnId;
  readonly fence: number;
  readonly token: string;
  readonly conversation: string;
};

/** Begins a turn of the owner's conversation, as its session does. */
export async function begin(id = turnId(), session = OWNER_DM): Promise<Turn> {
  await directory().revokeTurn(MAIN);
  const reply = await directory().beginTurn(MAIN, id, session, 0);
  if (reply.kind !== "granted") return expect.fail(reply.kind);
  return { turnId: id, fence: reply.fence, token: reply.edgeToken, conversation: MAIN };
}

export type Answer = { readonly status: number; readonly body: Record<string, unknown>; readonly code: unknown };

export async function post(token: string | null, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await exports.default.fetch("https://claw.test/agent/rpc", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const read: Record<string, unknown> = await response.json();
  const error = read["error"];
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : error;
  return { status: response.status, body: read, code };
}

export function adding(name: string, callId = unique("call-add")) {
  const schedule = { kind: "at", at: "1h" };
  return { verb: "cron.add", callId, job: { name, schedule, payload: { kind: "reminder", text: `do ${name}` } } };
}

export async function jobNamed(name: string): Promise<readonly JobView[]> {
  const jobs = await env.JOB_SCHEDULER.getByName("main").listJobs();
  return jobs.filter((job) => job.name === name);
}
