import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { AgentLink } from "../../durable-objects/channel-session/agent-link.ts";
import type { Inbound } from "../../protocol/inbound.ts";
import { readConfig } from "../../worker/config.ts";
import { DATA_SESSION_SECONDS } from "../../protocol/deployment.ts";
import { BEHAVIOUR } from "../unit/session/command-facts.ts";
import { MAIN } from "../unit/session/names.ts";
import { MESSAGE, TURN } from "../unit/session/one-turn.ts";

const CREDENTIALS = { accessKeyId: "AKIARELAY", secretAccessKey: "secret-of-the-relay" };

beforeEach(() => {
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => {
    const end = new Date(Date.now() + DATA_SESSION_SECONDS * 1_000).toISOString();
    const keys = "<AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>";
    return new Response(`<AssumeRoleResponse>${keys}<Expiration>${end}</Expiration></AssumeRoleResponse>`);
  });
});
afterEach(() => void vi.restoreAllMocks());

type Wish = { readonly model?: string; readonly message?: Inbound };

async function grantsWith(
  variables: Readonly<Record<string, string>>,
  { model = "bedrock/x", message = MESSAGE }: Wish = {},
) {
  const config = readConfig({
    AGENTCORE_RUNTIME_ARN: "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/claw-AbCdEf1234",
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_ENDPOINT_URL: "http://127.0.0.1:9",
    AGENT_BUCKET: "bucket",
    AGENT_DATA_ROLE_ARN: "arn:aws:iam::123456789012:role/data",
    ...variables,
  });
  const edgeToken = { token: "t", verbs: ["credentials"] } as const;
  const behaviour = { ...BEHAVIOUR, model, fallbacks: [] };
  const link = new AgentLink(config, "main");
  return (await link.prepare(TURN, [message], behaviour, { resume: false, edgeToken })).invocation.grants;
}

it("gives a turn of a deployment the credentials of its space for Bedrock, and never the relay's key", async () => {
  const { models, blobs } = await grantsWith({ BEDROCK_CREDENTIALS: "space" });
  expect(models.bedrock?.credentials).toEqual(blobs.credentials);
  expect(blobs.credentials.sessionToken).toBeDefined();
  const all = JSON.stringify(await grantsWith({ BEDROCK_CREDENTIALS: "space" }));
  expect(all).not.toContain(CREDENTIALS.accessKeyId);
  expect(all).not.toContain(CREDENTIALS.secretAccessKey);
});

it("gives a turn on a laptop the key of its owner for Bedrock, if a model of the turn is there", async () => {
  expect((await grantsWith({})).models.bedrock?.credentials).toEqual(CREDENTIALS);
  expect((await grantsWith({}, { model: "anthropic/a" })).models.bedrock).toBeUndefined();
  const task = {
    kind: "job",
    name: "brief",
    conversation: MAIN,
    model: "bedrock/y",
    timeoutMs: 1,
    expired: [],
  } as const;
  const message = { ...MESSAGE, task };
  expect((await grantsWith({}, { model: "anthropic/a", message })).models.bedrock).toBeDefined();
});

it("tells where the edge takes calls and what a token opens, where the agent can reach it", async () => {
  const PUBLIC_URL = "https://claw.example";
  expect((await grantsWith({ PUBLIC_URL })).edge).toEqual({
    url: `${PUBLIC_URL}/agent/rpc`,
    token: "t",
    verbs: ["credentials"],
  });
  expect((await grantsWith({})).edge).toBeUndefined();
});
