/** A message to a warm conversation, to its whole answer, with a model that answers at once: all of it is our path. */
import { setTimeout } from "node:timers/promises";
import { type RunningAssistant, startAssistant } from "./assistant.ts";
import { WEBHOOK_HEADERS } from "./edge.ts";
import { openLoadGenerator } from "./load.ts";
import { askDirectly, startModel } from "./model.ts";
import type { Measurement, Row, RunContext } from "./row.ts";
import { median, percentile } from "./statistics.ts";
import { startTelegram, type Telegram } from "./telegram.ts";
import { openWebChat } from "./web-chat.ts";

const TURNS = 40;
const INSTANT = { firstTokenMs: 0, tokenMs: 0 } as const;
const PERSON = 6_000_000;
const QUESTION = "what is on my list for today?";
/** A little more than the pace of one private chat. */
const CHAT_EVERY_MS = 1_100;

export const answer: Row = {
  name: "answer",
  title: "message to whole answer in a warm conversation, the model instant: web socket and Telegram",
  async run(context) {
    await using model = await startModel(INSTANT);
    await using telegram = await startTelegram();
    await using assistant = await startAssistant(context.root, { ...model.variables, ...telegram.variables });
    const direct: number[] = [];
    const compare = async () => void direct.push((await askDirectly(model)).wholeMs);
    const web = await talkOnWeb(assistant, compare, context);
    const chat = await talkOnTelegram(assistant, telegram, compare, context);
    return [measurement("web socket p50", web, direct), measurement("Telegram p50, to sendMessage", chat, direct)];
  },
};

async function talkOnWeb(
  { url, adminToken }: RunningAssistant,
  compare: () => Promise<void>,
  { progress }: RunContext,
): Promise<readonly number[]> {
  using chat = await openWebChat(url, adminToken);
  await chat.say("hello"); // the conversation's first turn has the start of its runtime session in it
  const times: number[] = [];
  progress("answer: web socket");
  for (let turn = 0; turn < TURNS; turn++) {
    const { sentAt, finalAt } = await chat.say(QUESTION);
    times.push(finalAt - sentAt);
    await compare();
  }
  return times;
}

async function talkOnTelegram(
  { url }: RunningAssistant,
  telegram: Telegram,
  compare: () => Promise<void>,
  { progress }: RunContext,
): Promise<readonly number[]> {
  await using load = openLoadGenerator();
  const say = async (text: string) => {
    const answered = telegram.nextAnswer(PERSON);
    const sentAt = performance.now();
    const pace = { kind: "closed", connections: 1 } as const;
    const bodies = [telegram.write(PERSON, text)];
    await load.run({ url: `${url}/telegram/webhook`, headers: WEBHOOK_HEADERS, bodies, pace });
    return (await answered) - sentAt;
  };
  await say("hello");
  const times: number[] = [];
  progress("answer: Telegram");
  for (let turn = 0; turn < TURNS; turn++) {
    // Telegram takes about one message a second in a chat, and so the assistant sends no more.
    await setTimeout(CHAT_EVERY_MS);
    times.push(await say(QUESTION));
    await compare();
  }
  return times;
}

function measurement(what: string, times: readonly number[], direct: readonly number[]): Measurement {
  return {
    what,
    unit: "ms",
    ours: median(times),
    baseline: { what: "the model's whole answer, asked directly", value: median(direct) },
    target: { on: "ours", is: "at most", value: 100 },
    note: `p95 ${percentile(times, 0.95).toFixed(0)} ms; ${TURNS} turns in one conversation`,
  };
}
