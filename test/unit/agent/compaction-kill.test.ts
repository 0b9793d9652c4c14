import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LLMock } from "@copilotkit/aimock";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { call, run, TurnStream } from "./agent-client.ts";
import { holdAnswer } from "./agent-fixture.ts";
import { type AgentProcess, startAgentProcess } from "./agent-process.ts";
import { type BlobServer, startBlobServer } from "./blob-server.ts";
import { PROCESS_TEST_MS } from "./eventually.ts";
import { type Endpoints, promptMessage, query, resume, turn } from "./invocations.ts";
import { chatter } from "./small-talk.ts";

vi.setConfig({ testTimeout: PROCESS_TEST_MS, hookTimeout: PROCESS_TEST_MS });

const FACT = "The code of shed is K-17";
const SUMMARY = ["Goal", "Constraints & Preferences", "Progress", "Key Decisions", "Next Steps", "Critical Context"]
  .map((heading) => `## ${heading}`)
  .join("\n");

let dir: string;
let blobs: BlobServer;
let model: LLMock;
let endpoints: Endpoints;
const processes: AgentProcess[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "agent-compaction-"));
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

async function start(): Promise<AgentProcess> {
  const workDir = join(dir, `work-${String(processes.length)}`);
  const agent = await startAgentProcess({ stateDir: join(dir, "state"), workDir });
  processes.push(agent);
  return agent;
}

const NOTES = { userMessage: "about to be summed up" };
const SUMMING = { userMessage: "EXACT format" };

it("kill -9 while the model sums up: nothing is lost, and nothing noted twice", async () => {
  const held = holdAnswer("never heard");
  model
    .on(NOTES, { content: `- ${FACT}` })
    .on({ ...SUMMING, sequenceIndex: 0 }, held.respond)
    .on(SUMMING, { content: `${SUMMARY}\n- ${FACT}` })
    .on({}, { content: "I see." });
  const first = await start();
  await run(first.url, turn(endpoints, `${FACT}. ${chatter(9_000)}`));
  await run(first.url, turn(endpoints, chatter(3_000), { turnId: "turn-0002", fence: 2 }));
  const messages = [promptMessage("telegram:3", "/compact", { command: { name: "compact", rest: "" } })];
  const asked = turn(endpoints, "", { turnId: "turn-0003", fence: 3, messages });
  const stream = new TurnStream(first.url, asked);
  await held.asked;
  await first.kill("SIGKILL");
  held.release();
  await stream.ended;
  expect(stream.kinds()).toEqual(["accepted"]);

  const second = await start();
  const resumed = await run(second.url, resume(asked, 4));
  expect(resumed.of("final")[0]?.text).toMatch(/^🧹 Summed up/u);
  const files = await call(second.url, query(asked, { what: "files" }));
  const path = /memory\/[\d-]+\.md/.exec(JSON.stringify(files))?.[0] ?? "";
  const day = JSON.stringify(await call(second.url, query(asked, { what: "file", path })));
  expect(day.split(FACT)).toHaveLength(2);
  await run(second.url, turn(endpoints, "Which code?", { turnId: "turn-0005", fence: 5 }));
  expect(JSON.stringify(model.getLastRequest()?.body)).toContain(`- ${FACT}`);
});
