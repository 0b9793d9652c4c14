import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LLMock } from "@copilotkit/aimock";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { run, TurnStream } from "./agent-client.ts";
import { eventually, PROCESS_TEST_MS } from "./eventually.ts";
import { holdAnswer } from "./agent-fixture.ts";
import { type AgentProcess, startAgentProcess } from "./agent-process.ts";
import { type BlobServer, startBlobServer } from "./blob-server.ts";
import { type Endpoints, resume, turn } from "./invocations.ts";

vi.setConfig({ testTimeout: PROCESS_TEST_MS, hookTimeout: PROCESS_TEST_MS });

let dir: string;
let blobs: BlobServer;
let model: LLMock;
let endpoints: Endpoints;
const processes: AgentProcess[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "agent-crash-"));
  blobs = await startBlobServer();
  model = new LLMock({ port: 0, logLevel: "silent" });
  await model.start();
  endpoints = { blobs: blobs.url, model: model.url };
});
afterEach(async () => {
  await Promise.all(processes.splice(0).map((agent) => agent.kill("SIGKILL")));
  await blobs.close();
  await model.stop();
  await rm(dir, { recursive: true });
});

/** A fresh process over the same state; its working copies are its own, as a new microVM's are. */
async function start(): Promise<AgentProcess> {
  const workDir = join(dir, `work-${String(processes.length)}`);
  const agent = await startAgentProcess({ stateDir: join(dir, "state"), workDir });
  processes.push(agent);
  return agent;
}

const write = (path: string, content: string) => ({ name: "write", arguments: JSON.stringify({ path, content }) });

describe("kill -9", () => {
  it("while the model answers: a fresh process asks it again and gives the one answer", async () => {
    const held = holdAnswer("never seen");
    model.on({ sequenceIndex: 0 }, held.respond).on({ sequenceIndex: 1 }, { content: "The answer." });
    const asked = turn(endpoints, "question");
    const first = await start();
    const stream = new TurnStream(first.url, asked);
    await held.asked;
    await first.kill("SIGKILL");
    held.release();
    await stream.ended;
    expect(stream.kinds()).toEqual(["accepted"]);
    const resumed = await run((await start()).url, resume(asked, 2));
    expect(resumed.kinds().slice(0, 2)).toEqual(["accepted", "snapshot"]);
    expect(resumed.of("final")[0]).toMatchObject({ text: "The answer.", consumed: ["telegram:1"] });
  });

  it("inside a tool: what was finished is not run again, what was not is reported to the model as interrupted", async () => {
    model
      .on({ toolResultContains: "interrupted" }, { content: "The second file may be missing." })
      .on({ toolResultContains: "Created one.md" }, () => {
        // From here on nothing can be stored: the next tool never gets to its end.
        blobs.hold = new Promise(() => undefined);
        return { content: "Now two.", toolCalls: [write("two.md", "2")] };
      })
      .on({ hasToolResult: false }, { content: "First one.", toolCalls: [write("one.md", "1")] });
    const asked = turn(endpoints, "write two files");
    const first = await start();
    const stream = new TurnStream(first.url, asked);
    await eventually(() => {
      expect(stream.of("tool").map(({ status }) => status)).toEqual(["started", "finished", "started"]);
      expect(blobs.waiting).toBeGreaterThan(0);
    });
    await first.kill("SIGKILL");
    blobs.hold = undefined;
    const resumed = await run((await start()).url, resume(asked, 2));
    expect(resumed.of("snapshot")[0]?.text).toBe("First one.\n\nNow two.");
    expect(resumed.of("final")[0]?.text).toBe("First one.\n\nNow two.\n\nThe second file may be missing.");
    expect(resumed.of("tool").map(({ status }) => status)).toEqual(["failed"]);
    const listing = await run((await start()).url, turn(endpoints, "", { turnId: "turn-0002", fence: 3, ...READ_ONE }));
    expect(listing.of("final")[0]?.text).toMatch(/^one\.md:\n\n1\n/);
  });

  it("after the answer was stored: a fresh process repeats it without asking the model", async () => {
    model.on({}, { content: "The answer." });
    const asked = turn(endpoints, "question");
    const first = await start();
    const stream = await run(first.url, asked);
    await first.kill("SIGKILL");
    const again = await run((await start()).url, resume(asked, 2));
    expect(again.of("final")[0]).toMatchObject({ ...stream.of("final")[0], fence: 2, seq: 2 });
    expect(model.getRequests()).toHaveLength(1);
  });
});

describe("SIGTERM", () => {
  it("ends an idle process at once and cleanly", async () => {
    const agent = await start();
    expect(await agent.kill("SIGTERM")).toBe(0);
  });

  it("lets a running turn end first", async () => {
    const held = holdAnswer("The answer.");
    model.on({}, held.respond);
    const agent = await start();
    const stream = new TurnStream(agent.url, turn(endpoints, "question"));
    await held.asked;
    const ended = agent.kill("SIGTERM");
    held.release();
    expect(await ended).toBe(0);
    expect(stream.of("final")[0]?.text).toBe("The answer.");
  });
});

/** Asks the offline model, which reads the file. */
const READ_ONE = {
  messages: turn({ blobs: "" }, "read one.md").messages,
  settings: { model: "offline/offline", fallbacks: [], timezone: "UTC" },
};
