import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { GrantKeeper } from "../../../agent-container/src/edge/grant-keeper.ts";
import { CREDENTIAL_BOUNDS } from "../../../protocol/bounds.ts";
import { isTurnId } from "../../../protocol/ids.ts";
import type { Grants } from "../../../protocol/invocation.ts";
import { done, type EdgeServer, refused, startEdge } from "./edge-server.ts";

const { refreshBelowMs, refreshRetryMs, refreshesMax } = CREDENTIAL_BOUNDS;
const START = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
const TURN = "turn-0001";

let edge: EdgeServer;
let keeper: GrantKeeper | undefined;
let logged: unknown[];

beforeEach(async () => {
  logged = [];
  edge = await startEdge();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], now: START });
});
afterEach(async () => {
  keeper?.close();
  vi.useRealTimers();
  await edge.close();
});

const keys = (name: string) => ({ accessKeyId: name, secretAccessKey: `secret of ${name}`, sessionToken: "t" });
const fresh = (name: string, expiresAt: number, forBedrock = true) =>
  done({ credentials: keys(name), expiresAt, forBedrock });

function grantsUntil(expiresAt: number, verbs: string[] | undefined = ["credentials"]): Grants {
  return {
    models: { bedrock: { credentials: keys("old"), region: "us-east-1" } },
    blobs: { endpoint: "http://s3", region: "us-east-1", bucket: "b", credentials: keys("old"), expiresAt },
    edge: { url: edge.url, token: "edge-token", ...(verbs && { verbs }) },
  };
}

function keep(grants: Grants): GrantKeeper {
  if (!isTurnId(TURN)) throw new Error(TURN);
  const ports = { now: Date.now, sleep: () => Promise.resolve(), log: (line: object) => void logged.push(line) };
  keeper = new GrantKeeper(TURN, grants, ports);
  return keeper;
}

/** Lets what is under way on real sockets come to its end, without the clock. */
const until = async (isThere: () => boolean) => {
  for (let turns = 0; !isThere(); turns += 1) {
    if (turns > 20_000) throw new Error("it did not happen");
    await new Promise((resolve) => setImmediate(resolve));
  }
};

describe("the credentials of a live turn", () => {
  it("are asked for anew once, when they are about to end, and taken for store, files and Bedrock", async () => {
    edge.answer = () => fresh("new", START + 2 * HOUR_MS);
    const kept = keep(grantsUntil(START + HOUR_MS));
    vi.advanceTimersByTime(HOUR_MS - refreshBelowMs - 1);
    expect([edge.calls.length, kept.current.blobs.credentials.accessKeyId]).toEqual([0, "old"]);
    vi.advanceTimersByTime(1);
    await until(() => kept.current.blobs.credentials.accessKeyId === "new");
    expect(kept.current).toMatchObject({
      blobs: { bucket: "b", expiresAt: START + 2 * HOUR_MS },
      models: { bedrock: { credentials: keys("new"), region: "us-east-1" } },
    });
    expect(edge.calls).toMatchObject([{ body: { verb: "credentials", callId: `${TURN}:credentials:1` } }]);
    // And again before those end.
    edge.answer = () => fresh("newest", START + 3 * HOUR_MS);
    vi.advanceTimersByTime(HOUR_MS);
    await until(() => kept.current.blobs.credentials.accessKeyId === "newest");
    expect(edge.calls).toHaveLength(2);
    expect(JSON.stringify(logged)).not.toMatch(/secret of|edge-token/);
  });

  it("leave Bedrock its own key where that is the setting", async () => {
    edge.answer = () => fresh("new", START + 2 * HOUR_MS, false);
    const kept = keep(grantsUntil(START));
    vi.advanceTimersByTime(0);
    await until(() => kept.current.blobs.credentials.accessKeyId === "new");
    expect(kept.current.models.bedrock?.credentials.accessKeyId).toBe("old");
  });

  it("are used to their end while the edge gives none, which is asked again after a pause, so often and no more", async () => {
    edge.answer = () => refused(503, "unavailable", "later");
    const kept = keep(grantsUntil(START));
    for (let asked = 1; asked <= refreshesMax; asked += 1) {
      vi.advanceTimersByTime(asked === 1 ? 0 : refreshRetryMs - 1);
      expect(edge.calls).toHaveLength(asked - 1);
      vi.advanceTimersByTime(1);
      await until(() => logged.length === asked);
    }
    vi.advanceTimersByTime(3 * HOUR_MS);
    expect(edge.calls).toHaveLength(refreshesMax);
    expect(kept.current.blobs.credentials.accessKeyId).toBe("old");
    expect(logged.at(-1)).toMatchObject({ event: "credentials_not_renewed", why: "unavailable" });
  });

  it("are not exchanged for older ones, nor for what is no credentials", async () => {
    edge.answer = () => fresh("older", START - 1);
    const kept = keep(grantsUntil(START));
    vi.advanceTimersByTime(0);
    await until(() => logged.length === 1);
    edge.answer = () => done({ credentials: "none" });
    vi.advanceTimersByTime(refreshRetryMs);
    await until(() => logged.length === 2);
    expect(kept.current.blobs.credentials.accessKeyId).toBe("old");
  });

  it("that a resume brings count, and keep the edge from being asked", async () => {
    const kept = keep(grantsUntil(START + HOUR_MS));
    kept.take({ ...grantsUntil(START + 2 * HOUR_MS), models: { anthropic: { apiKey: "k" } } });
    vi.advanceTimersByTime(HOUR_MS);
    expect(edge.calls).toEqual([]);
    expect(kept.current.models).toMatchObject({ anthropic: { apiKey: "k" }, bedrock: { region: "us-east-1" } });
  });

  it("are not asked for at an edge that does not give them, nor once the turn is over", async () => {
    keep(grantsUntil(START, ["cron.add"]));
    vi.advanceTimersByTime(HOUR_MS);
    const { edge: _none, ...without } = grantsUntil(START);
    keep(without);
    vi.advanceTimersByTime(HOUR_MS);
    keep(grantsUntil(START + HOUR_MS)).close();
    vi.advanceTimersByTime(HOUR_MS);
    expect([edge.calls, logged]).toEqual([[], []]);
  });
});
