/**
 * One agent process: started, watched until healthy, asked for its health, ended. It gets a fixed environment without
 * any credentials, a working directory of its own, and dies with this process, even when that is killed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";
import { AGENT_TOKEN } from "../../../protocol/agent-token.ts";
import { RUNTIME_STAND_IN_BOUNDS as BOUNDS } from "../bounds.ts";
import type { Log } from "../log.ts";
import type { Ping } from "./liveness.ts";

export type AgentProcessSettings = {
  readonly nodePath: string;
  /** The bundled container entry. */
  readonly agentEntry: string;
  /** All that the process will find in its environment, besides what `spawnAgent` adds. */
  readonly environment: Readonly<Record<string, string>>;
  /** Made anew for this process, removed after it. */
  readonly workDir: string;
  readonly log: Log;
};

export interface AgentProcess {
  readonly pid: number;
  readonly port: number;
  /** What an invocation must bring (`AGENT_TOKEN.header`); known to this process and the agent alone. */
  readonly token: string;
  /** Settles once the process is gone and its working directory removed. */
  readonly exited: Promise<void>;
  /** The answer to `/ping`; null when there is none in time or it is no health. */
  ping(): Promise<Ping | null>;
  /** SIGTERM, and SIGKILL after the grace time. Settles like `exited`. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): void;
}

/** Loaded into the agent before its own code: ends it when the channel to us closes, which the kernel does for us. */
const DIE_WITH_PARENT = `data:text/javascript,${encodeURIComponent(
  `process.on("disconnect",()=>process.exit(1));process.channel?.unref();`,
)}`;

const listening = v.pipe(v.string(), v.parseJson(), v.object({ listening: v.number() }));
const health = v.object({
  status: v.picklist(["Healthy", "HealthyBusy"]),
  time_of_last_update: v.optional(v.number()),
});

/**
 * Starts an agent and resolves when it is healthy. Rejects, with the process gone, when it ends before that, is not
 * healthy in time, or `signal` calls it off; the message says why in one line.
 */
export async function startAgentProcess(settings: AgentProcessSettings, signal: AbortSignal): Promise<AgentProcess> {
  const startedAt = performance.now();
  await mkdir(settings.workDir, { recursive: true });
  const token = randomBytes(32).toString("base64url");
  const child = spawnAgent(settings, token);
  settings.log({ event: "agent_process_started", pid: child.pid });
  // Whether its end is our wish; what ends by itself is worth a look.
  let asked = false;
  const exited = watchExit(child, settings, () => asked);
  const output = watchOutput(child, settings.log);
  const settled = new AbortController();
  const giveUp = AbortSignal.any([signal, settled.signal]);
  try {
    const gone = exited.then(() => Promise.reject(new Error(output.reason())));
    const late = sleep(BOUNDS.healthyWithinMs, null, { signal: giveUp }).then(() =>
      Promise.reject(new Error(`the agent was not healthy within ${BOUNDS.healthyWithinMs} ms`)),
    );
    const port = await Promise.race([output.port.then((told) => untilHealthy(told, giveUp)), gone, late]);
    settings.log({ event: "agent_process_ready", pid: child.pid, ms: Math.round(performance.now() - startedAt) });
    return {
      pid: child.pid ?? 0,
      port,
      token,
      exited,
      ping: () => askHealth(port),
      stop: () => {
        asked = true;
        return stopChild(child, exited);
      },
      kill: () => {
        asked = true;
        child.kill("SIGKILL");
      },
    };
  } catch (error) {
    asked = true;
    child.kill("SIGKILL");
    await exited;
    throw error;
  } finally {
    settled.abort();
  }
}

/** The token goes through the standard input: arguments and environment can be looked up by others. */
function spawnAgent({ nodePath, agentEntry, workDir, environment }: AgentProcessSettings, token: string): ChildProcess {
  const child = spawn(nodePath, ["--import", DIE_WITH_PARENT, agentEntry], {
    cwd: workDir,
    env: { ...environment, PORT: "0", AGENT_WORK_DIR: workDir, [AGENT_TOKEN.expectedVariable]: "1" },
    stdio: ["pipe", "pipe", "pipe", "ipc"],
  });
  child.stdin?.on("error", () => {}); // it ended before it read: its exit tells
  child.stdin?.end(token);
  return child;
}

async function untilHealthy(port: number, giveUp: AbortSignal): Promise<number> {
  while ((await askHealth(port)) === null) await sleep(BOUNDS.startPollMs, null, { signal: giveUp });
  return port;
}

async function stopChild(child: ChildProcess, exited: Promise<void>): Promise<void> {
  child.kill("SIGTERM");
  const insist = setTimeout(() => child.kill("SIGKILL"), BOUNDS.stopGraceMs);
  await exited;
  clearTimeout(insist);
}

async function watchExit(
  child: ChildProcess,
  { log, workDir }: AgentProcessSettings,
  isAsked: () => boolean,
): Promise<void> {
  const ending = Promise.withResolvers<void>();
  child.on("error", () => {
    if (child.pid === undefined) ending.resolve(); // never started: there will be no exit
  });
  child.on("exit", (code, signal) => {
    log({ event: "agent_process_exit", pid: child.pid, code, signal, asked: isAsked() });
    ending.resolve();
  });
  await ending.promise;
  await rm(workDir, { recursive: true, force: true }).catch((error: Error) => {
    log({ event: "work_dir_left", pid: child.pid, error: error.message }); // the next start clears it away
  });
}

/** Finds the port in what the agent prints, and passes every other line on to the log. */
function watchOutput(child: ChildProcess, log: Log): { port: Promise<number>; reason: () => string } {
  const port = Promise.withResolvers<number>();
  let reason: string | undefined;
  child.on("error", (error) => (reason ??= error.message));
  onLine(child.stdout, (line) => {
    const told = v.safeParse(listening, line);
    if (told.success) port.resolve(told.output.listening);
    else log({ event: "agent_output", pid: child.pid, line });
  });
  onLine(child.stderr, (line) => {
    if (/^\w*Error\b/.test(line)) reason ??= line;
    log({ event: "agent_error_output", pid: child.pid, line });
  });
  return { port: port.promise, reason: () => reason ?? "the agent ended while it was starting" };
}

function onLine(stream: Readable | null, take: (line: string) => void): void {
  if (!stream) return;
  createInterface({ input: stream }).on("line", (line) => take(line.slice(0, BOUNDS.outputLineMax)));
}

async function askHealth(port: number): Promise<Ping | null> {
  try {
    const signal = AbortSignal.timeout(BOUNDS.pingTimeoutMs);
    const response = await fetch(`http://127.0.0.1:${port}/ping`, { signal });
    const parsed = v.safeParse(health, await response.json());
    if (!response.ok || !parsed.success) return null;
    return { status: parsed.output.status, timeOfLastUpdate: parsed.output.time_of_last_update ?? null };
  } catch {
    return null;
  }
}
