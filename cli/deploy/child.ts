/** Runs a tool of somebody else's as a child process: with no more of our environment than it needs, its output passed on. */
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { printableLine } from "../../local/terminal-text.ts";
import { hider } from "./hider.ts";

export type ToolRun = {
  /** For the message of a failure. */
  readonly what: string;
  readonly command: string;
  readonly words: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Written to its standard input: secrets go this way, for others can read command lines and environments. */
  readonly input?: string;
  /** Never shown, whatever the tool prints. */
  readonly secrets?: readonly string[];
  readonly tell: (line: string) => void;
};

/** Lines of the tool's output that a failure quotes. */
const QUOTED_LINES_MAX = 12;

/** What a tool needs of the shell: where programs are, whose they are, and the way to the network. */
const PASSED_ON = [
  "PATH",
  "HOME",
  "TMPDIR",
  "XDG_CONFIG_HOME",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "NODE_EXTRA_CA_CERTS",
] as const;

/** A tool ended with a failure; `output` is the end of what it said. */
export class ToolError extends Error {
  override readonly name = "ToolError";
  readonly output: readonly string[];

  constructor(what: string, output: readonly string[]) {
    super(`${what} failed`);
    this.output = output;
  }
}

/** Tools that are running: whoever ends us by a signal ends them too. */
const running = new Set<ReturnType<typeof spawn>>();

/** Ends all tools that are running now. */
export function endTools(): void {
  for (const child of running) child.kill("SIGTERM");
}

/** Runs the tool to its end and returns what it printed to its standard output. Throws `ToolError`. */
export async function runTool(run: ToolRun): Promise<string> {
  const input = run.input === undefined ? null : openInput(run.input);
  const child = spawn(run.command, [...run.words], {
    cwd: run.folder,
    env: { ...passedOn(), CI: "true", NO_COLOR: "1", FORCE_COLOR: "0", ...run.environment },
    stdio: [input ?? "ignore", "pipe", "pipe"],
  });
  if (input !== null) closeSync(input);
  running.add(child);
  const last: string[] = [];
  const printed: string[] = [];
  const hide = hider(run.secrets ?? []);
  const hear = (line: string) => {
    const text = printableLine(hide(withoutColour(line)));
    if (text === "") return;
    last.push(text);
    if (last.length > QUOTED_LINES_MAX) last.shift();
    run.tell(text);
  };
  eachLine(child.stdout, (line) => (printed.push(line), hear(line)));
  eachLine(child.stderr, hear);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
  }).finally(() => running.delete(child));
  if (code !== 0) throw new ToolError(run.what, last);
  return printed.join("\n");
}

function eachLine(stream: NodeJS.ReadableStream | null, hear: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream }).on("line", hear);
}

/**
 * A file that has no name any more when the tool begins: it can be opened as `/dev/stdin`, which a pipe of Node's cannot,
 * and whoever kills us leaves nothing behind.
 */
function openInput(text: string): number {
  const folder = mkdtempSync(join(tmpdir(), "agent-claw-input-"));
  const file = openSync(join(folder, "input"), "wx+", 0o600);
  rmSync(folder, { recursive: true });
  // At a position, so that the tool reads from the beginning.
  writeSync(file, Buffer.from(text), 0, null, 0);
  return file;
}

function passedOn(): Record<string, string> {
  return Object.fromEntries(
    PASSED_ON.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Some tools colour what they print even where nobody sees colours. */
function withoutColour(text: string): string {
  // oxlint-disable-next-line no-control-regex -- an escape character is what colours begin with
  return text.replaceAll(/\u001b\[[\d;]*[A-Za-z]/g, "");
}
