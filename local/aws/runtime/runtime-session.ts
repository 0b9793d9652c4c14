/**
 * One runtime session: a name, one agent process, and the rules for when it ends. Calls inside a session are not
 * serialised, as on AgentCore: that is the edge's task.
 */
import { AwsError } from "../aws-error.ts";
import { RUNTIME_STAND_IN_BOUNDS as BOUNDS } from "../bounds.ts";
import type { Log } from "../log.ts";
import type { AgentProcess } from "./agent-process.ts";
import { beginLiveness, type BusyWithoutTime, countInvocation, isAtRest, isIdle, observePing } from "./liveness.ts";

export type SessionRules = {
  readonly idleTimeoutMs: number;
  readonly maxLifetimeMs: number;
  readonly busyWithoutTime: BusyWithoutTime;
  readonly log: Log;
};

export type StopReason = "requested" | "idle" | "max_lifetime" | "unhealthy" | "evicted" | "closing";

/** A call in progress, so that ending the session can cut it. */
export type InFlight = { readonly cut: () => void };

export class RuntimeSession {
  readonly id: string;
  /** The version of the runtime that it began with, and keeps. */
  readonly version: string;
  /** Settles once the process is gone, whatever the reason. */
  readonly ended: Promise<void>;
  readonly #rules: SessionRules;
  readonly #ended = Promise.withResolvers<void>();
  readonly #inFlight = new Set<InFlight>();
  #phase: "starting" | "running" | "stopping" = "starting";
  #process: AgentProcess | undefined;
  #liveness = beginLiveness(Date.now());
  #pingFailures = 0;
  #timers: NodeJS.Timeout[] = [];
  /** Asks the agent soon after its last call whether it is at rest. */
  readonly #restCheck = setTimeout(() => void this.#look(), BOUNDS.restCheckMs).unref();

  constructor(id: string, version: string, rules: SessionRules) {
    this.id = id;
    this.version = version;
    this.#rules = rules;
    this.ended = this.#ended.promise;
  }

  get phase(): "starting" | "running" | "stopping" {
    return this.#phase;
  }

  get process(): AgentProcess | undefined {
    return this.#process;
  }

  /** Epoch ms of the last sign of work. */
  get activeAt(): number {
    return this.#liveness.activeAt;
  }

  /** Runs, and nothing goes on in it. */
  get isAtRest(): boolean {
    return this.#phase === "running" && isAtRest(this.#liveness);
  }

  /** Gives the session its process; from here its lifetime counts. */
  begin(process: AgentProcess): void {
    const { idleTimeoutMs, maxLifetimeMs, log } = this.#rules;
    this.#process = process;
    this.#phase = "running";
    this.#liveness = beginLiveness(Date.now());
    void process.exited.then(() => {
      if (this.#process === process) this.#finish();
    });
    const pingEveryMs = Math.min(BOUNDS.pingEveryMs, idleTimeoutMs / 3);
    this.#timers = [
      setInterval(() => void this.#look(), pingEveryMs).unref(),
      setTimeout(() => void this.stop("max_lifetime"), maxLifetimeMs).unref(),
    ];
    log({ event: "session_started", session: this.id, version: this.version, pid: process.pid });
  }

  /** The process that was to be had did not start. */
  fail(): void {
    this.#phase = "stopping";
    this.#finish();
  }

  /** Counts a call in; the result counts it out. Throws 409 while the session is being started or torn down. */
  enter(call: InFlight): { process: AgentProcess; leave: () => void } {
    if (this.#phase !== "running" || !this.#process) throw inTransition();
    this.#inFlight.add(call);
    this.#liveness = countInvocation(this.#liveness, 1, Date.now());
    const leave = () => {
      if (!this.#inFlight.delete(call)) return;
      this.#liveness = countInvocation(this.#liveness, -1, Date.now());
      if (this.#inFlight.size === 0) this.#restCheck.refresh(); // it may be needed to make room
    };
    return { process: this.#process, leave };
  }

  /** Ends the session: its streams at once, its process within the grace time. Settles when it is gone. */
  async stop(reason: StopReason): Promise<void> {
    if (this.#phase === "running" && this.#process) {
      this.#phase = "stopping";
      this.#rules.log({ event: "session_stopping", session: this.id, reason });
      for (const call of this.#inFlight) call.cut();
      await this.#process.stop();
    }
    await this.ended;
  }

  /** Ends the session at once and leaves its process alive; whoever takes it has to end it. */
  loseProcess(): AgentProcess | undefined {
    if (this.#phase !== "running") return undefined;
    const lost = this.#process;
    this.#rules.log({ event: "session_process_lost", session: this.id, pid: lost?.pid });
    this.#finish();
    this.#process = undefined;
    return lost;
  }

  async #look(): Promise<void> {
    const ping = await this.#process?.ping();
    if (this.#phase !== "running") return;
    const now = Date.now();
    if (ping) this.#liveness = observePing(this.#liveness, ping, this.#rules.busyWithoutTime, now);
    this.#pingFailures = ping ? 0 : this.#pingFailures + 1;
    if (this.#pingFailures >= BOUNDS.pingFailuresMax) void this.stop("unhealthy");
    else if (isIdle(this.#liveness, this.#rules.idleTimeoutMs, now)) void this.stop("idle");
  }

  #finish(): void {
    for (const timer of [...this.#timers, this.#restCheck]) clearTimeout(timer);
    for (const call of this.#inFlight) call.cut();
    this.#phase = "stopping";
    this.#rules.log({ event: "session_ended", session: this.id, pid: this.#process?.pid });
    this.#ended.resolve();
  }
}

/** What a call gets while its session is being started or torn down. */
export function inTransition(): AwsError {
  return new AwsError(409, "RetryableConflictException", "the session is being provisioned or torn down");
}
