/** AgentCore Runtime's data plane for one runtime: InvokeAgentRuntime and StopRuntimeSession. */
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { AGENT_TOKEN } from "../../../protocol/agent-token.ts";
import { AwsError } from "../aws-error.ts";
import type { EndingFault, FaultRules } from "../faults.ts";
import { strikeBefore } from "../strike.ts";
import { type AwsRequest, header } from "../request.ts";
import { type AgentProcessSettings, startAgentProcess } from "./agent-process.ts";
import { forward } from "./forward.ts";
import { type PooledProcess, ProcessPool } from "./process-pool.ts";
import { inTransition, type RuntimeSession, type SessionRules } from "./runtime-session.ts";
import { SessionTable } from "./session-table.ts";
import { readTarget, type RuntimeIdentity, SESSION_HEADER } from "./target.ts";
import { type AgentVersion, Versions, type VersionSource } from "./versions.ts";

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

export type ProcessView = {
  readonly pid: number;
  readonly session: string | null;
  readonly phase: string;
  /** Of the runtime. */
  readonly version: string;
};

type Invoke = {
  readonly request: AwsRequest;
  readonly response: ServerResponse;
  readonly sessionId: string;
  /** Of a session that has to be started. */
  readonly version: AgentVersion;
  readonly requestId: string;
};

export class AgentRuntime {
  readonly #options: RuntimeOptions;
  readonly #versions: Versions;
  readonly #pool: ProcessPool;
  readonly #sessions: SessionTable;
  #processCount = 0;

  constructor(options: RuntimeOptions) {
    this.#options = options;
    this.#versions = new Versions(options);
    const start = (version: AgentVersion, signal: AbortSignal) => this.#startProcess(version, signal);
    this.#pool = new ProcessPool({ ...options, start, wanted: this.#versions.wanted });
    this.#sessions = new SessionTable({ ...options, pool: this.#pool, sessionMax: options.processMax });
  }

  /** Resolves when the first spare is healthy; rejects when the agent does not start. */
  open(): Promise<void> {
    return this.#pool.open();
  }

  /** Makes a version, to which `DEFAULT` leads from now on. Sessions that run stay as they are. Returns its number. */
  publish(source: VersionSource): string {
    const { number } = this.#versions.publish(source);
    this.#pool.want(this.#versions.wanted);
    return number;
  }

  /** Makes an endpoint, or leads its new sessions to another version. Throws if there is no such version. */
  pointEndpoint(name: string, version: string): void {
    this.#versions.pointEndpoint(name, version);
    this.#pool.want(this.#versions.wanted);
  }

  /** Answers one verified request. Throws `AwsError` when there is no answer of the agent to pass on. */
  async answer(request: AwsRequest, response: ServerResponse, requestId: string): Promise<CallOutcome> {
    const { operation, sessionId, qualifier } = readTarget(request, this.#options);
    const version = this.#versions.resolve(qualifier);
    const faults = this.#options.faults.take({ operation, sessionId, body: request.body });
    await strikeBefore(faults, "bedrock-agentcore");
    const ending = faults.find((fault) => fault.kind === "cut" || fault.kind === "kill" || fault.kind === "orphan");
    return operation === "invoke"
      ? this.#invoke({ request, response, sessionId, version, requestId }, ending)
      : this.#stop(response, sessionId, requestId);
  }

  /** All living processes that are ready, belong to a session or were lost by one. */
  processes(): readonly ProcessView[] {
    const unused = (phase: string) => (process: PooledProcess) => ({
      pid: process.pid,
      session: null,
      phase,
      version: process.version,
    });
    const spares = this.#pool.spares().map(unused("spare"));
    const orphans = this.#pool.orphans().map(unused("orphan"));
    const sessions = this.#sessions
      .all()
      .map(({ id, phase, version, process }) => ({ pid: process?.pid ?? 0, session: id, phase, version }));
    return [...spares, ...sessions.filter(({ pid }) => pid !== 0), ...orphans];
  }

  /** Ends everything; agents get their grace time. */
  async close(): Promise<void> {
    const sparesGone = this.#pool.close();
    const sessionsGone = this.#sessions.all().map((session) => session.stop("closing"));
    await Promise.all([sparesGone, ...sessionsGone]);
  }

  async #invoke(
    { request, response, sessionId, version, requestId }: Invoke,
    ending: EndingFault | undefined,
  ): Promise<CallOutcome> {
    const session = await this.#sessions.open(sessionId, version);
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

  async #startProcess({ number, ...source }: AgentVersion, signal: AbortSignal): Promise<PooledProcess> {
    this.#processCount += 1;
    const workDir = join(this.#options.workRoot, `${process.pid}-${this.#processCount}`);
    const started = await startAgentProcess({ ...this.#options, ...source, workDir }, signal);
    return { ...started, version: number };
  }
}

/** The session answers 409 until its process is gone, as AgentCore's does for up to 15 s. */
async function stopInBackground(session: RuntimeSession): Promise<void> {
  await session.stop("requested");
}
