/**
 * How long a platform waits for its 2xx. Ours and the least that could keep the promise (one row with a unique key and
 * an alarm, `minimal-worker.js`) take turns under the same load, so that both see the same machine.
 */
import { startMinimalWorker, startRealWorker, WEBHOOK_HEADERS, type Edge } from "./edge.ts";
import type { LoadReport } from "./load-job.ts";
import { type LoadGenerator, openLoadGenerator } from "./load.ts";
import type { Measurement, Row, RunContext } from "./row.ts";
import { startSilentAws } from "./silent-aws.ts";
import { median, percentile } from "./statistics.ts";
import { privateText } from "./telegram-update.ts";

const CHATS = 100;
/** Each round sends one message to each chat, then it is the other's turn: short, so that a disturbance hits both. */
const ROUNDS = 30;
/** Clients at once: one shows what a single update waits, many what the edge can take. */
const ALONE = 1;
const MANY = 16;

const BASELINE = "minimal Worker + object + INSERT + setAlarm";

export const ack: Row = {
  name: "ack",
  title: "webhook to 2xx, turns held off, against the least that stores a message once",
  async run(context) {
    await using parts = new AsyncDisposableStack();
    const outside = parts.use(await startSilentAws());
    const ours = createSubject(await startRealWorker(context.root, outside.url, parts));
    const minimal = createSubject(await startMinimalWorker(context.root, parts));
    const load = parts.use(openLoadGenerator());
    const alone = await compare(ours, minimal, load, ALONE, context);
    const many = await compare(ours, minimal, load, MANY, context);
    return [
      latencyOf("p50, one client", alone, { on: "ratio", is: "at most", value: 1.6 }),
      latencyOf(`p50, ${MANY} clients`, many, null),
      throughputOf(many),
    ];
  },
};

/** A Worker under test, and the ids that the next message of each chat gets. */
type Subject = { readonly edge: Edge; nextMessageId: number };
type Rounds = { readonly ours: readonly LoadReport[]; readonly minimal: readonly LoadReport[] };

function createSubject(edge: Edge): Subject {
  return { edge, nextMessageId: 1 };
}

async function compare(
  ours: Subject,
  minimal: Subject,
  load: LoadGenerator,
  connections: number,
  { progress }: RunContext,
): Promise<Rounds> {
  for (const subject of [ours, minimal]) await runRound(subject, load, connections); // makes objects, warms code
  const rounds: { ours: LoadReport[]; minimal: LoadReport[] } = { ours: [], minimal: [] };
  for (let round = 1; round <= ROUNDS; round++) {
    if (round % 10 === 1) progress(`ack: ${connections} at once, round ${round} of ${ROUNDS}`);
    rounds.ours.push(await runRound(ours, load, connections));
    rounds.minimal.push(await runRound(minimal, load, connections));
  }
  return rounds;
}

/** One message to each chat, so that no two requests in flight are for the same one. */
async function runRound(subject: Subject, load: LoadGenerator, connections: number): Promise<LoadReport> {
  const messageId = subject.nextMessageId++;
  const bodies = Array.from({ length: CHATS }, (_, chat) =>
    privateText({ userId: 5_000_000 + chat, messageId, text: "what is on my list for today?" }),
  );
  return load.run({
    url: subject.edge.webhookUrl,
    headers: WEBHOOK_HEADERS,
    bodies,
    pace: { kind: "closed", connections },
  });
}

function latencyOf(what: string, { ours, minimal }: Rounds, target: Measurement["target"]): Measurement {
  const all = (reports: readonly LoadReport[]) => reports.flatMap(({ latencies }) => latencies);
  const p99 = (reports: readonly LoadReport[]) => percentile(all(reports), 0.99).toFixed(1);
  const ratios = ours.map(({ latencies }, round) => median(latencies) / median(minimal[round]?.latencies ?? []));
  return {
    what,
    unit: "ms",
    ours: median(all(ours)),
    baseline: { what: BASELINE, value: median(all(minimal)) },
    target,
    note: `p99 ${p99(ours)} ms, theirs ${p99(minimal)} ms; median of the rounds' ratios ${median(ratios).toFixed(2)}`,
  };
}

function throughputOf({ ours, minimal }: Rounds): Measurement {
  const perSecond = ({ latencies, elapsedMs }: LoadReport) => (latencies.length / elapsedMs) * 1_000;
  return {
    what: `throughput, ${MANY} clients`,
    unit: "1/s",
    ours: median(ours.map(perSecond)),
    baseline: { what: BASELINE, value: median(minimal.map(perSecond)) },
    target: { on: "ours", is: "at least", value: 600 },
    note: `median of ${ROUNDS} rounds of ${CHATS} updates; the load generator has a share of the same cores`,
  };
}
