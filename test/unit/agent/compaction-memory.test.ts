import { expect, it } from "vitest";
import { countingModel } from "./counting-model.ts";
import { query } from "./invocations.ts";
import { MortalAgents } from "./mortal-agents.ts";
import { smallTurn, WINDOW_TOKENS } from "./small-window.ts";

const TURNS = 300;
const CHATTER = "We talked about the garden, the weather and what to have for dinner. ".repeat(6);
/** By the turn that tells them, the first in turn 1 and the last in turn 50. */
const FACTS = new Map(
  Array.from({ length: 20 }, (_, n) => [
    1 + Math.floor((n * 49) / 19),
    `The code of door${String(n)} is X-${String(n * 7919)}`,
  ]),
);

function saidIn(n: number): string {
  if (n === TURNS) return "Which codes do the doors have?";
  const fact = FACTS.get(n);
  return fact === undefined ? CHATTER : `${CHATTER} ${fact}. Remember it.`;
}

it("what was told in turns 1 to 50 is in the request of turn 300, on a model that refuses more than 32k tokens", async () => {
  const model = countingModel({ windowTokens: WINDOW_TOKENS, answer: () => ({ text: `I see. ${CHATTER}` }) });
  const agents = await MortalAgents.open(model.script);
  const turns = Array.from({ length: TURNS }, (_, n) => smallTurn({ blobs: agents.blobs.url }, n + 1, saidIn(n + 1)));
  const lives = await agents.liveOn(turns, undefined);
  const finals = lives.flatMap(({ events }) => events.filter((event) => event.kind === "final"));
  expect(finals).toHaveLength(TURNS);

  const asked = model.asks.findLast(({ kind }) => kind === "step")?.text ?? "";
  expect(asked).toContain("Which codes do the doors have?");
  expect([...FACTS.values()].filter((fact) => !asked.includes(fact))).toEqual([]);

  // Notes are taken before each summary, which can need several requests.
  const kinds = model.asks.map(({ kind }) => kind).join(" ");
  expect(kinds).toMatch(/^(?:step ?|(?:notes )+(?:summary ?)+)*$/);
  const compactions = kinds.match(/notes summary/g)?.length;
  expect(compactions).toBeGreaterThan(3);
  expect(finals.at(-1)?.context).toMatchObject({ compactions, windowTokens: WINDOW_TOKENS });
  expect(Math.max(...model.asks.map(({ tokens }) => tokens))).toBeLessThan(WINDOW_TOKENS);

  const asks = turns.slice(0, 1).map((first) => query(first, { what: "files" }));
  const path = /memory\/[\d-]+\.md/.exec(JSON.stringify(await agents.query(asks)))?.[0] ?? "";
  const notes = JSON.stringify(await agents.query(asks.map((ask) => ({ ...ask, ask: { what: "file", path } }))));
  expect([...FACTS.values()].map((fact) => notes.split(`${fact}\\n`).length - 1)).toEqual([...FACTS].map(() => 1));
  await agents.close();
});
