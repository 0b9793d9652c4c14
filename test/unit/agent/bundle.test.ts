import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LLMock } from "@copilotkit/aimock";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { PROCESS_TEST_MS } from "./eventually.ts";
import type { Grants } from "../../../protocol/invocation.ts";
import { run } from "./agent-client.ts";
import { type AgentProcess, startAgentProcess } from "./agent-process.ts";
import { type BlobServer, startBlobServer } from "./blob-server.ts";
import { pdfOf } from "./attachments/pdf.ts";
import { buildBundle } from "./bundle.ts";
import { promptMessage, turn } from "./invocations.ts";

vi.setConfig({ testTimeout: PROCESS_TEST_MS, hookTimeout: PROCESS_TEST_MS });

let dir: string;
let blobs: BlobServer;
let model: LLMock;
let agent: AgentProcess;
let turns = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "agent-bundle-"));
  await buildBundle(join(dir, "dist"));
  blobs = await startBlobServer();
  model = new LLMock({ port: 0, logLevel: "silent" });
  await model.start();
  const entry = join(dir, "dist", "server.js");
  agent = await startAgentProcess({ stateDir: join(dir, "state"), workDir: join(dir, "work"), entry });
});
afterAll(async () => {
  await agent.kill("SIGKILL");
  await model.stop();
  await blobs.close();
  await rm(dir, { recursive: true });
});

const credentials = { accessKeyId: "AKIATEST", secretAccessKey: "secret" };

describe("the bundle, far from any node_modules", () => {
  it.each<readonly [string, () => Grants["models"]]>([
    ["Anthropic", () => ({ anthropic: { apiKey: "k", baseUrl: model.url } })],
    ["OpenAI", () => ({ openai: { apiKey: "k", baseUrl: `${model.url}/v1` } })],
    ["Bedrock", () => ({ bedrock: { region: "us-east-1", endpoint: model.url, credentials } })],
  ])("runs tools and answers through %s", async (_name, models) => {
    model.clearFixtures();
    model
      .on({ hasToolResult: true }, { content: "It is noon." })
      .on({ hasToolResult: false }, { toolCalls: [{ name: "session_status", arguments: "{}" }] });
    turns += 1;
    const asked = turn({ blobs: blobs.url }, "what time is it?", { turnId: `turn-000${String(turns)}`, fence: turns });
    const stream = await run(agent.url, { ...asked, grants: { ...asked.grants, models: models() } });
    expect(stream.of("tool").map(({ status }) => status)).toEqual(["started", "finished"]);
    expect(stream.of("final")[0]?.text).toBe("It is noon.");
  });

  it("reads a PDF", async () => {
    model.clearFixtures();
    model.on({}, { content: "Read." });
    const content = pdfOf(["Dear Ada", "Yours"]);
    blobs.stored.set("/agent-claw/main/owner/attachments/letter", content);
    const stored = { name: "letter", bytes: content.byteLength };
    const messages = [promptMessage("telegram:pdf", "", { attachments: [{ kind: "document", stored }] })];
    const endpoints = { blobs: blobs.url, model: model.url };
    await run(agent.url, turn(endpoints, "", { turnId: "turn-pdf", fence: 50, messages }));
    expect(JSON.stringify(model.getLastRequest()?.body)).toContain("Dear Ada\\n\\nYours");
  });

  it("answers offline", async () => {
    const asked = turn({ blobs: blobs.url }, "remember tea", { turnId: "turn-offline", fence: 99 });
    expect((await run(agent.url, asked)).of("final")[0]?.text).toMatch(/^I will remember: tea/);
  });
});
