/** One run of `npm run deploy` or `npm run destroy` as a process of its own, with what it said and how it ended. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import * as v from "valibot";

const ROOT = new URL("../../..", import.meta.url).pathname;

const event = v.looseObject({ event: v.string(), step: v.optional(v.string()) });
export type DeployEvent = v.InferOutput<typeof event>;

export type DeployRun = {
  /** Everything that came on both streams so far. */
  readonly lines: readonly string[];
  readonly events: readonly DeployEvent[];
  /** Resolves with the exit code, or the signal. */
  readonly ended: Promise<number | string>;
  /** Ends it and everything it has started, as `kill -9` of its group would. */
  kill(): void;
};

export type DeployStart = {
  /** `cli/deploy.ts` or `cli/destroy.ts`. */
  readonly program: string;
  readonly words: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly onEvent?: (event: DeployEvent, run: DeployRun) => void;
  /** The sources that are deployed; absent: these. */
  readonly root?: string;
};

/** Starts it with nothing of our environment but the path. */
export function startDeploy({ program, words, variables, onEvent, root = ROOT }: DeployStart): DeployRun {
  const child = spawn(process.execPath, [program, ...words], {
    cwd: root,
    env: { PATH: process.env["PATH"] ?? "", ...variables },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that it can be ended with its tools.
    detached: true,
  });
  const lines: string[] = [];
  const events: DeployEvent[] = [];
  const ended = once(child, "close").then(([code, signal]: unknown[]) =>
    typeof code === "number" ? code : String(signal),
  );
  const run: DeployRun = {
    lines,
    events,
    ended,
    kill() {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
    },
  };
  createInterface({ input: child.stderr }).on("line", (line) => void lines.push(line));
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), event), line);
    if (!parsed.success) return;
    events.push(parsed.output);
    onEvent?.(parsed.output, run);
  });
  return run;
}

/** The steps that ended in this way, in their order. */
export function stepsThat(what: "step_done" | "step_skipped" | "step_failed", run: DeployRun): readonly string[] {
  return run.events.flatMap((each) => (each.event === what && each.step !== undefined ? [each.step] : []));
}
