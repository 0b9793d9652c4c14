/** What a turn costs besides its model, in a long conversation with many files: warm, and in a process that knows nothing. */
import { buildAgent } from "../local/agent-bundle.ts";
import { OverheadRig, Samples, talkOf } from "./overhead-rig.ts";
import type { Measurement, Row, RunContext } from "./row.ts";
import { median, percentile } from "./statistics.ts";
import { costUsd, startTable, type Table } from "./table.ts";

const TURNS = 500;
const FILES = 200;
/** Calls of one step. */
const FILES_AT_ONCE = 25;
const WARM_TURNS = 60;
const COLD_STARTS = 12;
const WORDS = "Please remember that the dentist is on Monday at nine, and that Grace wants the book back by Friday.";

export const turnOverhead: Row = {
  name: "turn",
  title: `a turn less its model: ${TURNS} turns before it, ${FILES} files; warm and in a fresh process`,
  async run(context) {
    const onDisk = await measureStore(context, { name: "SQLite", table: null, warmMs: 30, coldMs: 300 });
    await using table = await startTable(context.progress);
    if (table === null) return onDisk;
    return [...onDisk, ...(await measureStore(context, { name: "DynamoDB", table, warmMs: null, coldMs: 500 }))];
  },
};

/** With the most that a turn may take; null: there is no such claim. */
type Store = {
  readonly name: string;
  readonly table: Table | null;
  readonly warmMs: number | null;
  readonly coldMs: number;
};

async function measureStore(
  { root, progress }: RunContext,
  { name, table, warmMs, coldMs }: Store,
): Promise<readonly Measurement[]> {
  const { entryPath } = await buildAgent(root);
  await using rig = await OverheadRig.open(entryPath, table);
  const long = talkOf("agent:main:main");
  const tell = (line: string) => progress(`turn: ${name}, ${line}`);
  const warm = await sampleWarm(rig, long, tell);
  tell(`${COLD_STARTS} fresh processes`);
  const [cold, coldEmpty] = [new Samples(), new Samples()];
  const empty = talkOf("agent:main:person:p1");
  for (let sample = 0; sample < COLD_STARTS; sample += 1) {
    await using agent = await rig.start();
    await rig.ask(agent, long, WORDS, cold);
    await using other = await rig.start();
    await rig.ask(other, empty, WORDS, coldEmpty);
  }
  return [
    line(`overhead warm p50, ${name}`, warm.long, warm.empty, warmMs),
    line(`overhead in a fresh process p50, ${name}`, cold, coldEmpty, coldMs),
  ];
}

/** One process all along, which makes the files and the conversation first. */
async function sampleWarm(rig: OverheadRig, long: ReturnType<typeof talkOf>, tell: (line: string) => void) {
  const samples = { long: new Samples(), empty: new Samples() };
  await using agent = await rig.start();
  for (let from = 0; from < FILES; from += FILES_AT_ONCE) {
    await rig.ask(agent, long, `files ${from} to ${Math.min(FILES, from + FILES_AT_ONCE) - 1}`);
  }
  while (long.turns < TURNS) {
    if (long.turns % 100 === 0) tell(`turn ${long.turns} of ${TURNS}`);
    await rig.ask(agent, long, WORDS);
  }
  for (let sample = 0; sample < WARM_TURNS; sample += 1) {
    await rig.ask(agent, long, WORDS, samples.long);
    const fresh = talkOf(`agent:main:person:p${sample + 2}`);
    await rig.ask(agent, fresh, WORDS); // its first turn makes what the second has
    await rig.ask(agent, fresh, WORDS, samples.empty);
  }
  return samples;
}

function line(what: string, ours: Samples, empty: Samples, targetMs: number | null): Measurement {
  return {
    what,
    unit: "ms",
    ours: median(ours.ms),
    baseline: { what: "the same in a conversation that has just begun", value: median(empty.ms) },
    target: targetMs === null ? null : { on: "ours", is: "at most", value: targetMs },
    note: `p95 ${percentile(ours.ms, 0.95).toFixed(1)} ms; ${ours.ms.length} turns after ${TURNS}, ${FILES} files${capacityOf(ours)}`,
  };
}

function capacityOf({ ms, reads, writes }: Samples): string {
  if (reads + writes === 0) return "";
  const each = { reads: reads / ms.length, writes: writes / ms.length };
  const thousand = (costUsd(each) * 1_000).toFixed(3);
  return `; ${each.reads.toFixed(0)} read and ${each.writes.toFixed(0)} write units a turn, ${thousand} $ for 1,000 turns`;
}
