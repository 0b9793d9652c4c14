/** Who may talk to an agent on a machine that it shares with others. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { request as httpRequest, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createAgentServer } from "../../../agent-container/src/http/agent-server.ts";
import { RUNTIME_BOUNDS } from "../../../protocol/bounds.ts";
import { SESSION_ID } from "./agent-client.ts";
import { SOURCE_ENTRY, startAgentProcess } from "./agent-process.ts";
import { PROCESS_TEST_MS } from "./eventually.ts";
import { close, listen } from "./loopback.ts";

vi.setConfig({ testTimeout: PROCESS_TEST_MS });

const TOKEN = "a-token-of-forty-three-characters-000000000";

/** An agent that notes whether anything reached it. */
const agent = {
  isReached: false,
  firstInvocation: () => (agent.isReached = true),
  join: () => Promise.reject(new Error("no turns here")),
  settled: () => Promise.resolve(),
  call: () => Promise.resolve({}),
  now: () => 0,
  log: () => undefined,
};

let guarded: Server;
let url: string;
beforeAll(async () => {
  guarded = createAgentServer(agent, { token: TOKEN, isLoopback: true });
  url = await listen(guarded);
});
afterAll(() => close(guarded));

type Sent = { readonly method?: string; readonly path: string; readonly headers?: Readonly<Record<string, string>> };

/** Sends no more than the head of a request, and returns what is answered to that. */
async function sendHead({ method = "POST", path, headers = {} }: Sent): Promise<readonly [number, string]> {
  const request = httpRequest(url + path, { method, headers, agent: false });
  request.on("error", () => undefined); // it is not let finish
  request.flushHeaders();
  const [response] = await once(request, "response");
  const answer = [response.statusCode, await text(response)] as const;
  request.destroy();
  return answer;
}

function invocation(token: string | undefined): Promise<Response> {
  const headers = { "x-amzn-bedrock-agentcore-runtime-session-id": SESSION_ID };
  const withToken = token === undefined ? headers : { ...headers, "x-agent-claw-token": token };
  return fetch(`${url}/invocations`, { method: "POST", headers: withToken, body: "{}" });
}

describe("an agent that was told a token", () => {
  it.each([
    ["no token", {}],
    ["an empty token", { "x-agent-claw-token": "" }],
    ["another token", { "x-agent-claw-token": TOKEN.replace("a", "b") }],
    ["a part of the token", { "x-agent-claw-token": TOKEN.slice(0, -1) }],
  ])("refuses an invocation with %s before it reads the body", async (_, headers) => {
    const length = { "content-length": String(RUNTIME_BOUNDS.invocationMaxBytes) };
    const [status, body] = await sendHead({ path: "/invocations", headers: { ...headers, ...length } });
    expect([status, body]).toEqual([401, expect.stringContaining("token_wrong")]);
    expect(body).not.toContain(TOKEN);
    expect(agent.isReached).toBe(false);
  });

  it("takes an invocation that brings it, and tells its health to anybody here", async () => {
    expect((await fetch(`${url}/ping`)).status).toBe(200);
    expect((await invocation(undefined)).status).toBe(401);
    const answer = await invocation(TOKEN);
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { error: expect.objectContaining({ code: "malformed_invocation" }) },
    ]);
    expect(agent.isReached).toBe(true);
  });
});

describe("an agent on the loopback", () => {
  it.each(["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "[::1]", "0.0.0.0"])(
    "serves nothing to a page that reached it as %s",
    async (host) => {
      const sent = { headers: { host, "x-agent-claw-token": TOKEN } };
      expect((await sendHead({ ...sent, path: "/invocations" }))[0]).toBe(421);
      expect((await sendHead({ ...sent, method: "GET", path: "/ping" }))[0]).toBe(421);
    },
  );

  it.each(["127.0.0.1", "127.0.0.1:8080", "localhost:1", "LOCALHOST"])("is called %s too", async (host) => {
    expect((await sendHead({ method: "GET", path: "/ping", headers: { host } }))[0]).toBe(200);
  });
});

describe("an agent process that is to expect a token", () => {
  it("reads it from its standard input and listens only then", async () => {
    const dir = await mkdtemp(join(tmpdir(), "agent-gate-"));
    const told = await startAgentProcess({ stateDir: dir, workDir: dir, token: TOKEN });
    const call = (headers: Record<string, string>) => fetch(`${told.url}/invocations`, { method: "POST", headers });
    expect((await call({})).status).toBe(401);
    expect((await call({ "x-agent-claw-token": TOKEN })).status).toBe(400);
    await told.kill("SIGKILL");
    await rm(dir, { recursive: true });
  });

  it("ends with one clear line when none comes", async () => {
    const env = { PORT: "0", AGENT_EXPECTS_TOKEN: "1", PATH: process.env["PATH"] };
    const child = spawn(process.execPath, [SOURCE_ENTRY], { env, stdio: ["ignore", "pipe", "pipe"] });
    const endAnyway = setTimeout(() => child.kill("SIGKILL"), PROCESS_TEST_MS / 2);
    const [output, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
    clearTimeout(endAnyway);
    expect(output).toBe("");
    expect(complaint).toMatch(/^Error: AGENT_EXPECTS_TOKEN: no token came on the standard input$/m);
  });
});
