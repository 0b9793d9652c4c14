/** Runs one build tool as a child process, and says in one line what went wrong with it. */
import { spawn } from "node:child_process";

export type BuildStep = {
  /** What is built, for the message of a failure. */
  readonly what: string;
  readonly root: string;
  /** A script for Node and its arguments. */
  readonly script: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
};

/** Lines of the tool's output that the error keeps. */
const QUOTED_LINES_MAX = 20;

/** A build tool failed; `output` is the end of what it printed. */
export class BuildError extends Error {
  override readonly name = "BuildError";
  readonly output: string;

  constructor(what: string, output: string) {
    super(`${what} could not be built`);
    this.output = output;
  }
}

/** Runs the tool to its end. Throws `BuildError` if it fails. */
export async function runBuildStep(step: BuildStep): Promise<void> {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, [...step.script], {
    cwd: step.root,
    // Nothing of the developer's shell: a build must not depend on it, and has no use for secrets.
    env: { PATH, HOME, NO_COLOR: "1", FORCE_COLOR: "0", CI: "true", ...step.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const keep = (chunk: string) => void (output += chunk);
  child.stdout.setEncoding("utf8").on("data", keep);
  child.stderr.setEncoding("utf8").on("data", keep);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
  });
  if (code === 0) return;
  const lines = output.trim().split("\n").slice(-QUOTED_LINES_MAX);
  throw new BuildError(step.what, lines.join("\n"));
}
