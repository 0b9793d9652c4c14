/** The agent as a process of its own, as the runtime starts it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** The agent's source, run as it is. */
export const SOURCE_ENTRY = join(import.meta.dirname, "../../../agent-container/src/server.ts");

/** What a build puts in place of a name, for sources that run as they are. */
export const AS_BUILT = ["--import", "data:text/javascript,globalThis.FAIL_POINTS=false"] as const;

export type AgentProcess = {
  readonly url: string;
  readonly child: ChildProcess;
  /** Everything it wrote to standard error so far. */
  readonly log: () => string;
  /** Sends the signal and waits for the end; returns the exit code. */
  kill(signal: "SIGTERM" | "SIGKILL"): Promise<number | null>;
};

export type AgentProcessOptions = {
  readonly stateDir: string;
  readonly workDir: string;
  /** The source unless told otherwise. */
  readonly entry?: string;
  readonly nodeArgs?: readonly string[];
  /** What it is told to expect with each invocation, as the laptop's runtime does. */
  readonly token?: string;
  /** What else is in its environment. */
  readonly env?: Readonly<Record<string, string>>;
};

/** Starts it with the environment that the runtime gives it, and no more. Resolves when it listens. */
export async function startAgentProcess(options: AgentProcessOptions): Promise<AgentProcess> {
  const { stateDir, workDir, entry = SOURCE_ENTRY, nodeArgs = [], token } = options;
  const env = {
    ...options.env,
    PORT: "0",
    AGENT_STATE_DIR: stateDir,
    AGENT_WORK_DIR: workDir,
    PATH: process.env["PATH"],
    ...(token !== undefined && { AGENT_EXPECTS_TOKEN: "1" }),
  };
  const child = spawn(process.execPath, [...AS_BUILT, ...nodeArgs, entry], { env, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end(token);
  let log = "";
  child.stderr.on("data", (data: Buffer) => {
    log += data.toString();
  });
  const port = await new Promise<number>((resolve, reject) => {
    let output = "";
    child.stdout.on("data", (data: Buffer) => {
      output += data.toString();
      const listening = /^\{"listening":(?<port>\d+)\}$/m.exec(output);
      if (listening) resolve(Number(listening.groups?.["port"]));
    });
    child.once("exit", (code) => {
      reject(new Error(`the agent ended with ${String(code)}: ${log}`));
    });
  });
  return {
    url: `http://127.0.0.1:${String(port)}`,
    child,
    log: () => log,
    kill: async (signal) => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        await once(child, "exit");
      }
      return child.exitCode;
    },
  };
}
