import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import worker from "../../worker/index.ts";

async function ask(path: string, token: string) {
  const headers = { authorization: `Bearer ${token}` };
  const request = new Request<unknown, IncomingRequestCfProperties>(`https://claw.test${path}`, { headers });
  const broken = { ...env, AGENT_EDGE_URL: "no address" };
  const response = await worker.fetch(request, broken, createExecutionContext());
  const answer: unknown = await response.json();
  return { status: response.status, answer };
}

beforeEach(() => void vi.spyOn(console, "error").mockReturnValue());
afterEach(() => void vi.restoreAllMocks());

describe("settings that cannot be used", () => {
  it.each(["/admin/api/status", "/healthz"])("are explained to whoever has the admin token, at %s", async (path) => {
    const message = expect.stringContaining("AGENT_EDGE_URL: ");
    expect(await ask(path, "admin-token-for-tests")).toEqual({
      status: 503,
      answer: { error: "config_invalid", message },
    });
  });

  it.each(["", "another-token"])("are not explained to anybody else", async (token) => {
    expect(await ask("/healthz", token)).toEqual({ status: 503, answer: { error: "config_invalid" } });
  });
});
