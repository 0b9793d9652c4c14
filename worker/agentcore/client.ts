/**
 * The edge's client of AgentCore Runtime: one signed POST per invocation, answered by an event stream or one JSON
 * value. It repeats only calls that AgentCore turned away while starting or stopping the session; everything else is
 * thrown with a code that tells the session what to do.
 */
import * as v from "valibot";
import { TURN_BOUNDS } from "../../protocol/bounds.ts";
import { AgentError } from "../../protocol/errors.ts";
import type {
  AbortInvocation,
  AbortReply,
  ApproveInvocation,
  AwsCredentials,
  ForgetInvocation,
  ForgetReply,
  ImportInvocation,
  ImportReply,
  Invocation,
  QueryInvocation,
  QueryReply,
  ResumeInvocation,
  SteerInvocation,
  SteerReply,
  TurnInvocation,
} from "../../protocol/invocation.ts";
import type { TurnEvent } from "../../protocol/turn-event.ts";
import { readBounded } from "../../protocol/bounded-body.ts";
import { within } from "./deadline.ts";
import { readTurnEvents } from "./event-stream.ts";
import { abortReply, callRefused, forgetReply, importReply, queryReply, steerReply } from "./replies.ts";
import { conflictPauseMs, judgeRefusal } from "./retry-policy.ts";
import { createSigner, type Signer } from "./signer.ts";

export type RuntimeTarget = {
  /** `https://bedrock-agentcore.<region>.amazonaws.com`, or a stand-in. */
  readonly endpoint: string;
  readonly region: string;
  readonly arn: string;
  /** The runtime's endpoint name, `DEFAULT` for the latest version. */
  readonly qualifier: string;
  readonly credentials: AwsCredentials;
};

export interface RuntimeClient {
  /**
   * Runs a turn or joins a running one; yields its events in order and returns after `final` or `error`.
   * Throws only `AgentError`, `agent_stream_broken` when the stream is cut, silent, or ended by `signal`.
   */
  stream(
    sessionId: string,
    invocation: TurnInvocation | ResumeInvocation | ApproveInvocation,
    signal: AbortSignal,
  ): AsyncIterable<TurnEvent>;
  /** These throw only `AgentError`, and within `TURN_BOUNDS.callTimeoutMs`. */
  steer(sessionId: string, invocation: SteerInvocation): Promise<SteerReply>;
  abort(sessionId: string, invocation: AbortInvocation): Promise<AbortReply>;
  query(sessionId: string, invocation: QueryInvocation): Promise<QueryReply>;
  /** The same within `LONG_CALL_TIMEOUT_MS`. */
  forget(sessionId: string, invocation: ForgetInvocation): Promise<ForgetReply>;
  importTranscript(sessionId: string, invocation: ImportInvocation): Promise<ImportReply>;
  /** Ends the runtime session and all its streams. A session that is not there counts as stopped. */
  stop(sessionId: string): Promise<void>;
}

const SESSION_HEADER = "x-amzn-bedrock-agentcore-runtime-session-id";
/** Largest JSON answer that is read, in bytes: a whole workspace file, escaped. */
const REPLY_MAX_BYTES = 16_777_216;
/** What touches all of a space takes its time: S3 deletes at most 1,000 objects at a time, a table takes few rows at once. */
const LONG_CALL_TIMEOUT_MS = 90_000;
/** Most of an error body that is read; AWS answers `{"message"}`. */
const ERROR_MAX_BYTES = 8_192;

type Call = {
  readonly operation: "invocations" | "stopruntimesession";
  readonly accept: string;
  readonly sessionId: string;
  readonly body: string;
  readonly signal: AbortSignal;
};

/** Makes a client of one runtime. Cheap; keep it, for it remembers the derived signing key. */
export function createRuntimeClient(target: RuntimeTarget): RuntimeClient {
  const sign = createSigner({ service: "bedrock-agentcore", ...target });
  const send = (call: Call) => sendUntilTaken(sign, target, call);

  async function call<T>(
    sessionId: string,
    invocation: Invocation,
    schema: v.GenericSchema<unknown, T>,
    timeoutMs: number = TURN_BOUNDS.callTimeoutMs,
  ): Promise<T> {
    const signal = AbortSignal.timeout(timeoutMs);
    const body = JSON.stringify(invocation);
    const response = await send({ operation: "invocations", accept: "application/json", sessionId, body, signal });
    return readReply(response, schema);
  }

  return {
    stream: (sessionId, invocation, signal) => stream(send, sessionId, invocation, signal),
    steer: (sessionId, invocation) => call(sessionId, invocation, steerReply),
    abort: (sessionId, invocation) => call(sessionId, invocation, abortReply),
    query: (sessionId, invocation) => call(sessionId, invocation, queryReply),
    forget: (sessionId, invocation) => call(sessionId, invocation, forgetReply, LONG_CALL_TIMEOUT_MS),
    importTranscript: (sessionId, invocation) => call(sessionId, invocation, importReply, LONG_CALL_TIMEOUT_MS),
    async stop(sessionId) {
      const signal = AbortSignal.timeout(TURN_BOUNDS.callTimeoutMs);
      const body = JSON.stringify({ clientToken: crypto.randomUUID() });
      try {
        const response = await send({
          operation: "stopruntimesession",
          accept: "application/json",
          sessionId,
          body,
          signal,
        });
        await response.body?.cancel();
      } catch (error) {
        if (!(error instanceof AgentError && error.status === 404)) throw error;
      }
    },
  };
}

async function* stream(
  send: (call: Call) => Promise<Response>,
  sessionId: string,
  invocation: Invocation,
  signal: AbortSignal,
): AsyncGenerator<TurnEvent, void> {
  const opening = new AbortController();
  const sending = send({
    operation: "invocations",
    accept: "text/event-stream",
    sessionId,
    body: JSON.stringify(invocation),
    signal: AbortSignal.any([signal, opening.signal]),
  });
  const silenceMs = TURN_BOUNDS.streamSilenceMs;
  const silent = () => new AgentError("agent_stream_broken", "the runtime did not answer");
  const response = await within(silenceMs, sending, silent).catch((error: unknown) => {
    opening.abort();
    throw error;
  });
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
    await readReply(response, v.never()); // throws: a refusal, or something that is no answer to a turn
  } else if (response.body === null) {
    throw new AgentError("agent_stream_broken", "the stream has no body");
  } else {
    yield* readTurnEvents(response.body, silenceMs);
  }
}

/** Sends a call, and again while the session is being started or torn down. Resolves with a 200 only. */
async function sendUntilTaken(sign: Signer, target: RuntimeTarget, call: Call): Promise<Response> {
  for (let tries = 1; ; tries++) {
    const response = await sendOnce(sign, target, call);
    if (response.status === 200) return response;
    const refusal = { status: response.status, errorType: response.headers.get("x-amzn-errortype") };
    const { code, repeatNow } = judgeRefusal(refusal);
    const message = await readErrorMessage(response);
    const pauseMs = repeatNow ? conflictPauseMs(tries, Math.random()) : null;
    if (pauseMs === null || call.signal.aborted) {
      const name = refusal.errorType?.split(":")[0] ?? "no error type";
      throw new AgentError(code, `AgentCore answered ${refusal.status} ${name}: ${message}`, {
        status: refusal.status,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

async function sendOnce(sign: Signer, target: RuntimeTarget, call: Call): Promise<Response> {
  const path = `/runtimes/${encodeURIComponent(target.arn)}/${call.operation}`;
  const signed = await sign(
    {
      url: `${target.endpoint}${path}?qualifier=${encodeURIComponent(target.qualifier)}`,
      headers: { "content-type": "application/json", accept: call.accept, [SESSION_HEADER]: call.sessionId },
      body: call.body,
    },
    Date.now(), // each try anew: a signature is good for five minutes
  );
  try {
    return await fetch(signed.url, { ...signed.init, redirect: "manual", signal: call.signal });
  } catch (error) {
    const why = call.signal.aborted ? "the call was given up" : "the runtime cannot be reached";
    throw new AgentError("agent_unavailable", why, { cause: error });
  }
}

async function readReply<T>(response: Response, schema: v.GenericSchema<unknown, T>): Promise<T> {
  const json = await readJson(response, REPLY_MAX_BYTES);
  const refused = v.safeParse(callRefused, json);
  if (refused.success) {
    const { code, message } = refused.output.error;
    throw new AgentError("agent_refused", `the agent refused: ${code}: ${message}`, { status: response.status });
  }
  const reply = v.safeParse(schema, json);
  if (!reply.success) throw new AgentError("agent_unavailable", "the agent's answer could not be understood");
  return reply.output;
}

/** The message of an AWS error body, or nothing: a body is not worth an error of its own. */
async function readErrorMessage(response: Response): Promise<string> {
  const body = v.object({ message: v.string() });
  const parsed = v.safeParse(body, await readJson(response, ERROR_MAX_BYTES).catch(() => null));
  return parsed.success ? parsed.output.message.slice(0, 500) : "";
}

async function readJson(response: Response, maxBytes: number): Promise<unknown> {
  try {
    return JSON.parse(await readBounded(response, maxBytes));
  } catch (error) {
    throw new AgentError("agent_unavailable", "the answer was cut or is not JSON", { cause: error });
  }
}
