/** When the runtime stand-in starts and ends agent processes. */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { InvokeAgentRuntimeCommand } from "@aws-sdk/client-bedrock-agentcore";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { LocalAwsSettings } from "../../../local/aws/server.ts";
import { isAlive, RUNTIME_ARN, sdkClient, sessionId, type Stand, startStand } from "./local-aws.ts";

// Processes start here: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 30_000 });
const PATIENCE = { timeout: 20_000 };

let stand: Stand | undefined;

async function start(settings: Partial<LocalAwsSettings> = {}): Promise<Stand> {
  stand = await startStand(settings);
  return stand;
}
afterEach(async () => {
  await stand?.[Symbol.asyncDispose]();
  stand = undefined;
});

async function invoke({ aws }: Stand, session: string, script: object) {
  const sdk = sdkClient(aws);
  const payload = Buffer.from(JSON.stringify(script));
  const named = { agentRuntimeArn: RUNTIME_ARN, runtimeSessionId: sessionId(session) };
  return sdk.send(new InvokeAgentRuntimeCommand({ ...named, payload, contentType: "application/json" }));
}

async function ask(at: Stand, session: string, script: object = { do: "echo" }) {
  return JSON.parse((await (await invoke(at, session, script)).response?.transformToString()) ?? "");
}

/** Who has a process: the names of the sessions, `spare` and `orphan`, in order. */
function owners({ aws }: Stand): readonly string[] {
  const names = aws.processes().map(({ session, phase }) => session?.split("-")[0] ?? phase);
  return names.toSorted((left, right) => left.localeCompare(right));
}

const untilGone = (pid: number) => vi.waitFor(() => expect(isAlive(pid)).toBe(false), PATIENCE);

describe("spares", () => {
  it("are kept ready, given to new sessions, and replaced", async () => {
    const at = await start({ spares: 2, processMax: 4 });
    await at.aws.ready;
    await vi.waitFor(() => expect(owners(at)).toEqual(["spare", "spare"]), PATIENCE);
    const ready = at.aws.processes().map(({ pid }) => pid);
    expect(ready).toContain((await ask(at, "first")).pid);
    await vi.waitFor(() => expect(owners(at)).toEqual(["first", "spare", "spare"]), PATIENCE);
  });

  it("are replaced when they die", async () => {
    const at = await start({ spares: 1 });
    await at.aws.ready;
    const [spare] = at.aws.processes();
    process.kill(spare!.pid, "SIGKILL");
    await vi.waitFor(() => expect(at.aws.processes()[0]?.pid ?? spare!.pid).not.toBe(spare!.pid), PATIENCE);
  });

  it("leave room for sessions within processMax", async () => {
    const at = await start({ spares: 4, processMax: 2 });
    await at.aws.ready;
    await Promise.all([ask(at, "one"), ask(at, "two")]);
    expect(owners(at)).toEqual(["one", "two"]);
  });

  it("make ready fail, in one line that says why, when the agent cannot be started", async () => {
    const at = await start({ spares: 1, agentEntry: "/no/such/agent.js" });
    await expect(at.aws.ready).rejects.toThrow(/Cannot find module '\/no\/such\/agent.js'/);
  });
});

describe("a session", () => {
  it("ends after its idle timeout, and its folder goes with it", async () => {
    const at = await start({ idleTimeoutMs: 150 });
    const { pid } = await ask(at, "idle");
    expect(await readdir(join(at.stateDir, "agent-work"))).toHaveLength(1);
    await untilGone(pid);
    await vi.waitFor(async () => expect(await readdir(join(at.stateDir, "agent-work"))).toHaveLength(0), PATIENCE);
    expect(at.log).toContainEqual(expect.objectContaining({ event: "session_stopping", reason: "idle" }));
  });

  it("does not end while a call is under way or its agent is busy", async () => {
    const at = await start({ idleTimeoutMs: 60 });
    await invoke(at, "held", { do: "hang", events: 1 });
    const busy = await ask(at, "busy", { do: "health", health: { status: "HealthyBusy", time: 1 } });
    const idle = await ask(at, "idle");
    await untilGone(idle.pid);
    await vi.waitFor(() => expect(owners(at)).toEqual(["busy", "held"]), PATIENCE);
    expect(isAlive(busy.pid)).toBe(true);
  });

  it.each([
    ["lives on where AgentCore honours that", "honoured", true],
    ["ends where AgentCore ignores that", "ignored", false],
  ] as const)("that is busy without a time %s", async (_, busyWithoutTime, lives) => {
    const at = await start({ idleTimeoutMs: 60, busyWithoutTime });
    const { pid } = await ask(at, "busy", { do: "health", health: { status: "HealthyBusy" } });
    const idle = await ask(at, "idle");
    await untilGone(idle.pid);
    await (lives ? expect(isAlive(pid)).toBe(true) : untilGone(pid));
  });

  it("ends after its maximum lifetime although a call is under way", async () => {
    const at = await start({ maxLifetimeMs: 200 });
    const reply = await invoke(at, "long", { do: "hang", events: 1 });
    await expect(reply.response?.transformToString()).rejects.toThrow();
    await vi.waitFor(() => expect(owners(at)).toEqual([]), PATIENCE);
  });

  it("makes room, longest at rest first, when there are too many", async () => {
    const at = await start({ processMax: 2 });
    const old = await ask(at, "old");
    await ask(at, "young");
    await vi.waitFor(() => expect(at.log.filter(({ event }) => event === "session_started")).toHaveLength(2), PATIENCE);
    await ask(at, "newest");
    await untilGone(old.pid);
    await vi.waitFor(() => expect(owners(at)).toEqual(["newest", "young"]), PATIENCE);
  });

  it("is refused with 402 when all are busy", async () => {
    const at = await start({ processMax: 1 });
    await invoke(at, "held", { do: "hang", events: 1 });
    await expect(ask(at, "other")).rejects.toMatchObject({ name: "ServiceQuotaExceededException" });
  });

  it("is refused with 409 while it is being started", async () => {
    const at = await start();
    const outcomes = await Promise.allSettled([ask(at, "twice"), ask(at, "twice")]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const rejected = outcomes.find((outcome) => outcome.status === "rejected");
    expect(rejected?.reason).toMatchObject({ name: "RetryableConflictException" });
  });

  it("ends although the caller of its first call did not wait for it to start", async () => {
    const at = await start({ idleTimeoutMs: 60 });
    const sdk = sdkClient(at.aws);
    const impatient = new AbortController();
    const named = { agentRuntimeArn: RUNTIME_ARN, runtimeSessionId: sessionId("left") };
    const command = new InvokeAgentRuntimeCommand({ ...named, payload: Buffer.from('{"do":"hang"}') });
    const sending = sdk.send(command, { abortSignal: impatient.signal }).catch((error: Error) => error.name);
    await vi.waitFor(() => expect(at.log.some(({ event }) => event === "agent_process_started")).toBe(true), PATIENCE);
    impatient.abort();
    expect(await sending).toBe("AbortError");
    const ended = expect.objectContaining({ event: "session_stopping", reason: "idle" });
    await vi.waitFor(() => expect(at.log).toContainEqual(ended), PATIENCE);
  });

  it("is refused with 429 when too many begin within one second", async () => {
    const at = await start({ newSessionsPerSecondMax: 1 });
    const outcomes = await Promise.allSettled([ask(at, "one"), ask(at, "two")]);
    const rejected = outcomes.find((outcome) => outcome.status === "rejected");
    expect(rejected?.reason).toMatchObject({ name: "ThrottlingException" });
    expect(owners(at)).toHaveLength(1);
  });

  it("is refused with 424 when its agent does not start", async () => {
    const at = await start({ agentEntry: "/no/such/agent.js" });
    await expect(ask(at, "none")).rejects.toMatchObject({ name: "RuntimeClientError" });
  });
});

describe("a session that loses its process", () => {
  it("gets a fresh one beside it, beyond processMax; the lost one lives until it ends or the stand-in stops", async () => {
    const at = await start({ processMax: 1 });
    const { pid: lost } = await ask(at, "lost");
    at.aws.faults.inject({ fault: { kind: "orphan", afterEvents: 1 } });
    const reply = await invoke(at, "lost", { do: "hang", events: 2 });
    await expect(reply.response?.transformToString()).rejects.toThrow();
    const { pid: fresh, invocations } = await ask(at, "lost");
    expect({ invocations, isFresh: fresh !== lost, lives: isAlive(lost) }).toEqual({
      invocations: 1,
      isFresh: true,
      lives: true,
    });
    expect(owners(at)).toEqual(["lost", "orphan"]);
    await at.aws.stop();
    expect([lost, fresh].map(isAlive)).toEqual([false, false]);
  });

  it("forgets it when it ends by itself", async () => {
    const at = await start();
    const { pid: lost } = await ask(at, "lost");
    at.aws.faults.inject({ fault: { kind: "orphan" } });
    await expect(ask(at, "lost")).rejects.toThrow();
    process.kill(lost, "SIGKILL");
    await vi.waitFor(() => expect(owners(at)).toEqual([]), PATIENCE);
  });
});

describe("agent processes", () => {
  it("get only those headers that the runtime allows", async () => {
    const allowed = "x-amzn-bedrock-agentcore-runtime-custom-channel";
    const at = await start({ requestHeaderAllowlist: [allowed] });
    const sdk = sdkClient(at.aws);
    const named = { agentRuntimeArn: RUNTIME_ARN, runtimeSessionId: sessionId("headers"), traceParent: "00-1" };
    const command = new InvokeAgentRuntimeCommand({ ...named, payload: Buffer.from('{"do":"echo"}') });
    const add = { [allowed]: "telegram", [`${allowed}-2`]: "dropped" };
    command.middlewareStack.add(
      (next) => async (args) => {
        const { request } = args;
        if (typeof request === "object" && request && "headers" in request) Object.assign(request.headers ?? {}, add);
        return next(args);
      },
      { step: "build" },
    );
    const reply = await sdk.send(command);
    const { headers } = JSON.parse((await reply.response?.transformToString()) ?? "");
    expect(headers).toMatchObject({ [allowed]: "telegram" });
    expect(Object.keys(headers).toSorted()).toEqual([
      "connection",
      "content-length",
      "content-type",
      "host",
      "x-agent-claw-token",
      allowed,
      "x-amzn-bedrock-agentcore-runtime-request-id",
      "x-amzn-bedrock-agentcore-runtime-session-id",
    ]);
  });

  it("end when the stand-in is killed", async () => {
    const stateDir = await mkdtemp(join(tmpdir(), "claw-aws-"));
    const entry = fileURLToPath(new URL("stand-process.ts", import.meta.url));
    const child = spawn(process.execPath, [entry, stateDir], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = await once(child.stdout, "data");
    const pids: readonly number[] = JSON.parse(String(line));
    expect(pids).toHaveLength(2);
    expect(pids.every(isAlive)).toBe(true);
    child.kill("SIGKILL");
    await Promise.all(pids.map(untilGone));
    await rm(stateDir, { recursive: true, force: true });
    expect(existsSync(stateDir)).toBe(false);
  });
});
