/** The load generator: requests over kept connections, timed in a thread of its own. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import * as v from "valibot";
import type { LoadJob, LoadReport } from "./load-job.ts";

const loadReport = v.object({
  latencies: v.array(v.number()),
  elapsedMs: v.number(),
  statuses: v.record(v.string(), v.number()),
});

export interface LoadGenerator extends AsyncDisposable {
  /** Sends the job's requests, one job at a time. Throws when any answer is not 200: nothing was measured then. */
  run(job: LoadJob): Promise<LoadReport>;
}

export function openLoadGenerator(): LoadGenerator {
  const thread = new Worker(new URL("load-thread.ts", import.meta.url));
  return {
    async run(job) {
      thread.postMessage(job);
      const [message]: unknown[] = await once(thread, "message");
      const report = v.parse(loadReport, message);
      if (report.statuses["200"] !== job.bodies.length) {
        throw new Error(`${job.url} answered ${JSON.stringify(report.statuses)} instead of 200`);
      }
      return report;
    },
    async [Symbol.asyncDispose]() {
      await thread.terminate();
    },
  };
}
