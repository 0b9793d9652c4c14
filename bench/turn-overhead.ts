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
    return measureStore(context, "SQLite", undefined, 300);
  },
};

/** One conversation: what it takes to ask for its next turn. */
type Talk = { readonly conversation: ConversationKey; readonly space: SpaceId; turns: number };

async function measureStore(
  { root, progress }: RunContext,
  storeName: string,
  store: Grants["store"],
  coldTargetMs: number,
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
  const [long, empty] = [talkOf("agent:main:main"), talkOf("agent:main:person:p1")];

  const warm: number[] = [];
  const warmEmpty: number[] = [];
  {
    await using agent = await start();
    for (let from = 0; from < FILES; from += FILES_AT_ONCE) {
      await ask(agent, long, `files ${from} to ${Math.min(FILES, from + FILES_AT_ONCE) - 1}`);
    }
    while (long.turns < TURNS) {
      if (long.turns % 100 === 0) progress(`turn: ${storeName}, turn ${long.turns} of ${TURNS}`);
      await ask(agent, long, WORDS);
    }
    for (let sample = 0; sample < WARM_TURNS; sample += 1) {
      warm.push(await ask(agent, long, WORDS));
      const fresh = talkOf(`agent:main:person:p${sample + 2}`);
      await ask(agent, fresh, WORDS); // its first turn makes what the second has
      warmEmpty.push(await ask(agent, fresh, WORDS));
    }
  }
  const cold: number[] = [];
  const coldEmpty: number[] = [];
  for (let sample = 0; sample < COLD_STARTS; sample += 1) {
    if (sample === 0) progress(`turn: ${storeName}, ${COLD_STARTS} fresh processes`);
    await using agent = await start();
    cold.push(await ask(agent, long, WORDS));
    await using other = await start();
    coldEmpty.push(await ask(other, empty, WORDS));
  }
  return [
    line(`overhead warm p50, ${storeName}`, warm, warmEmpty, 30),
    line(`overhead in a fresh process p50, ${storeName}`, cold, coldEmpty, coldTargetMs),
  ];
}

function line(what: string, ours: readonly number[], empty: readonly number[], targetMs: number): Measurement {
  return {
    what,
    unit: "ms",
    ours: median(ours),
    baseline: { what: "the same in a conversation that has just begun", value: median(empty) },
    target: { on: "ours", is: "at most", value: targetMs },
    note: `p95 ${percentile(ours, 0.95).toFixed(1)} ms; ${ours.length} turns after ${TURNS}, ${FILES} files`,
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
