/** What a turn costs besides its model, in a long conversation with many files: warm, and in a process that knows nothing. */
import { join } from "node:path";
import { buildAgent } from "../local/agent-bundle.ts";
import { isInboundId, isTurnId } from "../protocol/ids.ts";
import type { Grants, TurnInvocation } from "../protocol/invocation.ts";
import { type ConversationKey, isConversationKey } from "../protocol/session-key.ts";
import { type SpaceId, spaceOf } from "../protocol/space.ts";
import { parseConversationKey } from "../protocol/session-key.ts";
import { type BareAgent, startBareAgent } from "./bare-agent.ts";
import { startBucket } from "./bucket.ts";
import { startClerk } from "./clerk.ts";
import type { Measurement, Row, RunContext } from "./row.ts";
import { openScratch } from "./scratch.ts";
import { median, percentile } from "./statistics.ts";
import { type Capacity, costUsd, startTable, type Table } from "./table.ts";

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
    const onDisk = await measureStore(context, { name: "SQLite", warmTargetMs: 30, coldTargetMs: 300 });
    await using table = await startTable(context.progress);
    if (table === null) return onDisk;
    const { store } = table;
    const inTable = await measureStore(context, {
      name: "DynamoDB",
      store,
      table,
      warmTargetMs: null,
      coldTargetMs: 500,
    });
    return [...onDisk, ...inTable];
  },
};

/** One conversation: what it takes to ask for its next turn. */
type Talk = { readonly conversation: ConversationKey; readonly space: SpaceId; turns: number };

type Store = {
  readonly name: string;
  /** None: on the disk. */
  readonly store?: NonNullable<Grants["store"]>;
  readonly table?: Table;
  readonly warmTargetMs: number | null;
  readonly coldTargetMs: number;
};

async function measureStore(
  { root, progress }: RunContext,
  { name, store, table, warmTargetMs, coldTargetMs }: Store,
): Promise<readonly Measurement[]> {
  using scratch = openScratch();
  await using clerk = await startClerk();
  await using bucket = await startBucket();
  const { entryPath } = await buildAgent(root);
  const grants = grantsOf(clerk.url, bucket.url, store);
  let processes = 0;
  const start = () =>
    startBareAgent({
      entryPath,
      stateDir: join(scratch.path, "state"),
      workDir: join(scratch.path, `work-${++processes}`),
      cacheDir: join(scratch.path, "compile-cache"),
    });
  const ask = async (agent: BareAgent, talk: Talk, text: string) => {
    clerk.takeMs();
    const took = await agent.run(turnOf(talk, text, grants));
    return took - clerk.takeMs();
  };
  const spent = { warm: NOTHING, cold: NOTHING };
  const [long, empty] = [talkOf("agent:main:main"), talkOf("agent:main:person:p1")];

  const warm: number[] = [];
  const warmEmpty: number[] = [];
  {
    await using agent = await start();
    for (let from = 0; from < FILES; from += FILES_AT_ONCE) {
      await ask(agent, long, `files ${from} to ${Math.min(FILES, from + FILES_AT_ONCE) - 1}`);
    }
    while (long.turns < TURNS) {
      if (long.turns % 100 === 0) progress(`turn: ${name}, turn ${long.turns} of ${TURNS}`);
      await ask(agent, long, WORDS);
    }
    for (let sample = 0; sample < WARM_TURNS; sample += 1) {
      table?.takeUsed();
      warm.push(await ask(agent, long, WORDS));
      spent.warm = sum(spent.warm, table?.takeUsed() ?? NOTHING);
      const fresh = talkOf(`agent:main:person:p${sample + 2}`);
      await ask(agent, fresh, WORDS); // its first turn makes what the second has
      warmEmpty.push(await ask(agent, fresh, WORDS));
    }
  }
  const cold: number[] = [];
  const coldEmpty: number[] = [];
  for (let sample = 0; sample < COLD_STARTS; sample += 1) {
    if (sample === 0) progress(`turn: ${name}, ${COLD_STARTS} fresh processes`);
    await using agent = await start();
    table?.takeUsed();
    cold.push(await ask(agent, long, WORDS));
    spent.cold = sum(spent.cold, table?.takeUsed() ?? NOTHING);
    await using other = await start();
    coldEmpty.push(await ask(other, empty, WORDS));
  }
  return [
    line(`overhead warm p50, ${name}`, warm, warmEmpty, warmTargetMs, spent.warm),
    line(`overhead in a fresh process p50, ${name}`, cold, coldEmpty, coldTargetMs, spent.cold),
  ];
}

const NOTHING: Capacity = { reads: 0, writes: 0 };

function sum(left: Capacity, right: Capacity): Capacity {
  return { reads: left.reads + right.reads, writes: left.writes + right.writes };
}

function line(
  what: string,
  ours: readonly number[],
  empty: readonly number[],
  targetMs: number | null,
  spent: Capacity,
): Measurement {
  const each = { reads: spent.reads / ours.length, writes: spent.writes / ours.length };
  const capacity =
    spent.reads + spent.writes === 0
      ? ""
      : `; ${each.reads.toFixed(0)} read and ${each.writes.toFixed(0)} write units a turn, ${(costUsd(each) * 1_000).toFixed(3)} $ for 1,000 turns`;
  return {
    what,
    unit: "ms",
    ours: median(ours),
    baseline: { what: "the same in a conversation that has just begun", value: median(empty) },
    target: targetMs === null ? null : { on: "ours", is: "at most", value: targetMs },
    note: `p95 ${percentile(ours, 0.95).toFixed(1)} ms; ${ours.length} turns after ${TURNS}, ${FILES} files${capacity}`,
  };
}

function talkOf(key: string): Talk {
  const ref = parseConversationKey(key);
  if (!isConversationKey(key) || !ref.ok) throw new Error(`not a conversation: ${key}`);
  return { conversation: key, space: spaceOf(ref.value), turns: 0 };
}

function turnOf(talk: Talk, text: string, grants: Grants): TurnInvocation {
  talk.turns += 1;
  const [turnId, id] = [`bench-${String(talk.turns).padStart(6, "0")}`, `web:${talk.turns}`];
  if (!isTurnId(turnId) || !isInboundId(id)) throw new Error("not an id");
  return {
    kind: "turn",
    protocol: 1,
    turnId,
    fence: talk.turns,
    conversation: talk.conversation,
    epoch: 0,
    space: talk.space,
    place: { channel: "web", chatKind: "direct" },
    messages: [{ id, text, sender: { id: "42", name: "Ada" }, sentAt: Date.now() }],
    settings: { model: null, fallbacks: [], timezone: "UTC" },
    limits: { leftMs: 600_000, pingEveryMs: 15_000 },
    grants,
  };
}

function grantsOf(model: string, bucket: string, store: Grants["store"]): Grants {
  return {
    models: { anthropic: { apiKey: "bench", baseUrl: model } },
    blobs: {
      endpoint: bucket,
      region: "us-east-1",
      bucket: "agent-claw",
      credentials: { accessKeyId: "AKIABENCH", secretAccessKey: "bench" },
      expiresAt: Date.now() + 86_400_000,
    },
    ...(store && { store }),
  };
}
