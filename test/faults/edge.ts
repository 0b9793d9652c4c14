/** Keeps workerd: starts it over its own state, kills it and starts it again on the same port. */
import { claimPort } from "../../local/free-port.ts";
import type { Log } from "../../local/log.ts";
import type { Variables } from "../../local/variables.ts";
import type { WorkerBundle } from "../../local/worker-bundle.ts";
import { createSettingsComplaint, waitForHealth } from "../../local/worker-health.ts";
import { startWorkerd, type Workerd } from "../../local/workerd.ts";
import { endWithUs } from "./scratch.ts";

export type EdgeOptions = {
  readonly stateDir: string;
  readonly worker: WorkerBundle;
  readonly variables: Variables;
  readonly log: Log;
  /** Called whenever the Worker answers again. */
  readonly started?: (url: string) => Promise<void>;
};

export class Edge {
  #options: EdgeOptions;
  readonly #port: number;
  #workerd: Workerd | null = null;

  private constructor(options: EdgeOptions, port: number) {
    this.#options = options;
    this.#port = port;
  }

  static async start(options: EdgeOptions): Promise<Edge> {
    const edge = new Edge(options, await claimPort(0));
    await edge.start();
    return edge;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Resolves when the Worker answers. */
  async start(): Promise<void> {
    const complaint = createSettingsComplaint(this.#options.log);
    const workerd = await startWorkerd({ ...this.#options, port: this.#port, log: complaint.log });
    this.#workerd = workerd;
    endWithUs(workerd.pid, workerd.ended);
    const rejected = await waitForHealth({ url: this.url, ended: workerd.ended, complaint });
    if (rejected !== null) throw new Error(rejected);
    await this.#options.started?.(this.url);
  }

  /** `kill -9`. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#workerd?.kill();
    await this.#workerd?.ended;
  }

  /** Puts another Worker in its place: what the one before was doing ends where it was. */
  async deploy(worker: WorkerBundle, variables: Variables): Promise<void> {
    await this.kill();
    this.#options = { ...this.#options, worker, variables: { ...this.#options.variables, ...variables } };
    await this.start();
  }

  async stop(): Promise<void> {
    await this.#workerd?.stop();
  }
}
