/** Our own requests beside those of the unmodified AWS SDK: they differ in nothing that is signed. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import {
  BedrockAgentCoreClient,
  InvokeAgentRuntimeCommand,
  StopRuntimeSessionCommand,
} from "@aws-sdk/client-bedrock-agentcore";
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRuntimeClient } from "../../../worker/agentcore/client.ts";
import { createSigner } from "../../../worker/agentcore/signer.ts";
import { steer } from "./invocations.ts";
import { CREDENTIALS, REGION, RUNTIME_ARN, sessionId } from "./local-aws.ts";

type Captured = { method: string; target: string; headers: IncomingHttpHeaders; body: Buffer };

const credentials = { ...CREDENTIALS, sessionToken: "a token/with+odd=characters==" };
const captured: Captured[] = [];
let server: Server;
let endpoint: string;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = "", url = "", headers } = request;
    captured.push({ method, target: url, headers, body: Buffer.concat(chunks) });
    response.setHeader("content-type", "application/json");
    response.end('{"status":"queued"}');
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  endpoint = typeof address === "object" ? `http://127.0.0.1:${address?.port}` : "";
});
afterAll(() => void server.close());

function signedNames({ headers }: Captured): string[] {
  return /SignedHeaders=([^,]+)/.exec(headers.authorization ?? "")?.[1]?.split(";") ?? [];
}

/** What the SDK says about itself and its attempt: not part of the service's protocol. */
function isSdkDescription(name: string): boolean {
  return name.startsWith("amz-sdk-") || name === "x-amz-user-agent";
}

async function captureBoth(own: () => Promise<unknown>, sdk: (client: BedrockAgentCoreClient) => Promise<unknown>) {
  captured.length = 0;
  await own();
  const client = new BedrockAgentCoreClient({ endpoint, region: REGION, credentials });
  await sdk(client);
  client.destroy();
  const [ours, theirs] = captured;
  if (!ours || !theirs) throw new Error("nothing was captured");
  return { ours, theirs };
}

const target = () => ({ endpoint, region: REGION, arn: RUNTIME_ARN, qualifier: "DEFAULT", credentials });
const named = { agentRuntimeArn: RUNTIME_ARN, runtimeSessionId: sessionId("same"), qualifier: "DEFAULT" };

describe("an invocation of our own", () => {
  it("has the SDK's method, path, query, signed headers and values", async () => {
    const { ours, theirs } = await captureBoth(
      () => createRuntimeClient(target()).steer(sessionId("same"), steer),
      (client) =>
        client.send(
          new InvokeAgentRuntimeCommand({
            ...named,
            payload: Buffer.from(JSON.stringify(steer)),
            contentType: "application/json",
            accept: "application/json",
          }),
        ),
    );
    expect([ours.method, ours.target, ours.body]).toEqual([theirs.method, theirs.target, theirs.body]);
    const names = signedNames(theirs).filter((name) => !isSdkDescription(name));
    expect(signedNames(ours)).toEqual(names);
    for (const name of names.filter((each) => each !== "x-amz-date")) {
      expect([name, ours.headers[name]]).toEqual([name, theirs.headers[name]]);
    }
  });

  it("has the signature that AWS's signer makes of the same request at the same time", async () => {
    const sign = createSigner({ service: "bedrock-agentcore", region: REGION, credentials });
    const now = Date.parse("2026-11-22T10:00:00Z");
    const path = `/runtimes/${encodeURIComponent(RUNTIME_ARN)}/invocations`;
    const headers = { "content-type": "application/json", accept: "text/event-stream", "x-trace": " two  spaces " };
    const body = JSON.stringify({ text: "Grüße 👋" });
    const ours = await sign({ url: `${endpoint}${path}?qualifier=A%20b&accountId=1`, headers, body }, now);
    const signer = new SignatureV4({ credentials, region: REGION, service: "bedrock-agentcore", sha256: Sha256 });
    const theirs = await signer.sign(
      {
        method: "POST",
        protocol: "http:",
        hostname: "127.0.0.1",
        path,
        query: { qualifier: "A b", accountId: "1" },
        headers: { ...headers, host: new URL(endpoint).host, "content-length": String(Buffer.byteLength(body)) },
        body,
      },
      { signingDate: new Date(now) },
    );
    expect(new Headers(ours.init.headers).get("authorization")).toBe(theirs.headers["authorization"]);
  });
});

describe("a stop of our own", () => {
  it("signs the SDK's headers, and the accept header that it sends besides", async () => {
    const { ours, theirs } = await captureBoth(
      () => createRuntimeClient(target()).stop(sessionId("same")),
      (client) => client.send(new StopRuntimeSessionCommand(named)),
    );
    expect([ours.method, ours.target]).toEqual([theirs.method, theirs.target]);
    const names = signedNames(theirs).filter((name) => !isSdkDescription(name));
    expect(signedNames(ours).filter((name) => name !== "accept")).toEqual(names);
    expect(Object.keys(JSON.parse(ours.body.toString()))).toEqual(Object.keys(JSON.parse(theirs.body.toString())));
  });
});
