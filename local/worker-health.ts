/** Asks a Worker that has just been started whether it can work, and for what is wrong with its settings if it cannot. */
import { setTimeout as pause } from "node:timers/promises";
import { ConfigError } from "../protocol/errors.ts";
import * as v from "valibot";

export type WorkerStarting = {
  readonly url: string;
  /** Resolves when the process has ended, with what is to be said about it. */
  readonly ended: Promise<string>;
};

const HEALTHY_MAX_MS = 15_000;
const ASK_EVERY_MS = 25;

const unhealthy = v.object({
  problems: v.array(v.object({ variable: v.string(), problem: v.string() })),
});

/** Resolves when `/healthz` answers 200. Throws `ConfigError` when the Worker rejects its settings, else one line. */
export async function waitUntilHealthy(worker: WorkerStarting): Promise<void> {
  let died: string | null = null;
  void worker.ended.then((what) => (died = what));
  let last = "no answer";
  for (const until = Date.now() + HEALTHY_MAX_MS; Date.now() < until; await pause(ASK_EVERY_MS)) {
    if (died !== null) throw new Error(died);
    const response = await fetch(`${worker.url}/healthz`).catch(() => null);
    if (response?.ok) {
      await response.body?.cancel();
      return;
    }
    if (!response) continue;
    const body = v.safeParse(unhealthy, await response.json().catch(() => null));
    if (body.success) throw new ConfigError(body.output.problems);
    last = `it answered ${response.status}`;
  }
  throw new Error(`the Worker did not become ready: ${last}`);
}
