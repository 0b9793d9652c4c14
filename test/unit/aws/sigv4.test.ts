/** The stand-in's judgement of signatures: what the AWS SDK signs is believed, anything changed after that is not. */
import { type BedrockAgentCoreClient, InvokeAgentRuntimeCommand } from "@aws-sdk/client-bedrock-agentcore";
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { CREDENTIALS, REGION, RUNTIME_ARN, sdkClient, sessionId, type Stand, startStand } from "./local-aws.ts";

// Processes start here: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 30_000 });

let stand: Stand;
let sdk: BedrockAgentCoreClient;

beforeAll(async () => {
  stand = await startStand();
  sdk = sdkClient(stand.aws);
});
afterAll(async () => {
  sdk.destroy();
  await stand[Symbol.asyncDispose]();
});

type Wire = {
  path: string;
  method: string;
  query: Record<string, unknown>;
  headers: Record<string, string>;
  body: unknown;
};

/** Sends a genuine SDK call whose request is changed after it was signed. */
async function sendChanged(change: (wire: Wire) => void, client = sdk) {
  const command = new InvokeAgentRuntimeCommand({
    agentRuntimeArn: RUNTIME_ARN,
    runtimeSessionId: sessionId("signed"),
    payload: Buffer.from('{"do":"echo","text":"abc"}'),
    contentType: "application/json",
    accept: "application/json",
    qualifier: "DEFAULT",
  });
  command.middlewareStack.add((next) => async (args) => next({ ...args, request: changed(args.request, change) }), {
    step: "deserialize",
    priority: "high",
  });
  return client.send(command);
}

function changed(request: unknown, change: (wire: Wire) => void): unknown {
  if (isWire(request)) change(request);
  return request;
}

function isWire(request: unknown): request is Wire {
  return typeof request === "object" && request !== null && "headers" in request && "path" in request;
}

const DENIED = { name: "AccessDeniedException", $metadata: { httpStatusCode: 403 } };

describe("a request that the AWS SDK signed", () => {
  it("is believed", async () => {
    await expect(sendChanged(() => {})).resolves.toMatchObject({ statusCode: 200 });
  });

  const changes: readonly (readonly [string, (wire: Wire) => void])[] = [
    ["one byte of its body", (wire) => void (wire.body = Buffer.from('{"do":"echo","text":"abd"}'))],
    [
      "its body and the hash that it states, together",
      (wire) => {
        wire.body = Buffer.from("{}");
        wire.headers["content-length"] = "2";
        wire.headers["x-amz-content-sha256"] = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
      },
    ],
    ["its stated hash to UNSIGNED-PAYLOAD", (wire) => void (wire.headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD")],
    ["its content type", (wire) => void (wire.headers["content-type"] = "text/plain")],
    [
      "its session",
      (wire) => void (wire.headers["x-amzn-bedrock-agentcore-runtime-session-id"] = sessionId("another")),
    ],
    ["an AWS header that is added unsigned", (wire) => void (wire.headers["x-amz-security-token"] = "x")],
    [
      "a header of AgentCore's that is added unsigned",
      (wire) => void (wire.headers["x-amzn-bedrock-agentcore-runtime-user-id"] = "someone"),
    ],
    ["its path", (wire) => void (wire.path = wire.path.replace("invocations", "stopruntimesession"))],
    ["the encoding of its path", (wire) => void (wire.path = wire.path.replaceAll("%2F", "%2f"))],
    ["its query", (wire) => void (wire.query = {})],
    ["its method", (wire) => void (wire.method = "PUT")],
    [
      "one digit of its signature",
      (wire) => {
        const signature = wire.headers["authorization"] ?? "";
        wire.headers["authorization"] = signature.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"));
      },
    ],
    [
      "its region in the scope",
      (wire) => void (wire.headers["authorization"] = wire.headers["authorization"]!.replace(REGION, "eu-west-1")),
    ],
    ["its signature, which is missing", (wire) => void delete wire.headers["authorization"]],
  ];

  it.each(changes)("is refused after a change of %s", async (_, change) => {
    await expect(sendChanged(change)).rejects.toMatchObject(DENIED);
  });

  it("is refused when it was signed for another region", async () => {
    await expect(sendChanged(() => {}, sdkClient(stand.aws, { region: "eu-west-1" }))).rejects.toMatchObject(DENIED);
  });

  it.each([-360_000, 360_000])("is refused when its clock is %i ms off", async (offset) => {
    const skewed = sdkClient(stand.aws);
    skewed.config.systemClockOffset = offset;
    await expect(sendChanged(() => {}, skewed)).rejects.toMatchObject(DENIED);
  });

  it("is believed when its clock is four minutes off", async () => {
    const skewed = sdkClient(stand.aws);
    skewed.config.systemClockOffset = -240_000;
    await expect(sendChanged(() => {}, skewed)).resolves.toMatchObject({ statusCode: 200 });
  });
});

describe("a presigned request", () => {
  const body = '{"do":"echo"}';

  async function presign(options: { expiresIn?: number; signingDate?: Date } = {}): Promise<URL> {
    const url = new URL(stand.aws.url);
    const signer = new SignatureV4({
      credentials: CREDENTIALS,
      region: REGION,
      service: "bedrock-agentcore",
      sha256: Sha256,
    });
    const path = `/runtimes/${encodeURIComponent(RUNTIME_ARN)}/invocations`;
    const signed = await signer.presign(
      {
        method: "POST",
        protocol: "http:",
        hostname: url.hostname,
        path,
        query: { qualifier: "DEFAULT" },
        headers: { host: url.host, "x-amzn-bedrock-agentcore-runtime-session-id": sessionId("presigned") },
        body,
      },
      { expiresIn: 300, ...options },
    );
    for (const [name, value] of Object.entries(signed.query ?? {})) url.searchParams.set(name, String(value));
    url.pathname = path;
    return url;
  }

  async function send(url: URL, content = body): Promise<number> {
    const headers = { "x-amzn-bedrock-agentcore-runtime-session-id": sessionId("presigned") };
    const response = await fetch(url, { method: "POST", headers, body: content });
    await response.body?.cancel();
    return response.status;
  }

  it("is believed", async () => {
    expect(await send(await presign())).toBe(200);
  });

  it("is refused with another body, a longer life, or after its life", async () => {
    expect(await send(await presign(), '{"do":"fail"}')).toBe(403);
    const longer = await presign({ expiresIn: 60 });
    longer.searchParams.set("X-Amz-Expires", "300");
    expect(await send(longer)).toBe(403);
    expect(await send(await presign({ expiresIn: 301 }))).toBe(403);
    expect(await send(await presign({ signingDate: new Date(Date.now() - 301_000) }))).toBe(403);
  });
});

describe("a request without a usable signature", () => {
  it.each([
    ["none", undefined],
    ["basic authentication", "Basic eDp5"],
    ["an empty one", "AWS4-HMAC-SHA256 Credential=, SignedHeaders=, Signature="],
    [
      "an unknown service",
      `AWS4-HMAC-SHA256 Credential=A/20261122/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=${"0".repeat(64)}`,
    ],
  ])("is refused: %s", async (_, authorization) => {
    const response = await fetch(`${stand.aws.url}/runtimes/x/invocations`, {
      method: "POST",
      body: "{}",
      headers: authorization === undefined ? {} : { authorization },
    });
    expect(response.status).toBe(403);
    expect(response.headers.get("x-amzn-errortype")).toBe("AccessDeniedException");
    await response.body?.cancel();
  });
});
