/** Faults that another process orders over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CREDENTIALS, type Stand, startStand } from "./local-aws.ts";

let stand: Stand;
beforeAll(async () => void (stand = await startStand()));
afterAll(() => stand[Symbol.asyncDispose]());

function order(method: string, body?: string, token = CREDENTIALS.secretAccessKey): Promise<Response> {
  const headers = { authorization: `Bearer ${token}` };
  return fetch(`${stand.aws.url}/_local/faults`, { method, headers, ...(body !== undefined && { body }) });
}

describe("/_local/faults", () => {
  it("takes, shows and forgets rules", async () => {
    const rule = { session: "a", operation: "invoke", count: 1, fault: { kind: "error", status: 424 } };
    expect((await order("POST", JSON.stringify(rule))).status).toBe(204);
    expect(await (await order("GET")).json()).toEqual([rule]);
    expect((await order("DELETE")).status).toBe(204);
    expect(stand.aws.faults.list()).toEqual([]);
  });

  it("refuses a wrong token, a wrong rule and a long one", async () => {
    expect((await order("GET", undefined, "wrong")).status).toBe(401);
    expect((await order("POST", "{}")).status).toBe(400);
    expect((await order("POST", " ".repeat(5_000))).status).toBe(413);
    expect((await order("PUT", "{}")).status).toBe(405);
  });
});
