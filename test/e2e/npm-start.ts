/** Runs the program behind `npm start` in a process of its own, as a user would, and says what it printed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const ROOT = new URL("../..", import.meta.url).pathname;

export type NpmStart = {
  readonly child: ChildProcess;
  /** Everything that was printed so far, both streams. */
  readonly lines: readonly string[];
  /** Resolves with the first line that holds `text`. Rejects if the process ends before. */
  line(text: string): Promise<string>;
  /** Resolves with the exit code, or the signal. */
  readonly ended: Promise<number | string>;
};

/** A new, empty state directory. */
export function newStateDir(): string {
  return mkdtempSync(join(tmpdir(), "agent-claw-e2e-"));
}

/** The process id of the workerd that `npm start` runs in `stateDir`. */
export function workerdPid(stateDir: string): number {
  return Number(readFileSync(join(stateDir, "workerd.pid"), "utf8"));
}

/** Starts it with nothing of our environment but the path. */
export function npmStart(stateDir: string, variables: Readonly<Record<string, string>> = {}): NpmStart {
  const child = spawn(process.execPath, ["local/start.ts"], {
    cwd: ROOT,
    env: environment({ AGENT_CLAW_STATE_DIR: stateDir, PORT: "0", ...variables }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      for (const look of waiting) look();
    });
  }
  const ended = once(child, "close").then(([code, signal]: unknown[]) =>
    typeof code === "number" ? code : String(signal),
  );
  return { child, lines, ended, line: (text) => findLine(lines, waiting, ended, text) };
}

async function findLine(
  lines: readonly string[],
  waiting: Set<() => void>,
  ended: Promise<unknown>,
  text: string,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const look = () => {
    const found = lines.find((line) => line.includes(text));
    if (found !== undefined) resolve(found);
  };
  waiting.add(look);
  void ended.then(() => reject(new Error(`ended without "${text}":\n${lines.join("\n")}`)));
  look();
  return await promise.finally(() => waiting.delete(look));
}

export type Said = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs a program of the command line against the assistant of `stateDir`. */
export async function cli(stateDir: string, ...words: readonly string[]): Promise<Said> {
  const child = spawn(process.execPath, [...words], {
    cwd: ROOT,
    env: environment({ AGENT_CLAW_STATE_DIR: stateDir }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const [code]: unknown[] = await once(child, "close");
  return { code: Number(code), stdout, stderr };
}

function environment(variables: Readonly<Record<string, string>>): Record<string, string> {
  const { PATH = "", HOME = "" } = process.env;
  return { PATH, HOME, ...variables };
}
