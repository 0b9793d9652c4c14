/** The edge's signer where it runs: inside workerd, against AWS's own signer. */
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import { describe, expect, it } from "vitest";
import { createSigner } from "../../worker/agentcore/signer.ts";

const ARN = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/claw_agent-AbCdEf1234";
const HOST = "bedrock-agentcore.us-east-1.amazonaws.com";
const keys = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret/with+signs=" };
const now = Date.parse("2026-11-22T10:00:00Z");

type Case = {
  readonly service: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly sessionToken?: string;
};

const invocation = { "content-type": "application/json", accept: "text/event-stream" };
const session = { "x-amzn-bedrock-agentcore-runtime-session-id": `claw-${"0".repeat(64)}` };
const invoke: Case = {
  service: "bedrock-agentcore",
  path: `/runtimes/${encodeURIComponent(ARN)}/invocations`,
  query: { qualifier: "DEFAULT" },
  headers: { ...invocation, ...session },
  body: '{"kind":"turn"}',
};

const cases: readonly (readonly [string, Case])[] = [
  ["an invocation", invoke],
  ["a session token", { ...invoke, sessionToken: "to+ken/with=signs==" }],
  ["a body beyond ASCII", { ...invoke, body: '{"text":"Grüße 👋"}' }],
  ["an empty body", { ...invoke, body: "" }],
  ["a query with odd characters", { ...invoke, query: { qualifier: "a b/+(c)*", accountId: "123456789012" } }],
  ["a header with spaces", { ...invoke, headers: { ...invoke.headers, "x-note": "two  spaces" } }],
  [
    "a stop",
    { ...invoke, path: `/runtimes/${encodeURIComponent(ARN)}/stopruntimesession`, body: '{"clientToken":"x"}' },
  ],
  [
    "AssumeRole",
    {
      service: "sts",
      path: "/",
      query: {},
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "Action=AssumeRole&Version=2011-06-15",
    },
  ],
];

describe("createSigner", () => {
  it.each(cases)("signs %s as AWS's own signer does", async (_, one) => {
    const { service, path, query, headers, body, sessionToken } = one;
    const credentials = { ...keys, ...(sessionToken !== undefined && { sessionToken }) };
    const sign = createSigner({ service, region: "us-east-1", credentials });
    const search = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    const url = `https://${HOST}${path}${search.length > 0 ? `?${search.join("&")}` : ""}`;
    const ours = new Headers((await sign({ url, headers, body }, now)).init.headers);
    const theirs = await new SignatureV4({ credentials, region: "us-east-1", service, sha256: Sha256 }).sign(
      {
        method: "POST",
        protocol: "https:",
        hostname: HOST,
        path,
        query,
        headers: { ...headers, host: HOST, "content-length": String(new TextEncoder().encode(body).byteLength) },
        body,
      },
      { signingDate: new Date(now) },
    );
    expect(ours.get("authorization")).toBe(theirs.headers["authorization"]);
  });
});
