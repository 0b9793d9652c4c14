/** An agent process by itself, without runtime and edge: started from the bundle, and asked for turns. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { EventSourceParserStream } from "eventsource-parser/stream";
import * as v from "valibot";
import { RUNTIME_BOUNDS } from "../protocol/bounds.ts";
import type { TurnInvocation } from "../protocol/invocation.ts";
import { parseTurnEvent } from "../protocol/turn-event.ts";

export type BareAgent = AsyncDisposable & {
  /** Runs a turn and resolves with how long it took to its answer. Throws if it has none. */
  run(turn: TurnInvocation): Promise<number>;
};

export type BareAgentPlace = {
  readonly entryPath: string;
  readonly stateDir: string;
  readonly workDir: string;
  /** Where compiled code is kept from one process to the next. */
  readonly cacheDir: string;
};

const listening = v.pipe(v.string(), v.parseJson(), v.object({ listening: v.number() }));

const SESSION_HEADER = "x-amzn-bedrock-agentcore-runtime-session-id";
/** A process belongs to one session; what it may work on is in each turn. */
const SESSION = "bench".padEnd(RUNTIME_BOUNDS.sessionIdMin, "-");

/** Starts one and resolves when it is healthy. */
export async function startBareAgent({ entryPath, stateDir, workDir, cacheDir }: BareAgentPlace): Promise<BareAgent> {
  const child = spawn(process.execPath, [entryPath], {
    env: {
      PATH: process.env["PATH"],
      PORT: "0",
      AGENT_STATE_DIR: stateDir,
      AGENT_WORK_DIR: workDir,
      NODE_COMPILE_CACHE: cacheDir,
    },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = once(child, "close");
  const [line]: unknown[] = await once(createInterface({ input: child.stdout }), "line");
  const url = `http://127.0.0.1:${v.parse(listening, line).listening}`;
  await (await fetch(`${url}/ping`)).arrayBuffer();
  return {
    run: (turn) => runTurn(url, turn),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function runTurn(url: string, turn: TurnInvocation): Promise<number> {
  const startedAt = performance.now();
  const response = await fetch(`${url}/invocations`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream", [SESSION_HEADER]: SESSION },
    body: JSON.stringify(turn),
  });
  if (!response.ok || !response.body) throw new Error(`the agent answered ${response.status}`);
  const messages = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  let took: number | undefined;
  for await (const { data } of messages) {
    const event = parseTurnEvent(data);
    if (event.ok && event.value.kind === "error")
      throw new Error(`the turn ended with ${event.value.code}: ${event.value.message}`);
    if (event.ok && event.value.kind === "final") took = performance.now() - startedAt;
  }
  if (took === undefined) throw new Error("the turn had no answer");
  return took;
}
