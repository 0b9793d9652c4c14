/** Runs workerd, the runtime of Cloudflare Workers, as a child process: no proxy in front of the Worker's socket. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import * as v from "valibot";
import type { Log, LogLine } from "./log.ts";
import { readFileIfAny, writePrivateFile } from "./private-file.ts";
import { endLeftover, guardProcess } from "./process-guard.ts";
import type { Variables } from "./variables.ts";
import type { WorkerBundle } from "./worker-bundle.ts";
import { workerdConfig } from "./worker-config.ts";

export type WorkerdStart = {
  readonly worker: Pick<WorkerBundle, "wrangler" | "modulePath">;
  readonly stateDir: string;
  readonly port: number;
  readonly variables: Variables;
  readonly log: Log;
};

export type Workerd = {
  readonly pid: number;
  /** Where its scheduled handler can be called (`clock.ts`). */
  readonly clockUrl: string;
  /** Resolves when the process has ended, with what is to be said about it. */
  readonly ended: Promise<string>;
  /** Ends it: at once when nothing is under way, after `STOP_MAX_MS` at the latest. */
  stop(): Promise<void>;
  /** Ends it as `kill -9` does. */
  kill(): void;
};

/** After this a worker that still serves somebody is killed; what it was doing is recovered by its alarms. */
const STOP_MAX_MS = 1_000;
/** For the Worker that calls the scheduled handler; the flag that it needs is the only experimental one. */
const FLAGS = ["--experimental"];
/** Lines of workerd's own complaints that are kept for the message of a failed start. */
const COMPLAINTS_MAX = 5;

const configPathIn = (stateDir: string) => join(stateDir, "workerd.capnp");
const pidPathIn = (stateDir: string) => join(stateDir, "workerd.pid");

/** Ends the workerd that an earlier start of `stateDir` left behind, if there is one. Throws if it does not end. */
export async function endLeftoverWorkerd(stateDir: string): Promise<void> {
  const pid = Number(readFileIfAny(pidPathIn(stateDir)) ?? 0);
  if (Number.isSafeInteger(pid) && pid > 0) await endLeftover(pid, configPathIn(stateDir));
}

/** Starts workerd and resolves when its sockets listen. Throws an error of one line if it does not. */
export async function startWorkerd(start: WorkerdStart): Promise<Workerd> {
  const configPath = configPathIn(start.stateDir);
  const durableObjectsDir = join(start.stateDir, "durable-objects");
  mkdirSync(durableObjectsDir, { recursive: true, mode: 0o700 });
  writePrivateFile(
    configPath,
    workerdConfig({
      ...start.worker,
      durableObjectsDir,
      port: start.port,
      variables: Object.keys(start.variables),
      trustedCertificates: readTrustedCertificates(),
    }),
  );
  const child = spawn(workerdBinary(), ["serve", ...FLAGS, "--import-path=/", "--control-fd=3", configPath], {
    env: { ...start.variables },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    // Its own process group: Ctrl-C is for us, and we stop it.
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) return await failedSpawn(child);
  writePrivateFile(pidPathIn(start.stateDir), String(pid));
  const guard = guardProcess(pid);
  const complaints = forwardOutput(child, start.log);
  const ended = endOf(child).finally(() => guard.release());
  const listening = await Promise.race([listens(child), ended]);
  if (typeof listening === "string") throw new Error(complaints.at(-1) ?? listening);
  return {
    pid,
    clockUrl: `http://127.0.0.1:${listening.clock}`,
    ended,
    stop: () => stop(child, ended),
    kill: () => void child.kill("SIGKILL"),
  };
}

async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.kill("SIGTERM");
  const killer = setTimeout(() => child.kill("SIGKILL"), STOP_MAX_MS);
  await ended;
  clearTimeout(killer);
}

function workerdBinary(): string {
  const found: unknown = createRequire(import.meta.url)("workerd");
  return v.parse(v.object({ default: v.string() }), found).default;
}

async function failedSpawn(child: ChildProcess): Promise<never> {
  const [error]: unknown[] = await once(child, "error").catch((thrown: unknown) => [thrown]);
  throw new Error("workerd cannot be run; npm install again", { cause: error });
}

const listenEvent = v.object({ event: v.literal("listen"), socket: v.string(), port: v.number() });

/** Resolves with their ports when workerd has reported both sockets on the control pipe, and never if it does not. */
function listens(child: ChildProcess): Promise<{ readonly clock: number }> {
  const control = child.stdio[3];
  const ports = new Map<string, number>();
  let text = "";
  return new Promise((resolve) => {
    control?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      // One object of JSON after the other.
      for (const [, event = ""] of text.matchAll(/(\{[^{}]*\})/g)) {
        const heard = v.safeParse(listenEvent, parseJson(event));
        if (heard.success) ports.set(heard.output.socket, heard.output.port);
      }
      const clock = ports.get("clock");
      if (clock !== undefined && ports.has("http")) resolve({ clock });
    });
  });
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("exit", (code, signal) =>
      resolve(`workerd ended ${signal === null ? `with code ${code}` : `by ${signal}`}`),
    );
  });
}

const consoleLine = v.object({ level: v.string(), message: v.string() });

/** Passes both streams to the log and returns the last lines that were no console output of the Worker. */
function forwardOutput(child: ChildProcess, log: Log): readonly string[] {
  const complaints: string[] = [];
  const forward = (stream: Readable | null) => {
    if (!stream) return;
    createInterface({ input: stream, crlfDelay: Infinity }).on("line", (line) => {
      if (line.trim() === "") return;
      const entry = readConsoleLine(line);
      if (entry.step === "workerd") complaints.push(String(entry["message"]));
      if (complaints.length > COMPLAINTS_MAX) complaints.shift();
      log(entry);
    });
  };
  forward(child.stdout);
  forward(child.stderr);
  return complaints;
}

/** How workerd begins to say that an alarm was due while nothing ran: what `kill -9` broke off is taken up again. */
const ALARM_OVERDUE = "NOSENTRY SQLite alarm overdue";

/** The Worker's own JSON line as it wrote it; anything else as a line of workerd's. Never throws. */
export function readConsoleLine(line: string): LogLine {
  const outer = v.safeParse(consoleLine, parseJson(line));
  if (!outer.success) return { level: "error", step: "workerd", message: line };
  const { message } = outer.output;
  const level = outer.output.level === "error" ? "error" : outer.output.level === "warn" ? "warn" : "info";
  const inner = v.safeParse(v.looseObject({ step: v.string() }), parseJson(message));
  if (inner.success) return { ...inner.output, level };
  if (message.startsWith(ALARM_OVERDUE)) {
    return {
      level: "info",
      step: "overdue_work_begun",
      message: "what was due while the assistant was off is done now",
    };
  }
  return { level, step: "workerd", message };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What Node was told to trust besides the well-known authorities, for example a company's proxy. */
function readTrustedCertificates(): readonly string[] {
  const path = process.env["NODE_EXTRA_CA_CERTS"];
  const pem = path === undefined ? null : readFileIfAny(path);
  return pem?.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}
