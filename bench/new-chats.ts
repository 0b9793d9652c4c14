/** Fifty people write for the first time in the same moment; each gets an agent process of their own. */
import { startAssistant } from "./assistant.ts";
import { bareNodesMs } from "./bare-node.ts";
import { WEBHOOK_HEADERS } from "./edge.ts";
import { openLoadGenerator } from "./load.ts";
import { startModel } from "./model.ts";
import type { Row } from "./row.ts";
import { median, percentile } from "./statistics.ts";
import { startTelegram } from "./telegram.ts";

const CHATS = 50;
const FIRST_PERSON = 7_000_000;
/** Room for all of them, whatever the machine's memory makes the default. */
const PROCESS_MAX = String(CHATS + 6);

export const newChats: Row = {
  name: "new-chats",
  title: `${CHATS} new chats at once: message to answer`,
  async run({ root, progress }) {
    await using model = await startModel({ firstTokenMs: 0, tokenMs: 0 });
    await using telegram = await startTelegram();
    const bare = await bareNodesMs(CHATS);
    progress(`new-chats: ${CHATS} people write at once`);
    const variables = { ...model.variables, ...telegram.variables, AGENT_PROCESS_MAX: PROCESS_MAX };
    await using assistant = await startAssistant(root, variables);
    await using load = openLoadGenerator();
    const people = Array.from({ length: CHATS }, (_, index) => FIRST_PERSON + index);
    const bodies = people.map((person) => telegram.write(person, "what is on my list for today?"));
    const answered = people.map((person) => telegram.nextAnswer(person));
    const sentAt = performance.now();
    const pace = { kind: "closed", connections: CHATS } as const;
    const acks = await load.run({ url: `${assistant.url}/telegram/webhook`, headers: WEBHOOK_HEADERS, bodies, pace });
    const times = (await Promise.all(answered)).map((at) => at - sentAt);
    return [
      {
        what: "time to answer, p95",
        unit: "ms",
        ours: percentile(times, 0.95),
        baseline: { what: `${CHATS} bare node processes, as many at once as cores`, value: bare },
        target: { on: "ours", is: "at most", value: 4_000 },
        note:
          `first ${Math.min(...times).toFixed(0)} ms, p50 ${median(times).toFixed(0)} ms, ` +
          `last ${Math.max(...times).toFixed(0)} ms; acks p50 ${median(acks.latencies).toFixed(0)} ms`,
      },
    ];
  },
};
