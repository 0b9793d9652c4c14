/** The load generator's own thread: what else the benchmark does must not delay its clock. */
import { sign } from "node:crypto";
import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { parentPort } from "node:worker_threads";
import type { LoadAnswer, LoadJob, LoadReport, Pace, Signing } from "./load-job.ts";

const OPEN_CONNECTIONS_MAX = 256;
/** A connection that nobody needed for so long is closed by us: workerd closes it after 5 s, perhaps just as it is used. */
const IDLE_MAX_MS = 2_000;

parentPort?.on("message", (job: LoadJob) => {
  void run(job).then((report) => parentPort?.postMessage(report));
});

async function run({ url, headers, bodies, pace, signing, tellsAnswers }: LoadJob): Promise<LoadReport> {
  const agent = new Agent({ keepAlive: true, maxSockets: connectionsOf(pace), noDelay: true, timeout: IDLE_MAX_MS });
  const latencies: number[] = [];
  const statuses: Record<number, number> = {};
  const target = new URL(url);
  const send: Send = async (body, index, dueAt) => {
    const signed = signing ? { ...headers, ...signatureOf(body, signing) } : headers;
    const answer = await post(target, signed, body, agent);
    latencies.push(performance.now() - dueAt);
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
    if (tellsAnswers === true) parentPort?.postMessage({ kind: "answer", index, ...answer } satisfies LoadAnswer);
  };
  const startedAt = performance.now();
  await (pace.kind === "closed" ? sendClosed(bodies, pace.connections, send) : sendOpen(bodies, pace.perSecond, send));
  const elapsedMs = performance.now() - startedAt;
  agent.destroy();
  return { kind: "report", latencies, elapsedMs, statuses };
}

/** Made from the body just before it is sent: a signature that waited would be late. */
function signatureOf(body: string, { privateKey }: Signing): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const signature = sign(null, Buffer.from(timestamp + body), privateKey).toString("hex");
  return { "x-signature-ed25519": signature, "x-signature-timestamp": timestamp };
}

type Answer = Pick<LoadAnswer, "status" | "body">;
type Send = (body: string, index: number, dueAt: number) => Promise<void>;

function connectionsOf(pace: Pace): number {
  return pace.kind === "closed" ? pace.connections : OPEN_CONNECTIONS_MAX;
}

async function sendClosed(bodies: readonly string[], connections: number, send: Send): Promise<void> {
  const queue = bodies.entries();
  const clients = Array.from({ length: connections }, async () => {
    for (const [index, body] of queue) await send(body, index, performance.now());
  });
  await Promise.all(clients);
}

async function sendOpen(bodies: readonly string[], perSecond: number, send: Send): Promise<void> {
  const startedAt = performance.now();
  const sent = bodies.map(async (body, index) => {
    const dueAt = startedAt + (index * 1_000) / perSecond;
    await pause(Math.max(1, dueAt - performance.now()));
    await send(body, index, Math.min(dueAt, performance.now()));
  });
  await Promise.all(sent);
}

/** The answer, once its body has been read; status 0 when there was none. */
function post(target: URL, headers: LoadJob["headers"], body: string, agent: Agent): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const fail = () => resolve({ status: 0, body: "" });
  const outgoing = request(
    target,
    { method: "POST", agent, headers: { ...headers, "content-length": Buffer.byteLength(body) } },
    (answer) => {
      text(answer).then((said) => resolve({ status: answer.statusCode ?? 0, body: said }), fail);
    },
  );
  outgoing.on("error", fail);
  outgoing.end(body);
  return promise;
}
