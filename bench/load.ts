/** The load generator: requests over kept connections, timed in a thread of its own. */
import { Worker } from "node:worker_threads";
import * as v from "valibot";
import type { LoadAnswer, LoadJob, LoadReport } from "./load-job.ts";

const fromThread = v.variant("kind", [
  v.object({ kind: v.literal("answer"), index: v.number(), status: v.number(), body: v.string() }),
  v.object({
    kind: v.literal("report"),
    latencies: v.array(v.number()),
    elapsedMs: v.number(),
    statuses: v.record(v.string(), v.number()),
  }),
]);

export interface LoadGenerator extends AsyncDisposable {
  /**
   * Sends the job's requests, one job at a time, and tells of each answer as it comes. Throws when any answer is not 200:
   * nothing was measured then.
   */
  run(job: LoadJob, onAnswer?: (answer: LoadAnswer) => void): Promise<LoadReport>;
}

export function openLoadGenerator(): LoadGenerator {
  const thread = new Worker(new URL("load-thread.ts", import.meta.url));
  return {
    async run(job, onAnswer) {
      const report = await reportOf(thread, job, onAnswer);
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

function reportOf(thread: Worker, job: LoadJob, onAnswer?: (answer: LoadAnswer) => void): Promise<LoadReport> {
  const { promise, resolve, reject } = Promise.withResolvers<LoadReport>();
  const listen = (message: unknown) => {
    const told = v.parse(fromThread, message);
    if (told.kind === "report") resolve(told);
    else onAnswer?.(told);
  };
  thread
    .on("message", listen)
    .once("error", reject)
    .postMessage({ ...job, tellsAnswers: onAnswer !== undefined });
  return promise.finally(() => thread.off("message", listen).off("error", reject));
}
