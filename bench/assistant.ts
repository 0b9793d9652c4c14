/** The whole assistant as `npm start` runs it, in a process and a state directory of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as v from "valibot";
import { guardProcess } from "../local/process-guard.ts";
import { readRunFile } from "../local/run-file.ts";
import { VARIABLES, type Variables } from "../local/variables.ts";
import { openScratch } from "./scratch.ts";

export type RunningAssistant = AsyncDisposable & {
  readonly url: string;
  readonly adminToken: string;
  /** The agent processes that got a runtime session so far, in order. */
  readonly agentPids: readonly number[];
};

/** Longest time from the start to its `ready` line, builds included. */
const READY_MAX_MS = 60_000;
const STOP_MAX_MS = 5_000;
/** Last lines of its output that go into the error when it does not start. */
const LINES_KEPT = 10;

/** The line that tells of a new runtime session. */
const sessionStarted = v.pipe(
  v.string(),
  v.startsWith("{"),
  v.parseJson(),
  v.object({ step: v.literal("session_started"), pid: v.number() }),
);

/** Starts it with these variables and no others, and resolves when it is ready. Throws with what it said if it is not. */
export async function startAssistant(root: string, variables: Variables): Promise<RunningAssistant> {
  await using parts = new AsyncDisposableStack();
  const scratch = parts.use(openScratch());
  const child = spawn(process.execPath, [join(root, "local", "start.ts")], {
    cwd: root,
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      TMPDIR: process.env["TMPDIR"],
      // An empty name hides what a developer's .dev.vars says.
      ...Object.fromEntries(VARIABLES.map((name) => [name, ""])),
      PORT: "0",
      AGENT_CLAW_STATE_DIR: scratch.path,
      ...variables,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  parts.defer(() => stop(child));
  const { pid } = child;
  if (pid === undefined) throw new Error("the assistant cannot be started");
  const guard = guardProcess(pid);
  parts.defer(() => guard.release());
  const agentPids: number[] = [];
  await untilReady(child, agentPids);
  const run = readRunFile(scratch.path);
  if (!run) throw new Error("the assistant is ready but wrote no run file");
  const running = parts.move();
  return {
    url: run.url,
    adminToken: run.adminToken,
    agentPids,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Reads its output from now on: until it says that it is ready, and the agents' process ids for good. */
async function untilReady(child: ChildProcess, agentPids: number[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on("line", (line) => {
      if (line.startsWith("ready ")) resolve();
      const session = v.safeParse(sessionStarted, line);
      if (session.success) agentPids.push(session.output.pid);
      said.push(line);
      if (said.length > LINES_KEPT) said.shift();
    });
  }
  const fail = (why: string) => reject(new Error(`the assistant ${why}: ${said.join("\n")}`));
  child.once("close", () => fail("ended"));
  const timer = setTimeout(() => fail(`was not ready within ${READY_MAX_MS} ms`), READY_MAX_MS);
  await promise.finally(() => clearTimeout(timer));
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  child.kill("SIGTERM");
  const killer = setTimeout(() => child.kill("SIGKILL"), STOP_MAX_MS);
  await closed;
  clearTimeout(killer);
}
