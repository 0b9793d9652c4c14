/**
 * The container's HTTP face: `POST /invocations` and `GET /ping`. A non-2xx would reach the edge as a bare 424, so
 * only what the platform itself guarantees (caller, path, size, session id) is refused by status.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { AGENT_TOKEN } from "../../../protocol/agent-token.ts";
import { RUNTIME_BOUNDS } from "../../../protocol/bounds.ts";
import { assertNever } from "../../../protocol/assert.ts";
import { type CallRefused, type Invocation, parseInvocation } from "../../../protocol/invocation.ts";
import { thrownError } from "../turn/turn-error.ts";
import type { Subscriber } from "../turn/turn-log.ts";
import { openEventStream } from "./event-stream.ts";
import { bringsToken, type Gate, isCalledByName } from "./gate.ts";
import { Ping } from "./ping.ts";
import { readBody } from "./read-body.ts";

const SESSION_HEADER = "x-amzn-bedrock-agentcore-runtime-session-id";

type StreamInvocation = Extract<Invocation, { kind: "turn" | "resume" | "approve" }>;
type CallInvocation = Exclude<Invocation, StreamInvocation>;

/** What the server hands invocations to. */
export interface Agent {
  /** Called before anything else of the first invocation of this process. */
  firstInvocation(): void;
  /** Sends the turn's events; returns how to let go of them. */
  join(invocation: StreamInvocation, subscriber: Subscriber): Promise<() => void>;
  /** Resolves when no turn runs for the invocation's conversation any more. */
  settled(invocation: StreamInvocation): Promise<void>;
  call(invocation: CallInvocation): Promise<object>;
  now(): number;
  log(line: { readonly event: string; readonly [field: string]: unknown }): void;
}

/** Makes the server; it does not listen yet. */
export function createAgentServer(agent: Agent, gate: Gate): Server {
  const ping = new Ping();
  let sessionId: string | undefined;

  async function invoke(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!bringsToken(request.headers, gate)) {
      turnAway(response, 401, "token_wrong", `the header ${AGENT_TOKEN.header} does not bring this process's token`);
      return;
    }
    const session = request.headers[SESSION_HEADER];
    if (typeof session !== "string" || session.length < RUNTIME_BOUNDS.sessionIdMin) {
      refuse(response, 400, "session_id_missing", `the header ${SESSION_HEADER} is required`);
      return;
    }
    if (sessionId !== undefined && session !== sessionId) {
      refuse(response, 400, "session_id_changed", "this process belongs to another session");
      return;
    }
    const body = await readBody(request, RUNTIME_BOUNDS.invocationMaxBytes);
    if (!body.ok) {
      refuse(
        response,
        413,
        "body_too_large",
        `the body is larger than ${String(RUNTIME_BOUNDS.invocationMaxBytes)} bytes`,
      );
      return;
    }
    if (sessionId === undefined) agent.firstInvocation();
    sessionId = session;
    const invocation = parseInvocation(parseJson(body.value));
    if (!invocation.ok) {
      refuse(response, 200, invocation.error.code, invocation.error.problems.join("; "));
      return;
    }
    await dispatch(invocation.value, response);
  }

  async function dispatch(invocation: Invocation, response: ServerResponse): Promise<void> {
    const end = ping.begin(agent.now());
    try {
      switch (invocation.kind) {
        case "turn":
        case "resume":
        case "approve": {
          const detach = await agent.join(invocation, openEventStream(response));
          response.once("close", detach);
          await agent.settled(invocation);
          return;
        }
        case "steer":
        case "abort":
        case "query":
        case "forget":
        case "import":
          reply(response, 200, await call(invocation));
          return;
        default:
          assertNever(invocation);
      }
    } finally {
      end(agent.now());
    }
  }

  async function call(invocation: CallInvocation): Promise<object> {
    try {
      return await agent.call(invocation);
    } catch (error) {
      const { code, message } = thrownError(error);
      agent.log({ event: "call_failed", kind: invocation.kind, code });
      return { error: { code, message } } satisfies CallRefused;
    }
  }

  return createServer((request, response) => {
    const { method, url, headers } = request;
    if (!isCalledByName(headers, gate)) {
      turnAway(response, 421, "host_unknown", "this process serves 127.0.0.1 and localhost alone");
    } else if (method === "GET" && url === "/ping") {
      reply(response, 200, ping.body);
    } else if (method === "POST" && url === "/invocations") {
      invoke(request, response).catch((error: unknown) => {
        agent.log({ event: "invocation_failed", error: error instanceof Error ? error.name : "unknown" });
        response.destroy();
      });
    } else {
      refuse(response, 404, "not_found", "only POST /invocations and GET /ping are served");
    }
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Refuses who has no business here: nothing more of the request is read. */
function turnAway(response: ServerResponse, status: number, code: string, message: string): void {
  response.setHeader("connection", "close");
  refuse(response, status, code, message);
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  reply(response, status, { error: { code, message } } satisfies CallRefused);
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
