/**
 * `POST /agent/rpc`: what a running turn asks of the edge. Who asks is told by a token alone, and whether the turn still
 * runs by its lane; nothing is changed before both are known. docs/agent-rpc.md.
 */
import type { Context } from "hono";
import * as v from "valibot";
import { type RpcRefusalCode, type RpcReply, type RpcRequest, rpcRequest } from "../protocol/agent-rpc.ts";
import { readBounded } from "../protocol/bounded-body.ts";
import { RPC_BOUNDS } from "../protocol/own-work-bounds.ts";
import { err, ok, type Result } from "../protocol/result.ts";
import { readConfig } from "./config.ts";
import { answerCredentials } from "./credentials/answer-credentials.ts";
import { log } from "./log.ts";
import { agentDirectory, jobScheduler } from "./objects.ts";

type Refusal = Extract<RpcReply, { ok: false }>["error"];

const STATUS: Readonly<Record<RpcRefusalCode, number>> = {
  token_bad: 401,
  token_expired: 401,
  verb_not_allowed: 403,
  fence_lost: 409,
  call_mismatch: 409,
  malformed_call: 400,
  too_many_calls: 429,
  refused: 422,
  unavailable: 503,
};

const MESSAGES: Readonly<Record<Exclude<RpcRefusalCode, "refused">, string>> = {
  token_bad: "The token is missing, or not one of ours.",
  token_expired: "The token has expired.",
  verb_not_allowed: "This turn may not do that.",
  fence_lost: "The turn is over, or was passed on.",
  call_mismatch: "The id of the call was used for something else.",
  malformed_call: "The body must be one call, as JSON.",
  unavailable: "There are no credentials just now.",
  too_many_calls: `This turn has asked for credentials ${String(RPC_BOUNDS.credentialsPerTurnMax)} times; it may no more.`,
};

/** Claims and mac in base64url, as ours are; anything else costs no call to the directory. */
const BEARER = /^bearer +([\w-]{1,4000}\.[\w-]{43})$/i;
/** Places that are named of a malformed call. */
const PROBLEMS_MAX = 5;

/** Carries out one call of a turn of `agent`. */
export async function answerAgentCall(c: Context<{ Bindings: Env }>, agent: string): Promise<Response> {
  const token = BEARER.exec(c.req.header("authorization") ?? "")?.[1];
  if (token === undefined) return refuse("token_bad");
  const body = await readBody(c.req.raw);
  if (!body.ok) return Response.json({ error: body.error }, { status: body.error === "too_large" ? 413 : 400 });
  const config = readConfig(c.env);
  const admission = await agentDirectory(c.env, agent, config).checkCall(token, verbOf(body.value));
  if (admission.kind === "refused") return refuse(admission.code);
  const call = readCall(c.req.raw, body.value);
  if (!call.ok) return refuse("malformed_call", call.error);
  const { claims, session } = admission;
  const request = call.value;
  const reply =
    request.verb === "credentials"
      ? await answerCredentials(config, claims.conversation, Date.now())
      : await jobScheduler(c.env, agent, config).call({ claims, request, session });
  const { conversation, turnId: turn, fence } = claims;
  const outcome = reply.ok ? "done" : reply.error.code;
  log("info", "agent_called", { conversation, turn, fence, verb: request.verb, outcome });
  return reply.ok ? answer(reply, 200) : refuse(reply.error.code, reply.error.message);
}

/** The body as JSON; undefined if it is none. `broken`: the connection ended in the middle. */
async function readBody(request: Request): Promise<Result<unknown, "too_large" | "broken">> {
  if (Number(request.headers.get("content-length") ?? 0) > RPC_BOUNDS.bodyMaxBytes) return err("too_large");
  try {
    return ok(parseJson(await readBounded(request, RPC_BOUNDS.bodyMaxBytes)));
  } catch (error) {
    return err(error instanceof RangeError ? "too_large" : "broken");
  }
}

function parseJson(text: string): unknown {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson()), text);
  return parsed.success ? parsed.output : undefined;
}

/** What is asked for, as it was written; null: it says nothing of the kind. */
function verbOf(body: unknown): string | null {
  const read = v.safeParse(v.object({ verb: v.string() }), body);
  return read.success ? read.output.verb : null;
}

/** The call, or what is wrong with it: places, never what stands there. */
function readCall(request: Request, body: unknown): Result<RpcRequest, string> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(?:;|$)/i.test(type)) return err("The body must be application/json.");
  const parsed = v.safeParse(rpcRequest, body, { abortPipeEarly: true });
  if (parsed.success) return ok(parsed.output);
  const places = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? "body"}: ${issue.type}`);
  return err([...new Set(places)].slice(0, PROBLEMS_MAX).join("; "));
}

function refuse(code: RpcRefusalCode, message = code === "refused" ? "" : MESSAGES[code]): Response {
  const error: Refusal = { code, message };
  return answer({ ok: false, error }, STATUS[code]);
}

/** No cache in between keeps what a token has brought. */
function answer(reply: RpcReply, status: number): Response {
  const headers = { "cache-control": "no-store", ...(status === 401 && { "www-authenticate": "Bearer" }) };
  return Response.json(reply, { status, headers });
}
