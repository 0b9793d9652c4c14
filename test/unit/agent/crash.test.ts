import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LLMock } from "@copilotkit/aimock";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { call, run, TurnStream } from "./agent-client.ts";
import { eventually, PROCESS_TEST_MS } from "./eventually.ts";
import { pictureOf } from "./attachments/pictures.ts";
import { holdAnswer } from "./agent-fixture.ts";
import { type AgentProcess, startAgentProcess } from "./agent-process.ts";
import { type BlobServer, startBlobServer } from "./blob-server.ts";
import { type Endpoints, GROUP, promptMessage, query, resume, steer, turn } from "./invocations.ts";
import { startRecordingProxy } from "./recording-proxy.ts";

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

  it("while the model looks at a picture: a fresh process fetches it again and shows it", async () => {
    const held = holdAnswer("never seen");
    model.on({ sequenceIndex: 0 }, held.respond).on({ sequenceIndex: 1 }, { content: "A cat." });
    const content = pictureOf("jpeg");
    blobs.stored.set("/agent-claw/main/owner/attachments/cat", content);
    const attachments = [{ kind: "image", stored: { name: "cat", bytes: content.byteLength } }];
    const proxy = await startRecordingProxy(model.url);
    const messages = [promptMessage("telegram:1", "", { attachments })];
    const asked = turn({ ...endpoints, model: proxy.url }, "", { messages });
    const first = await start();
    const stream = new TurnStream(first.url, asked);
    await held.asked;
    await first.kill("SIGKILL");
    held.release();
    await stream.ended;
    const resumed = await run((await start()).url, resume(asked, 2));
    await proxy.close();
    expect(resumed.of("final")[0]?.text).toBe("A cat.");
    expect(proxy.bodies.map((body) => body.includes(content.toString("base64")))).toEqual([true, true]);
    expect(blobs.reads.filter((path) => path.includes("attachments"))).toHaveLength(2);
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

  it("before a steered message was read: steered again into a fresh process, it is read once", async () => {
    const [first, again] = [holdAnswer("never seen"), holdAnswer("Tea.")];
    model
      .on({ sequenceIndex: 0 }, first.respond)
      .on({ sequenceIndex: 1 }, again.respond)
      .on({}, { content: "Tea and milk." });
    const asked = turn(endpoints, "tea");
    const killed = await start();
    const stream = new TurnStream(killed.url, asked);
    await first.asked;
    expect(await call(killed.url, steer(asked, "telegram:2", "and milk"))).toEqual({ status: "queued" });
    await killed.kill("SIGKILL");
    first.release();
    await stream.ended;
    const { url } = await start();
    const resumed = new TurnStream(url, resume(asked, 2));
    await again.asked;
    expect(await call(url, steer({ ...asked, fence: 2 }, "telegram:2", "and milk"))).toEqual({ status: "queued" });
    again.release();
    await resumed.ended;
    expect(resumed.of("final")[0]).toMatchObject({
      text: "Tea.\n\nTea and milk.",
      consumed: ["telegram:1", "telegram:2"],
    });
    const read = JSON.stringify(model.getLastRequest()?.body);
    expect(read.match(/and milk/g)).toHaveLength(1);
    expect(await call(url, query(asked, { what: "history", limit: 9 }))).toMatchObject({
      entries: [{ text: "tea" }, { text: "Tea." }, { text: "and milk" }, { text: "Tea and milk." }],
    });
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

  it("cuts a turn that nobody reads at once, for a fresh process to go on with, and lets the read one end", async () => {
    const [unread, read] = [holdAnswer("Too late."), holdAnswer("Read to the end.")];
    model
      .on({ userMessage: "unread", sequenceIndex: 0 }, unread.respond)
      .on({ userMessage: "unread" }, { content: "Taken up." })
      .on({ userMessage: "listened" }, read.respond);
    const asked = turn(endpoints, "unread", { ...GROUP, turnId: "turn-0002" });
    const agent = await start();
    const stream = new TurnStream(agent.url, turn(endpoints, "listened"));
    const left = new TurnStream(agent.url, asked);
    await Promise.all([unread.asked, read.asked]);
    left.cut();
    await left.ended;
    // The process reads its connections in order: once it answers this, it knows that the other one is gone.
    await call(agent.url, query(asked, { what: "history", limit: 9 }));
    const ended = agent.kill("SIGTERM");
    await eventually(() => {
      expect(linesOf(agent, "turn_ended")).toMatchObject([{ turnId: "turn-0002", end: "shutting_down" }]);
    });
    read.release();
    expect(await ended).toBe(0);
    expect(stream.of("final")[0]?.text).toBe("Read to the end.");
    unread.release();
    const resumed = await run((await start()).url, resume(asked, 2));
    expect(resumed.of("final")[0]?.text).toBe("Taken up.");
  });
});

/** What a process logged of an event. */
function linesOf(agent: AgentProcess, event: string): readonly object[] {
  const lines = agent.log().split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line)).filter((line) => line.event === event);
}

/** Asks the offline model, which reads the file. */
const READ_ONE = {
  messages: turn({ blobs: "" }, "read one.md").messages,
  settings: { model: "offline/offline", fallbacks: [], timezone: "UTC" },
};
