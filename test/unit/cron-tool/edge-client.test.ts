import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CallEdge, createEdgeClient } from "../../../agent-container/src/edge/edge-client.ts";
import type { RpcRequest } from "../../../protocol/agent-rpc.ts";
import { RPC_BOUNDS } from "../../../protocol/own-work-bounds.ts";
import { type Answer, done, type EdgeServer, refused, startEdge } from "./edge-server.ts";

const REQUEST: RpcRequest = { verb: "cron.remove", callId: "turn-0001:call-1", jobId: "stretch" };

let edge: EdgeServer;
let pauses: number[];
let token: string;
let callEdge: CallEdge;
beforeEach(async () => {
  edge = await startEdge();
  pauses = [];
  token = "token-1";
  callEdge = createEdgeClient({
    grant: () => ({ url: edge.url, token }),
    sleep: async (ms) => void pauses.push(ms),
  });
});
afterEach(() => edge.close());

const call = (signal = new AbortController().signal) => callEdge(REQUEST, signal);

/** Answers one after the other; the last one again and again. */
function answers(...all: readonly Answer[]): void {
  edge.answer = () => all[Math.min(edge.calls.length, all.length) - 1] ?? "hang_up";
}

describe("a call of the edge", () => {
  it("brings its token in a header and itself as JSON", async () => {
    edge.answer = () => done({ id: "stretch" });
    expect(await call()).toEqual({ kind: "done", result: { id: "stretch" } });
    expect(edge.calls).toMatchObject([
      { headers: { authorization: "Bearer token-1", "content-type": "application/json" }, body: REQUEST },
    ]);
  });

  it.each<readonly [string, Answer]>([
    ["a connection that ends", "hang_up"],
    ["503", { status: 503, body: { error: "unavailable" } }],
    ["500 with a page", { status: 500, body: "<html>" }],
    ["429 of somebody in between", { status: 429, body: "slow down" }],
    ["an edge that has given the turn a later fence", refused(409, "fence_lost")],
  ])("is made again after %s, under the same id", async (_what, first) => {
    answers(first, first, done("late"));
    expect(await call()).toEqual({ kind: "done", result: "late" });
    expect(edge.calls.map(({ body }) => body["callId"])).toEqual(Array.from({ length: 3 }, () => REQUEST.callId));
    expect(pauses).toEqual([RPC_BOUNDS.retryFirstMs, 2 * RPC_BOUNDS.retryFirstMs]);
  });

  it("takes the newest token each time", async () => {
    edge.answer = ({ headers }) => {
      token = "token-2";
      return headers.authorization === "Bearer token-2" ? done("yes") : refused(401, "token_expired");
    };
    expect(await call()).toEqual({ kind: "done", result: "yes" });
  });

  it("is given up after some tries, and then nobody knows whether it was carried out", async () => {
    answers("hang_up");
    expect(await call()).toEqual({ kind: "unknown" });
    expect(edge.calls).toHaveLength(RPC_BOUNDS.triesMax);
    answers(refused(409, "fence_lost", "The turn is over."));
    expect(await call()).toEqual({ kind: "refused", code: "fence_lost", message: "The turn is over." });
  });

  it.each([
    [400, "malformed_call"],
    [401, "token_bad"],
    [403, "verb_not_allowed"],
    [409, "call_mismatch"],
    [422, "refused"],
    [429, "too_many_calls"],
  ])("that is refused for good (%d %s) is not made again", async (status, code) => {
    answers(refused(status, code, "No."));
    expect(await call()).toEqual({ kind: "refused", code, message: "No." });
    expect(edge.calls).toHaveLength(1);
  });

  it("is answered by nobody but the edge: a page or a redirect is no reply, and gets no token", async () => {
    answers({ status: 200, body: "<html>hello</html>" });
    expect(await call()).toMatchObject({ kind: "refused", code: "strange_answer" });
    const elsewhere = await startEdge();
    edge.answer = () => ({ status: 307, body: "", location: elsewhere.url });
    expect(await call()).toEqual({ kind: "unknown" });
    expect(elsewhere.calls).toEqual([]);
    await elsewhere.close();
  });

  it("that is too long is not read to its end", async () => {
    answers(done("x".repeat(RPC_BOUNDS.replyMaxBytes)));
    expect(await call()).toEqual({ kind: "unknown" });
  });

  it("ends when the turn does", async () => {
    const turn = new AbortController();
    edge.answer = () => {
      turn.abort();
      return "hang_up";
    };
    expect(await call(turn.signal)).toEqual({ kind: "unknown" });
    expect(edge.calls).toHaveLength(1);
  });

  it("says neither token nor address in what it tells of a failure", async () => {
    answers({ status: 418, body: "teapot" });
    const told = JSON.stringify(await call());
    expect(told).not.toContain(token);
    expect(told).not.toContain("127.0.0.1");
  });

  it("is refused where the edge takes none", async () => {
    const none = createEdgeClient({ grant: () => undefined, sleep: async () => undefined });
    expect(await none(REQUEST, new AbortController().signal)).toMatchObject({ kind: "refused", code: "no_edge" });
  });
});
