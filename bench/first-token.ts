/** What the path adds to the model: from a person's message to the first token on their screen, less the model's own. */
import { startAssistant } from "./assistant.ts";
import { askDirectly, type Model, startModel } from "./model.ts";
import type { Row, RunContext } from "./row.ts";
import { median, percentile } from "./statistics.ts";
import { openWebChat, type WebChat } from "./web-chat.ts";

const TURNS = 40;
/** Like a fast hosted model: slow enough that nothing of ours hides behind it. */
const PACE = { firstTokenMs: 150, tokenMs: 10 } as const;

type Overhead = { readonly toModelMs: number; readonly fromModelMs: number };

export const firstToken: Row = {
  name: "first-token",
  title: "message to first token on the web socket, less the model's own time",
  async run(context) {
    await using model = await startModel(PACE);
    await using assistant = await startAssistant(context.root, model.variables);
    using chat = await openWebChat(assistant.url, assistant.adminToken);
    const { overheads, direct } = await talk(chat, model, context);
    const totals = overheads.map(({ toModelMs, fromModelMs }) => toModelMs + fromModelMs);
    const toModel = median(overheads.map(({ toModelMs }) => toModelMs));
    const fromModel = median(overheads.map(({ fromModelMs }) => fromModelMs));
    const ours = median(totals);
    return [
      {
        what: "overhead p50",
        unit: "ms",
        ours,
        baseline: { what: "the model's own first token, asked directly", value: median(direct) },
        target: { on: "ours", is: "at most", value: 40 },
        note:
          `${toModel.toFixed(1)} ms to the model, ${fromModel.toFixed(1)} ms back; ` +
          `p95 ${percentile(totals, 0.95).toFixed(1)} ms; ${TURNS} turns in one conversation`,
      },
    ];
  },
};

async function talk(chat: WebChat, model: Model, { progress }: RunContext) {
  const overheads: Overhead[] = [];
  const direct: number[] = [];
  await chat.say("hello"); // the conversation's first turn has the start of its runtime session in it
  for (let turn = 1; turn <= TURNS; turn++) {
    if (turn % 20 === 1) progress(`first-token: turn ${turn} of ${TURNS}`);
    const { sentAt, firstDeltaAt } = await chat.say("what is on my list for today?");
    const call = model.lastCall();
    if (!call) throw new Error("the model was not asked");
    overheads.push({ toModelMs: call.askedAt - sentAt, fromModelMs: firstDeltaAt - call.firstTokenAt });
    direct.push((await askDirectly(model)).firstTokenMs);
  }
  return { overheads, direct };
}
