/** An agent in this process with a model and a bucket on loopback, for one test file. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LLMock } from "@copilotkit/aimock";
import { afterEach, beforeEach, vi } from "vitest";
import { createAgent, type RunningAgent } from "../../../agent-container/src/agent.ts";
import { createAgentServer } from "../../../agent-container/src/http/agent-server.ts";
import type { TurnPorts } from "../../../agent-container/src/turn/ports.ts";
import { type BlobServer, startBlobServer } from "./blob-server.ts";
import type { Endpoints } from "./invocations.ts";
import { close, listen } from "./loopback.ts";

export type AgentFixture = {
  /** Set before each test. */
  model: LLMock;
  blobs: BlobServer;
  endpoints: Endpoints;
  url: string;
  stateDir: string;
  /** Lines that the agents logged. */
  readonly logged: object[];
  /** One more agent over the same state, as a fresh process would be. */
  startAgent(overrides?: Partial<TurnPorts>): Promise<{ readonly url: string; readonly agent: RunningAgent }>;
};

/** Gives each test of the file an agent of its own. */
export function useAgent(): AgentFixture {
  vi.setConfig({ testTimeout: 30_000 });
  const cleanups: (() => Promise<unknown>)[] = [];
  const fixture: AgentFixture = {
    model: new LLMock(),
    blobs: {
      url: "",
      stored: new Map(),
      reads: [],
      hold: undefined,
      refusal: undefined,
      readRefusal: undefined,
      waiting: 0,
      close: () => Promise.resolve(),
    },
    endpoints: { blobs: "" },
    url: "",
    stateDir: "",
    logged: [],
    startAgent: async (overrides = {}) => {
      const workDir = await mkdtemp(join(tmpdir(), "agent-work-"));
      const environment = { stateDir: fixture.stateDir, workDir };
      const agent = createAgent(environment, { log: (line) => fixture.logged.push(line), ...overrides });
      const server = createAgentServer(agent, { token: undefined, isLoopback: true });
      const url = await listen(server);
      cleanups.push(async () => {
        await agent.shutDown(0);
        await close(server);
        await rm(workDir, { recursive: true });
      });
      return { url, agent };
    },
  };
  beforeEach(async () => {
    fixture.logged.length = 0;
    fixture.stateDir = await mkdtemp(join(tmpdir(), "agent-state-"));
    fixture.model = new LLMock({ port: 0, logLevel: "silent" });
    await fixture.model.start();
    fixture.blobs = await startBlobServer();
    fixture.endpoints = { blobs: fixture.blobs.url, model: fixture.model.url };
    fixture.url = (await fixture.startAgent()).url;
  });
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    await fixture.blobs.close();
    await fixture.model.stop();
    await rm(fixture.stateDir, { recursive: true });
  });
  return fixture;
}

/** An answer of the model that a test lets happen when it wants to. */
export type HeldAnswer = {
  readonly respond: () => Promise<{ content: string }>;
  /** Resolves when the model was asked. */
  readonly asked: Promise<void>;
  release(): void;
};

export function holdAnswer(content: string): HeldAnswer {
  const asked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  return {
    respond: async () => {
      asked.resolve();
      await released.promise;
      return { content };
    },
    asked: asked.promise,
    release: () => {
      released.resolve();
    },
  };
}
