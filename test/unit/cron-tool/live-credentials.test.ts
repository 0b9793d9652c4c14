import { S3Client, ListObjectsV2Command } from "@aws-sdk/client-s3";
import type { TranscriptContext } from "@earendil-works/pi-ai";
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it, vi } from "vitest";
import { issueSessionCredentials } from "../../../local/aws/sts/session-credentials.ts";
import type { Grants } from "../../../protocol/invocation.ts";
import { createDataCredentials } from "../../../worker/credentials/data-credentials.ts";
import { run } from "../agent/agent-client.ts";
import { useAgent } from "../agent/agent-fixture.ts";
import { turn } from "../agent/invocations.ts";
import { type Reply, scriptedModel, toolCall } from "../agent/scripted-model.ts";
import { spaceId } from "../aws/invocations.ts";
import { BUCKET, CREDENTIALS, DATA_ROLE_ARN, REGION, type Stand, startStand } from "../aws/local-aws.ts";
import { done, type EdgeServer, refused, startEdge } from "./edge-server.ts";

const agent = useAgent();
let stand: Stand;
let edge: EdgeServer;

beforeAll(async () => {
  stand = await startStand();
});
afterAll(() => stand[Symbol.asyncDispose]());
beforeEach(async () => {
  edge = await startEdge();
});
afterEach(() => edge.close());

/** Credentials of the owner's space that have just ended. */
function endedGrants(): Grants {
  const expiresAt = Date.now() - 1;
  const credentials = issueSessionCredentials(CREDENTIALS.secretAccessKey, {
    agent: "main",
    space: "owner",
    expiresAt,
  });
  return {
    models: {},
    blobs: { endpoint: stand.aws.url, region: REGION, bucket: BUCKET, credentials, expiresAt },
    edge: { url: edge.url, token: "edge-token", verbs: ["credentials"] },
  };
}

/** A turn whose model waits until the edge has answered, and then has a file written. */
async function writeLate(name: string) {
  const script = async ({ messages }: TranscriptContext): Promise<Reply> => {
    if (messages.some(({ role }) => role === "toolResult")) return { text: "Written." };
    await vi.waitFor(() => expect(JSON.stringify(agent.logged)).toMatch(/credentials_(?:not_)?renewed/));
    return { calls: [toolCall("c1", "write", { path: name, content: `this is ${name}` })] };
  };
  const { url } = await agent.startAgent({ openModel: async () => scriptedModel(script) });
  return run(url, turn(agent.endpoints, "go", { grants: endedGrants() }));
}

async function objects(): Promise<number> {
  const s3 = new S3Client({ endpoint: stand.aws.url, region: REGION, credentials: CREDENTIALS, forcePathStyle: true });
  return (await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: "main/owner/blobs/" }))).KeyCount ?? 0;
}

describe("a turn whose credentials end while it runs", () => {
  it("stores its files with those that the edge has given it meanwhile", async () => {
    const target = { stsEndpoint: stand.aws.url, s3Endpoint: stand.aws.url, region: REGION, bucket: BUCKET };
    const source = createDataCredentials({ ...target, roleArn: DATA_ROLE_ARN, credentials: CREDENTIALS }, new Map());
    const { blobs } = await source.forSpace("main", spaceId("owner"), Date.now());
    edge.answer = () => done({ credentials: blobs.credentials, expiresAt: blobs.expiresAt, forBedrock: false });
    const before = await objects();
    const stream = await writeLate("late.md");
    expect(stream.of("final")[0]?.text).toBe("Written.");
    expect((await objects()) - before).toBeGreaterThan(0);
    expect(edge.calls.map(({ body }) => body["verb"])).toEqual(["credentials"]);
    expect(JSON.stringify(agent.logged)).not.toContain(blobs.credentials.secretAccessKey);
  });

  it("ends with the storage's error where the edge gives none, and is tried again", async () => {
    edge.answer = () => refused(503, "unavailable", "later");
    const stream = await writeLate("never.md");
    expect(stream.of("final")).toEqual([]);
    expect(stream.of("error")).toMatchObject([{ code: "storage_unavailable", retry: "after" }]);
  });
});
