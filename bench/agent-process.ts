/** One agent process: how soon it is healthy, and how big it is once it has answered. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as v from "valibot";
import { buildAgent } from "../local/agent-bundle.ts";
import { startAssistant } from "./assistant.ts";
import { bareNodeMb, bareNodeMs } from "./bare-node.ts";
import { residentMb } from "./memory.ts";
import { startModel } from "./model.ts";
import type { Measurement, Row, RunContext } from "./row.ts";
import { openScratch } from "./scratch.ts";
import { median, percentile } from "./statistics.ts";
import { openWebChat } from "./web-chat.ts";

const STARTS = 10;
const BARE_MEMORY = "node that does nothing";
const MEMORY_TARGET = { on: "ours", is: "at most", value: 100 } as const;

const listening = v.pipe(v.string(), v.parseJson(), v.object({ listening: v.number() }));

export const agentProcess: Row = {
  name: "agent",
  title: "agent process: start to healthy /ping, and memory after a text turn",
  async run(context) {
    return [...(await measureStart(context)), await measureTurnMemory(context)];
  },
};

async function measureStart({ root, progress }: RunContext): Promise<readonly Measurement[]> {
  using scratch = openScratch();
  const { entryPath } = await buildAgent(root);
  const ours: Ready[] = [];
  const bare: number[] = [];
  await startAgent(entryPath, scratch.path); // fills the compile cache, as the laptop's runtime has it
  for (let start = 1; start <= STARTS; start++) {
    if (start === 1) progress(`agent: ${STARTS} starts`);
    ours.push(await startAgent(entryPath, scratch.path));
    bare.push(await bareNodeMs());
  }
  const times = ours.map(({ ms }) => ms);
  return [
    {
      what: "start to healthy, median",
      unit: "ms",
      ours: median(times),
      baseline: { what: "node that does nothing, start to exit", value: median(bare) },
      target: { on: "ours", is: "at most", value: 150 },
      note: `fastest ${Math.min(...times).toFixed(0)} ms, p90 ${percentile(times, 0.9).toFixed(0)} ms; compile cache warm`,
    },
    {
      what: "memory when healthy",
      unit: "MB",
      ours: median(ours.map(({ mb }) => mb)),
      baseline: { what: BARE_MEMORY, value: await bareNodeMb() },
      target: MEMORY_TARGET,
      note: `everything that a text turn needs is imported; median of ${STARTS}`,
    },
  ];
}

type Ready = { readonly ms: number; readonly mb: number };

/** Starts an agent until its first healthy answer, and ends it. */
async function startAgent(entryPath: string, stateDir: string): Promise<Ready> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [entryPath], {
    cwd: stateDir,
    env: {
      PATH: process.env["PATH"],
      PORT: "0",
      AGENT_STATE_DIR: join(stateDir, "agent"),
      AGENT_WORK_DIR: join(stateDir, "work"),
      NODE_COMPILE_CACHE: join(stateDir, "compile-cache"),
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  try {
    const [line]: unknown[] = await once(createInterface({ input: child.stdout }), "line");
    const { listening: port } = v.parse(listening, line);
    const response = await fetch(`http://127.0.0.1:${port}/ping`);
    v.parse(v.object({ status: v.literal("Healthy") }), await response.json());
    return { ms: performance.now() - startedAt, mb: residentMb(child.pid ?? 0) };
  } finally {
    child.kill("SIGTERM");
    await ended;
  }
}

async function measureTurnMemory({ root, progress }: RunContext): Promise<Measurement> {
  progress("agent: memory after a turn");
  await using model = await startModel({ firstTokenMs: 0, tokenMs: 0 });
  await using assistant = await startAssistant(root, model.variables);
  using chat = await openWebChat(assistant.url, assistant.adminToken);
  await chat.say("what is on my list for today?");
  const [pid] = assistant.agentPids;
  if (pid === undefined) throw new Error("no agent process got a session");
  return {
    what: "memory after a text turn",
    unit: "MB",
    ours: residentMb(pid),
    baseline: { what: BARE_MEMORY, value: await bareNodeMb() },
    target: MEMORY_TARGET,
    note: "resident set, pages shared with other processes included",
  };
}
