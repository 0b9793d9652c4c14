/** The load generator's own thread: what else the benchmark does must not delay its clock. */
import { Agent, request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { parentPort } from "node:worker_threads";
import type { LoadJob, LoadReport, Pace } from "./load-job.ts";

const OPEN_CONNECTIONS_MAX = 256;

parentPort?.on("message", (job: LoadJob) => {
  void run(job).then((report) => parentPort?.postMessage(report));
});

async function run({ url, headers, bodies, pace }: LoadJob): Promise<LoadReport> {
  const agent = new Agent({ keepAlive: true, maxSockets: connectionsOf(pace), noDelay: true });
  const latencies: number[] = [];
  const statuses: Record<number, number> = {};
  const target = new URL(url);
  const send = async (body: string, dueAt: number) => {
    const status = await post(target, headers, body, agent);
    latencies.push(performance.now() - dueAt);
    statuses[status] = (statuses[status] ?? 0) + 1;
  };
  const startedAt = performance.now();
  await (pace.kind === "closed" ? sendClosed(bodies, pace.connections, send) : sendOpen(bodies, pace.perSecond, send));
  const elapsedMs = performance.now() - startedAt;
  agent.destroy();
  return { latencies, elapsedMs, statuses };
}

type Send = (body: string, dueAt: number) => Promise<void>;

function connectionsOf(pace: Pace): number {
  return pace.kind === "closed" ? pace.connections : OPEN_CONNECTIONS_MAX;
}

async function sendClosed(bodies: readonly string[], connections: number, send: Send): Promise<void> {
  const queue = bodies.values();
  const clients = Array.from({ length: connections }, async () => {
    for (const body of queue) await send(body, performance.now());
  });
  await Promise.all(clients);
}

async function sendOpen(bodies: readonly string[], perSecond: number, send: Send): Promise<void> {
  const startedAt = performance.now();
  const sent = bodies.map(async (body, index) => {
    const dueAt = startedAt + (index * 1_000) / perSecond;
    await pause(Math.max(1, dueAt - performance.now()));
    await send(body, Math.min(dueAt, performance.now()));
  });
  await Promise.all(sent);
}

/** The status of the answer, once its body has been read; 0 when there was none. */
function post(target: URL, headers: LoadJob["headers"], body: string, agent: Agent): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const outgoing = request(
    target,
    { method: "POST", agent, headers: { ...headers, "content-length": Buffer.byteLength(body) } },
    (answer) => {
      answer.on("end", () => resolve(answer.statusCode ?? 0));
      answer.on("error", () => resolve(0));
      answer.resume();
    },
  );
  outgoing.on("error", () => resolve(0));
  outgoing.end(body);
  return promise;
}
