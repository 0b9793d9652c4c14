/** Keeps the stand-in process: starts it, knows which agents work for whom, kills it and starts it again. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as v from "valibot";
import { FAULTS_PATH } from "../../local/aws/fault-orders.ts";
import type { FaultRule } from "../../local/aws/faults.ts";
import { killProcess } from "../../local/process-guard.ts";
import { chatOfKey } from "./chats.ts";
import { endWithUs } from "./scratch.ts";
import { FAIL_POINTS_VARIABLE } from "./edits.ts";

const PROGRAM = join(import.meta.dirname, "stand-in-process.ts");
/** The key of the account that the stand-in plays; it opens nothing else. */
export const ACCOUNT_KEY = {
  accessKeyId: "AKFAULTSUITE00000000",
  secretAccessKey: "the-fault-suite-s-own-key",
} as const;

export type StandInOptions = {
  readonly stateDir: string;
  readonly agentEntry: string;
  readonly driverUrl: string | null;
  readonly processMax: number;
};

/** What an agent says of a turn. `build`: of which build it is, if that is not the first. */
export type TurnLine = {
  readonly event: "turn_started" | "turn_ended";
  readonly pid: number;
  readonly chat: number;
  readonly turnId: string;
  readonly build: string;
};

const ordered = v.array(v.looseObject({ count: v.number() }));
const logLine = v.pipe(v.string(), v.parseJson(), v.looseObject({ event: v.string() }));
const agentLine = v.pipe(
  v.string(),
  v.parseJson(),
  v.looseObject({
    event: v.string(),
    conversation: v.string(),
    turnId: v.optional(v.string(), ""),
    build: v.optional(v.string(), "first"),
  }),
);

export class StandIn {
  readonly #options: StandInOptions;
  readonly #turns = new Map<number, number>();
  /** What agents have said of turns, in order. */
  readonly turnLines: TurnLine[] = [];
  #done: PromiseWithResolvers<string> | null = null;
  #child: ChildProcess | null = null;
  #port = 0;

  constructor(options: StandInOptions) {
    this.#options = options;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Agent processes with a turn under way, and the chat that it is for. */
  get busyAgents(): ReadonlyMap<number, number> {
    return this.#turns;
  }

  /** Starts it on the port that it had before. Resolves when an agent is ready; throws if none gets ready. */
  async start(): Promise<void> {
    const { stateDir, agentEntry, driverUrl, processMax } = this.#options;
    const settings = {
      port: this.#port,
      stateDir,
      agentEntry,
      processMax,
      spares: 2,
      credentials: ACCOUNT_KEY,
      agentEnvironment: {
        AGENT_PROVIDERS: "anthropic",
        ...(driverUrl !== null && { [FAIL_POINTS_VARIABLE]: driverUrl }),
      },
    };
    const child = spawn(process.execPath, [PROGRAM, JSON.stringify(settings)], {
      stdio: ["ignore", "pipe", "inherit", "ipc"],
    });
    if (!child.stdout) throw new Error("the stand-in has no output");
    this.#child = child;
    if (child.pid !== undefined) endWithUs(child.pid, once(child, "exit"));
    const ready = Promise.withResolvers<number>();
    child.once("exit", () => ready.reject(new Error("the stand-in ended")));
    createInterface({ input: child.stdout }).on("line", (line) => this.#hear(line, ready.resolve));
    this.#port = await ready.promise;
  }

  /** `kill -9` of the stand-in; its agents end with it. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
    this.#turns.clear();
  }

  /** `kill -9` of one agent. */
  killAgent(pid: number): void {
    this.#turns.delete(pid);
    killProcess(pid);
  }

  /** Makes a new version of the runtime; resolves with its number. */
  publish(agentEntry: string): Promise<string> {
    return this.#ask({ kind: "publish", agentEntry });
  }

  /** Leads new sessions to a version. */
  async point(version: string): Promise<void> {
    await this.#ask({ kind: "point", version });
  }

  /** One at a time. */
  #ask(wish: Readonly<Record<string, string>>): Promise<string> {
    const done = Promise.withResolvers<string>();
    this.#done = done;
    this.#child?.send(wish);
    return done.promise;
  }

  async order(rule: FaultRule): Promise<void> {
    const headers = { authorization: `Bearer ${ACCOUNT_KEY.secretAccessKey}` };
    const response = await fetch(`${this.url}${FAULTS_PATH}`, { method: "POST", headers, body: JSON.stringify(rule) });
    if (!response.ok) throw new Error(`the stand-in refused the fault: ${response.status}`);
  }

  /** Calls off the faults that were ordered. */
  async callOff(): Promise<void> {
    const headers = { authorization: `Bearer ${ACCOUNT_KEY.secretAccessKey}` };
    await fetch(`${this.url}${FAULTS_PATH}`, { method: "DELETE", headers });
  }

  /** Calls that ordered faults have yet to strike. */
  async faultsLeft(): Promise<number> {
    const headers = { authorization: `Bearer ${ACCOUNT_KEY.secretAccessKey}` };
    const rules = v.parse(ordered, await (await fetch(`${this.url}${FAULTS_PATH}`, { headers })).json());
    return rules.reduce((sum, { count }) => sum + count, 0);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.disconnect();
    await exited;
  }

  #hear(line: string, ready: (port: number) => void): void {
    const parsed = v.safeParse(logLine, line);
    if (!parsed.success) return;
    const { event, pid, port, version, line: said } = parsed.output;
    if (event === "ready" && typeof port === "number") ready(port);
    if (event === "done" && typeof version === "string") this.#done?.resolve(version);
    if (typeof pid !== "number") return;
    if (event === "agent_process_exit") this.#turns.delete(pid);
    if (event !== "agent_error_output") return;
    const step = v.safeParse(agentLine, said);
    if (step.success) this.#hearAgent(pid, step.output);
  }

  #hearAgent(pid: number, { event, conversation, turnId, build }: v.InferOutput<typeof agentLine>): void {
    const chat = chatOfKey(conversation);
    if (event === "turn_ended") this.#turns.delete(pid);
    if (chat === null || !(event === "turn_started" || event === "turn_ended")) return;
    if (event === "turn_started") this.#turns.set(pid, chat);
    this.turnLines.push({ event, pid, chat, turnId, build });
  }
}
