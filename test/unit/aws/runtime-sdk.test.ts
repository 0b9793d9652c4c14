/** The AWS SDK's own client against the runtime stand-in, with real agent processes. */
import {
  type BedrockAgentCoreClient,
  InvokeAgentRuntimeCommand,
  StopRuntimeSessionCommand,
} from "@aws-sdk/client-bedrock-agentcore";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  ACCOUNT,
  isAlive,
  RUNTIME_ARN,
  RUNTIME_ID,
  sdkClient,
  sessionId,
  type Stand,
  startStand,
} from "./local-aws.ts";

// Processes start here: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 30_000 });
const PATIENCE = { timeout: 20_000 };

let stand: Stand;
let sdk: BedrockAgentCoreClient;

beforeAll(async () => {
  stand = await startStand();
  sdk = sdkClient(stand.aws);
});
afterAll(async () => {
  sdk.destroy();
  await stand[Symbol.asyncDispose]();
});

function invoke(session: string, script: object, more: object = {}) {
  return sdk.send(
    new InvokeAgentRuntimeCommand({
      agentRuntimeArn: RUNTIME_ARN,
      runtimeSessionId: sessionId(session),
      payload: Buffer.from(JSON.stringify(script)),
      contentType: "application/json",
      accept: "text/event-stream",
      qualifier: "DEFAULT",
      ...more,
    }),
  );
}

async function ask(session: string, script: object, more: object = {}) {
  const reply = await invoke(session, script, more);
  return JSON.parse((await reply.response?.transformToString()) ?? "");
}

function stop(session: string) {
  return sdk.send(
    new StopRuntimeSessionCommand({ agentRuntimeArn: RUNTIME_ARN, runtimeSessionId: sessionId(session) }),
  );
}

describe("InvokeAgentRuntime", () => {
  it("reaches one process per session, the same one each time", async () => {
    const first = await ask("one", { do: "echo" });
    const again = await ask("one", { do: "echo" });
    const other = await ask("two", { do: "echo" });
    expect(again).toMatchObject({ pid: first.pid, invocations: 2 });
    expect(other.pid).not.toBe(first.pid);
    expect(first.headers).toMatchObject({
      "x-amzn-bedrock-agentcore-runtime-session-id": sessionId("one"),
      "content-type": "application/json",
      accept: "text/event-stream",
    });
  });

  it("streams events as they come, before the stream ends", async () => {
    const reply = await invoke("one", { do: "hang", events: 2 });
    expect(reply.contentType).toBe("text/event-stream");
    expect(reply.runtimeSessionId).toBe(sessionId("one"));
    const body = reply.response?.transformToWebStream().getReader();
    const { value } = (await body?.read()) ?? {};
    expect(new TextDecoder().decode(value)).toContain('data: {"seq":1}\n\n');
    await body?.cancel();
  });

  it("is found by its id and account too", async () => {
    const reply = await ask("one", { do: "echo" }, { agentRuntimeArn: RUNTIME_ID, accountId: ACCOUNT });
    expect(reply.invocations).toBeGreaterThan(0);
  });

  it.each([
    [
      "another runtime",
      { agentRuntimeArn: RUNTIME_ARN.replace("claw_agent", "other") },
      "ResourceNotFoundException",
      404,
    ],
    ["an id without its account", { agentRuntimeArn: RUNTIME_ID }, "ResourceNotFoundException", 404],
    ["another endpoint", { qualifier: "prod" }, "ResourceNotFoundException", 404],
    ["a session id of 32 characters", { runtimeSessionId: "x".repeat(32) }, "ValidationException", 400],
    ["a session id of 257 characters", { runtimeSessionId: "x".repeat(257) }, "ValidationException", 400],
  ])("refuses %s", async (_, change, name, status) => {
    await expect(invoke("one", { do: "echo" }, change)).rejects.toMatchObject({
      name,
      $metadata: { httpStatusCode: status },
    });
  });

  it("turns the agent's own failure into 424", async () => {
    await expect(invoke("one", { do: "fail" })).rejects.toMatchObject({ name: "RuntimeClientError" });
  });

  it("answers 424 when the agent crashes, and then starts it afresh", async () => {
    const before = await ask("crashing", { do: "echo" });
    await expect(invoke("crashing", { do: "crash" })).rejects.toMatchObject({ name: "RuntimeClientError" });
    await vi.waitFor(async () => {
      const after = await ask("crashing", { do: "echo" });
      expect(after.pid).not.toBe(before.pid);
    }, PATIENCE);
  });

  it("gives the agent no credentials: only what it is meant to have", async () => {
    const { environment } = await ask("one", { do: "environment" });
    expect(Object.keys(environment).sort()).toEqual([
      "AGENT_EXPECTS_TOKEN",
      "AGENT_STATE_DIR",
      "AGENT_WORK_DIR",
      "NODE_COMPILE_CACHE",
      "PATH",
      "PORT",
      "cwd",
    ]);
    expect(environment.cwd).toBe(environment.AGENT_WORK_DIR);
  });

  it("proves itself to the agent with a token that only this process was told, and that nobody can look up", async () => {
    const [one, two] = await Promise.all(["one", "two"].map((session) => ask(session, { do: "environment" })));
    expect(one.token).toMatch(/^[\w-]{43}$/);
    expect(one.headers["x-agent-claw-token"]).toBe(one.token);
    expect(two.headers["x-agent-claw-token"]).toBe(two.token);
    expect(two.token).not.toBe(one.token);
    expect(JSON.stringify([one.environment, one.argv])).not.toContain(one.token);
    expect(JSON.stringify(stand.log)).not.toContain(one.token);
  });
});

describe("StopRuntimeSession", () => {
  it("ends the process and cuts its streams at once; the same id then gets a fresh one", async () => {
    const { pid } = await ask("stopping", { do: "echo" });
    const reply = await invoke("stopping", { do: "hang", events: 1 });
    const reading = reply.response?.transformToString();
    await expect(stop("stopping")).resolves.toMatchObject({ statusCode: 200 });
    await expect(reading).rejects.toThrow();
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), PATIENCE);
    await expect(stop("stopping")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await vi.waitFor(async () => expect((await ask("stopping", { do: "echo" })).pid).not.toBe(pid), PATIENCE);
  });

  it("knows no session that never was", async () => {
    await expect(stop("never")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
});
