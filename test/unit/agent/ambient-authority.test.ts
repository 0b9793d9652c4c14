import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { Grants } from "../../../protocol/invocation.ts";
import { run } from "./agent-client.ts";
import { type AgentProcess, startAgentProcess } from "./agent-process.ts";
import { buildBundle } from "./bundle.ts";
import { PROCESS_TEST_MS } from "./eventually.ts";
import { promptMessage, turn } from "./invocations.ts";
import { close, listen } from "./loopback.ts";

vi.setConfig({ testTimeout: PROCESS_TEST_MS, hookTimeout: PROCESS_TEST_MS });

/** Who is asked for keys that nobody gave to a turn. */
const trapped: string[] = [];
/** With which key each service was asked. */
const asked: { readonly path: string; readonly key: string }[] = [];
const servers: Server[] = [];
let dir: string;
let agent: AgentProcess;
let service: string;

const keysOf = (name: string) => ({
  AccessKeyId: name,
  SecretAccessKey: "s",
  Token: "t",
  Expiration: "2999-01-01T00:00:00Z",
});

async function serve(listener: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  return listen(server);
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "agent-ambient-"));
  const trap = await serve((request, response) => {
    trapped.push(request.url ?? "");
    response.end(JSON.stringify(keysOf("AKIATRAP")));
  });
  service = await serve((request, response) => {
    const [, key = "none"] = /Credential=([^/]+)/.exec(request.headers.authorization ?? "") ?? [];
    asked.push({ path: request.url ?? "", key });
    response.writeHead(403, { "content-type": "application/json" }).end(JSON.stringify({ message: "not authorized" }));
  });
  // All the places in which clients of AWS look for keys by themselves.
  const home = join(dir, "home");
  const helper = join(dir, "helper.sh");
  await mkdir(join(home, ".aws"), { recursive: true });
  await writeFile(
    helper,
    `#!/bin/sh\ntouch ${dir}/helper-ran\necho '{"Version":1,"AccessKeyId":"AKIATRAP","SecretAccessKey":"s"}'\n`,
  );
  await chmod(helper, 0o755);
  await writeFile(
    join(home, ".aws/credentials"),
    "[default]\naws_access_key_id = AKIATRAP\naws_secret_access_key = s\n",
  );
  await writeFile(join(home, ".aws/config"), `[profile helped]\ncredential_process = ${helper}\n`);
  await writeFile(join(dir, "web-token"), "token");
  await buildBundle(join(dir, "dist"));
  agent = await startAgentProcess({
    stateDir: join(dir, "state"),
    workDir: join(dir, "work"),
    entry: join(dir, "dist", "server.js"),
    env: {
      HOME: home,
      AWS_ACCESS_KEY_ID: "AKIATRAP",
      AWS_SECRET_ACCESS_KEY: "s",
      AWS_PROFILE: "helped",
      AWS_EC2_METADATA_SERVICE_ENDPOINT: trap,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${trap}/container`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: "t",
      AWS_WEB_IDENTITY_TOKEN_FILE: join(dir, "web-token"),
      AWS_ROLE_ARN: "arn:aws:iam::111122223333:role/trap",
      AWS_ENDPOINT_URL_STS: `${trap}/sts`,
      AWS_BEARER_TOKEN_BEDROCK: "trap-bearer",
      ANTHROPIC_API_KEY: "trap-key",
      OPENAI_API_KEY: "trap-key",
    },
  });
});
afterAll(async () => {
  await agent.kill("SIGKILL");
  await Promise.all(servers.map(close));
  await rm(dir, { recursive: true });
});

const credentials = { accessKeyId: "AKIATURN", secretAccessKey: "secret", sessionToken: "t" };

it("uses what the turn has brought at the store, at the files and at Bedrock, and looks for nothing else", async () => {
  const of = (models: Grants["models"]): Grants => ({
    models,
    blobs: { endpoint: service, region: "us-east-1", bucket: "b", credentials, expiresAt: Date.now() + 3_600_000 },
  });
  const bedrock = { bedrock: { region: "us-east-1", endpoint: service, credentials } };
  const stored = { kind: "document", name: "a.txt", mimeType: "text/plain", stored: { name: "a.txt", bytes: 3 } };
  const messages = [promptMessage("telegram:1", "read it", { attachments: [stored] })];
  const asking = await run(agent.url, turn({ blobs: service }, "go", { messages, grants: of(bedrock) }));
  expect(asking.of("error")).toMatchObject([{ code: "model_failed", keyRefused: true }]);
  const store = { endpoint: `${service}/table`, region: "us-east-1", table: "claw" };
  const inTable = { turnId: "turn-0002", fence: 2, grants: { ...of({}), store } };
  await run(agent.url, turn({ blobs: service }, "go", inTable));
  const paths = asked.map(({ path }) => path).join(" ");
  for (const path of ["/model/", "/b/", "/table"]) expect(paths).toContain(path);
  expect(new Set(asked.map(({ key }) => key))).toEqual(new Set(["AKIATURN"]));
  expect([trapped, existsSync(join(dir, "helper-ran"))]).toEqual([[], false]);
});

it("asks no model for which a turn has brought no key", async () => {
  const before = asked.length;
  const settings = {
    model: "amazon-bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    fallbacks: [],
    timezone: "UTC",
  };
  const grants: Grants = {
    models: {},
    blobs: { endpoint: service, region: "us-east-1", bucket: "b", credentials, expiresAt: 0 },
  };
  const next = { turnId: "turn-0003", epoch: 3, fence: 3, settings, grants };
  const stream = await run(agent.url, turn({ blobs: service }, "go", next));
  expect(stream.of("error")).toMatchObject([{ retry: "never" }]);
  expect([asked.length - before, trapped]).toEqual([0, []]);
});
