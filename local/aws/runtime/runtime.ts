/** AgentCore Runtime's data plane for one runtime: InvokeAgentRuntime and StopRuntimeSession. */
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { AGENT_TOKEN } from "../../../protocol/agent-token.ts";
import { AwsError } from "../aws-error.ts";
import type { EndingFault, FaultRules } from "../faults.ts";
import { strikeBefore } from "../strike.ts";
import { type AwsRequest, header } from "../request.ts";
import { type AgentProcess, type AgentProcessSettings, startAgentProcess } from "./agent-process.ts";
import { forward } from "./forward.ts";
import { ProcessPool } from "./process-pool.ts";
import { inTransition, type RuntimeSession, type SessionRules } from "./runtime-session.ts";
import { SessionTable } from "./session-table.ts";
import { readTarget, type RuntimeIdentity, SESSION_HEADER } from "./target.ts";

export type RuntimeOptions = RuntimeIdentity &
  SessionRules &
  Omit<AgentProcessSettings, "workDir"> & {
    readonly faults: FaultRules;
    readonly processMax: number;
    readonly spares: number;
    /** Each process gets a folder of its own in it. */
    readonly workRoot: string;
    readonly newSessionsPerSecondMax: number;
    /** Request headers that reach the agent, in lower case; all others are dropped, as AgentCore does. */
    readonly requestHeaderAllowlist: readonly string[];
  };

/** How a call went, for the log. */
export type CallOutcome = {
  readonly operation: string;
  readonly session: string;
  readonly end: "complete" | "cut";
  readonly bytes: number;
};

export type ProcessView = { readonly pid: number; readonly session: string | null; readonly phase: string };

export class AgentRuntime {
  readonly #options: RuntimeOptions;
  readonly #pool: ProcessPool;
  readonly #sessions: SessionTable;
  #processCount = 0;

  constructor(options: RuntimeOptions) {
    this.#options = options;
    this.#pool = new ProcessPool({ ...options, start: (signal) => this.#startProcess(signal) });
    this.#sessions = new SessionTable({ ...options, pool: this.#pool, sessionMax: options.processMax });
  }

  /** Resolves when the first spare is healthy; rejects when the agent does not start. */
  open(): Promise<void> {
    return this.#pool.open();
  }

  /** Answers one verified request. Throws `AwsError` when there is no answer of the agent to pass on. */
  async answer(request: AwsRequest, response: ServerResponse, requestId: string): Promise<CallOutcome> {
    const { operation, sessionId } = readTarget(request, this.#options);
    const faults = this.#options.faults.take({ operation, sessionId, body: request.body });
    await strikeBefore(faults, "bedrock-agentcore");
    const ending = faults.find((fault) => fault.kind === "cut" || fault.kind === "kill" || fault.kind === "orphan");
    return operation === "invoke"
      ? this.#invoke(request, response, sessionId, requestId, ending)
      : this.#stop(response, sessionId, requestId);
  }

  /** All living processes that are ready, belong to a session or were lost by one. */
  processes(): readonly ProcessView[] {
    const spares = this.#pool.spares().map(({ pid }) => ({ pid, session: null, phase: "spare" }));
    const orphans = this.#pool.orphans().map(({ pid }) => ({ pid, session: null, phase: "orphan" }));
    const sessions = this.#sessions
      .all()
      .map(({ id, phase, process }) => ({ pid: process?.pid ?? 0, session: id, phase }));
    return [...spares, ...sessions.filter(({ pid }) => pid !== 0), ...orphans];
  }

  /** Ends everything; agents get their grace time. */
  async close(): Promise<void> {
    const sparesGone = this.#pool.close();
    const sessionsGone = this.#sessions.all().map((session) => session.stop("closing"));
    await Promise.all([sparesGone, ...sessionsGone]);
  }

  async #invoke(
    request: AwsRequest,
    response: ServerResponse,
    sessionId: string,
    requestId: string,
    ending: EndingFault | undefined,
  ): Promise<CallOutcome> {
    const session = await this.#sessions.open(sessionId);
    const operation = "InvokeAgentRuntime";
    if (response.destroyed) return { operation, session: sessionId, end: "cut", bytes: 0 }; // it did not wait
    let cutCall = () => {};
    const { process, leave } = session.enter({ cut: () => cutCall() });
    const forwarding = forward({
      port: process.port,
      headers: { ...this.#agentHeaders(request, sessionId, requestId), [AGENT_TOKEN.header]: process.token },
      body: request.body,
      response,
      responseHeaders: { [SESSION_HEADER]: sessionId, "x-amzn-requestid": requestId },
      ...(ending && { cut: { at: ending, onCut: () => this.#strikeAfter(ending, session) } }),
    });
    cutCall = forwarding.cut;
    try {
      const { end, bytes } = await forwarding.done;
      return { operation, session: sessionId, end, bytes };
    } finally {
      leave();
    }
  }

  async #stop(response: ServerResponse, sessionId: string, requestId: string): Promise<CallOutcome> {
    const session = this.#sessions.find(sessionId);
    if (!session || session.phase === "stopping") {
      throw new AwsError(404, "ResourceNotFoundException", "no active session of that id");
    }
    if (session.phase === "starting") throw inTransition();
    void stopInBackground(session);
    response.writeHead(200, {
      "content-type": "application/json",
      [SESSION_HEADER]: sessionId,
      "x-amzn-requestid": requestId,
    });
    response.end("{}");
    return { operation: "StopRuntimeSession", session: sessionId, end: "complete", bytes: 2 };
  }

  #strikeAfter({ kind }: EndingFault, session: RuntimeSession): void {
    if (kind === "kill") session.process?.kill();
    if (kind !== "orphan") return;
    const orphan = session.loseProcess();
    if (orphan) this.#pool.disown(orphan);
  }

  #agentHeaders(request: AwsRequest, sessionId: string, requestId: string): Record<string, string> {
    const passed = ["content-type", "accept", ...this.#options.requestHeaderAllowlist];
    const headers: Record<string, string> = {};
    for (const name of passed) {
      const value = header(request, name);
      if (value !== undefined) headers[name] = value;
    }
    headers[SESSION_HEADER] = sessionId;
    headers["x-amzn-bedrock-agentcore-runtime-request-id"] = requestId;
    return headers;
  }

  #startProcess(signal: AbortSignal): Promise<AgentProcess> {
    this.#processCount += 1;
    const workDir = join(this.#options.workRoot, `${process.pid}-${this.#processCount}`);
    return startAgentProcess({ ...this.#options, workDir }, signal);
  }
}

/** The session answers 409 until its process is gone, as AgentCore's does for up to 15 s. */
async function stopInBackground(session: RuntimeSession): Promise<void> {
  await session.stop("requested");
}
