/** Acknowledgements at a steady rate while agents answer: the same requests at the same time to ours and the least. */
import { startAssistant } from "./assistant.ts";
import { startMinimalWorker, WEBHOOK_HEADERS } from "./edge.ts";
import { openLoadGenerator } from "./load.ts";
import { startModel } from "./model.ts";
import type { Row } from "./row.ts";
import { median, percentile } from "./statistics.ts";
import { startTelegram } from "./telegram.ts";

const PER_SECOND = 50;
const SECONDS = 15;
const CHATS = 20;
const FIRST_PERSON = 8_000_000;
/** An answer takes about half a second, so most messages come while their chat's turn runs. */
const PACE = { firstTokenMs: 200, tokenMs: 20 } as const;

export const busyAck: Row = {
  name: "busy-ack",
  title: `webhook to 2xx at ${PER_SECOND} a second while turns run`,
  async run({ root, progress }) {
    await using parts = new AsyncDisposableStack();
    const model = parts.use(await startModel(PACE));
    const telegram = parts.use(await startTelegram());
    const assistant = parts.use(await startAssistant(root, { ...model.variables, ...telegram.variables }));
    const minimal = await startMinimalWorker(root, parts);
    const load = parts.use(openLoadGenerator());
    const minimalLoad = parts.use(openLoadGenerator());
    const url = `${assistant.url}/telegram/webhook`;
    const job = { url, headers: WEBHOOK_HEADERS, pace: { kind: "open", perSecond: PER_SECOND } } as const;
    const people = Array.from({ length: CHATS }, (_, index) => FIRST_PERSON + index);
    const write = (count: number) =>
      Array.from({ length: count }, (_, index) =>
        telegram.write(people[index % CHATS] ?? FIRST_PERSON, "what is on my list for today?"),
      );

    progress("busy-ack: everybody says hello");
    const greeted = people.map((person) => telegram.nextAnswer(person));
    await load.run({ ...job, bodies: write(CHATS) });
    await Promise.all(greeted);
    progress(`busy-ack: ${PER_SECOND} a second for ${SECONDS} s`);
    const answersBefore = model.callCount();
    const bodies = write(PER_SECOND * SECONDS);
    const [ours, theirs] = await Promise.all([
      load.run({ ...job, bodies }),
      minimalLoad.run({ ...job, url: minimal.webhookUrl, bodies }),
    ]);
    const modelCalls = model.callCount() - answersBefore;
    return [
      {
        what: "p99",
        unit: "ms",
        ours: percentile(ours.latencies, 0.99),
        baseline: {
          what: "minimal Worker at the same time",
          value: percentile(theirs.latencies, 0.99),
        },
        target: { on: "ours", is: "at most", value: 100 },
        note:
          `p50 ${median(ours.latencies).toFixed(1)} ms, theirs ${median(theirs.latencies).toFixed(1)} ms; ` +
          `${CHATS} chats, ${modelCalls} model calls meanwhile`,
      },
    ];
  },
};
