/** All runtime sessions by name. The same name reaches the same process; after its end, a fresh one. */
import { AwsError } from "../aws-error.ts";
import type { ProcessPool } from "./process-pool.ts";
import { inTransition, RuntimeSession, type SessionRules } from "./runtime-session.ts";
import type { AgentVersion } from "./versions.ts";

export type SessionTableOptions = SessionRules & {
  readonly pool: ProcessPool;
  /** Most sessions at a time; beyond it the one that has rested longest makes room. */
  readonly sessionMax: number;
  /** Most new sessions within one second; AgentCore allows 25 for an account. */
  readonly newSessionsPerSecondMax: number;
};

export class SessionTable {
  readonly #options: SessionTableOptions;
  readonly #sessions = new Map<string, RuntimeSession>();
  /** Epoch ms of the new sessions of the last second. */
  #begunAt: number[] = [];

  constructor(options: SessionTableOptions) {
    this.#options = options;
  }

  /**
   * The running session of that name, whatever its version; with none, one of `version` is started. Throws `AwsError`: 409 while it starts or stops, 402
   * when there is no room, 429 when too many start, 424 when its process does not start.
   */
  async open(id: string, version: AgentVersion): Promise<RuntimeSession> {
    const known = this.#sessions.get(id);
    if (known?.phase === "running") return known;
    if (known) throw inTransition();
    this.#countNew(Date.now());
    this.#makeRoom();
    const session = new RuntimeSession(id, version.number, this.#options);
    this.#sessions.set(id, session);
    void session.ended.then(() => this.#sessions.delete(id));
    try {
      session.begin(await this.#options.pool.acquire(version));
      return session;
    } catch {
      session.fail();
      throw new AwsError(424, "RuntimeClientError", "the runtime did not start: its health check failed or timed out");
    }
  }

  /** The session of that name, whatever its phase. */
  find(id: string): RuntimeSession | undefined {
    return this.#sessions.get(id);
  }

  all(): readonly RuntimeSession[] {
    return [...this.#sessions.values()];
  }

  #countNew(now: number): void {
    this.#begunAt = this.#begunAt.filter((at) => now - at < 1_000);
    if (this.#begunAt.length >= this.#options.newSessionsPerSecondMax) {
      throw new AwsError(429, "ThrottlingException", "too many new sessions within one second");
    }
    this.#begunAt.push(now);
  }

  /** Sessions that are stopping make room by themselves: the pool waits for their processes to go. */
  #makeRoom(): void {
    const staying = this.all().filter((session) => session.phase !== "stopping");
    if (staying.length < this.#options.sessionMax) return;
    const resting = staying.filter((session) => session.isAtRest).sort((a, b) => a.activeAt - b.activeAt);
    const [longest] = resting;
    if (!longest) {
      throw new AwsError(402, "ServiceQuotaExceededException", "all runtime sessions are busy: maxVms is reached");
    }
    void longest.stop("evicted");
  }
}
