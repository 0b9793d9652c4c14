/** Interactions of Discord at a steady rate while agents answer them: each wants its 2xx at once, and an answer of its own. */
import { startAssistant } from "./assistant.ts";
import { startDiscord } from "./discord.ts";
import { startMinimalWorker } from "./edge.ts";
import { openLoadGenerator } from "./load.ts";
import { startModel } from "./model.ts";
import type { Row } from "./row.ts";
import { median, percentile } from "./statistics.ts";

const PER_SECOND = 50;
const SECONDS = 60;
const CHANNELS = 20;
/** An answer takes about half a second, so most calls come while their channel's turn runs. */
const PACE = { firstTokenMs: 200, tokenMs: 20 } as const;
/** What Discord waits for its 2xx; then it tells people that the application did not respond. */
const LATE_MS = 3_000;

export const discordAck: Row = {
  name: "discord-ack",
  title: `Discord interaction to 2xx at ${PER_SECOND} a second for ${SECONDS} s while turns run`,
  async run({ root, progress }) {
    await using parts = new AsyncDisposableStack();
    const model = parts.use(await startModel(PACE));
    const discord = parts.use(await startDiscord(CHANNELS));
    const assistant = parts.use(await startAssistant(root, { ...model.variables, ...discord.variables }));
    const minimal = await startMinimalWorker(root, parts, { DISCORD_PUBLIC_KEY: discord.publicKey });
    const load = parts.use(openLoadGenerator());
    const minimalLoad = parts.use(openLoadGenerator());
    const { signing } = discord;
    const headers = { "content-type": "application/json" };
    const job = { headers, signing, pace: { kind: "open", perSecond: PER_SECOND } } as const;
    const url = `${assistant.url}/discord/interactions`;

    progress("discord-ack: everybody says hello");
    const hello = discord.ask(CHANNELS, PER_SECOND, "hello");
    await load.run({ ...job, url, bodies: hello.bodies }, hello.onAnswer);
    await minimalLoad.run({ ...job, url: minimal.webhookUrl, bodies: hello.bodies });
    await discord.untilAnswered();

    progress(`discord-ack: ${PER_SECOND} a second for ${SECONDS} s`);
    const { bodies, onAnswer } = discord.ask(PER_SECOND * SECONDS, PER_SECOND, "what is on my list for today?");
    const startedAt = performance.now();
    const [ours, theirs] = await Promise.all([
      load.run({ ...job, url, bodies }, onAnswer),
      minimalLoad.run({ ...job, url: minimal.webhookUrl, bodies }),
    ]);
    const meanwhile = discord.answeredCount() - CHANNELS;
    progress(`discord-ack: ${meanwhile} of ${bodies.length} answered, the others follow`);
    await discord.untilAnswered();
    const answeredS = (performance.now() - startedAt) / 1_000;
    const late = ours.latencies.filter((latency) => latency > LATE_MS).length;
    return [
      {
        what: "p99",
        unit: "ms",
        ours: percentile(ours.latencies, 0.99),
        baseline: { what: "minimal Worker at the same time", value: percentile(theirs.latencies, 0.99) },
        target: { on: "ours", is: "at most", value: 300 },
        note:
          `${summary(ours.latencies)}, theirs ${summary(theirs.latencies)}; ${late} over ${LATE_MS} ms; ${CHANNELS} channels, ` +
          `${meanwhile} answered meanwhile, all ${bodies.length} once after ${answeredS.toFixed(0)} s`,
      },
    ];
  },
};

function summary(latencies: readonly number[]): string {
  const p95 = percentile(latencies, 0.95);
  return `p50 ${median(latencies).toFixed(1)}, p95 ${p95.toFixed(1)}, max ${Math.max(...latencies).toFixed(0)} ms`;
}
