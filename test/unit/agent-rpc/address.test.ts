import { describe, expect, it } from "vitest";
import { agentRpcUrl } from "../../../worker/agent-rpc-url.ts";

const LAPTOP = "http://127.0.0.1:8788";
const AWS = "https://bedrock-agentcore.us-east-1.amazonaws.com";

function url(publicUrl: string | null, endpoint: string, edgeUrl: string | null = null): string {
  const found = agentRpcUrl({ publicUrl, edgeUrl, runtime: { endpoint } });
  return found.ok ? found.value : `none: ${found.error}`;
}

describe("where a turn reaches the edge", () => {
  it.each([
    ["https://claw.example.com", AWS, "https://claw.example.com/agent/rpc"],
    ["https://claw.example.com", LAPTOP, "https://claw.example.com/agent/rpc"],
    ["http://127.0.0.1:8787", LAPTOP, "http://127.0.0.1:8787/agent/rpc"],
    ["http://localhost:8787", "http://192.168.1.2:8788", "http://localhost:8787/agent/rpc"],
  ])("is %s for a runtime at %s", (address, endpoint, expected) => {
    expect(url(address, endpoint)).toBe(expected);
  });

  it("is the short way where there is one", () => {
    expect(url("https://claw.example.com", LAPTOP, "http://127.0.0.1:8787")).toBe("http://127.0.0.1:8787/agent/rpc");
  });

  it.each([
    [null, AWS, /^none: PUBLIC_URL is not set/],
    [null, LAPTOP, /^none: PUBLIC_URL is not set/],
    ["http://127.0.0.1:8787", AWS, /^none: .*no public address/],
    ["http://[::1]:8787", AWS, /^none: .*no public address/],
    ["https://claw.internal", AWS, /^none: .*no public address/],
    ["http://claw.example.com", AWS, /^none: .*https/],
    ["http://claw.example.com", LAPTOP, /^none: .*https/],
  ])("is nowhere for %s and a runtime at %s, with a reason", (address, endpoint, expected) => {
    expect(url(address, endpoint)).toMatch(expected);
  });
});
