import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { run } from "./agent-client.ts";
import { eventually, PROCESS_TEST_MS } from "./eventually.ts";
import { type AgentProcess, startAgentProcess } from "./agent-process.ts";
import { type BlobServer, startBlobServer } from "./blob-server.ts";
import { turn } from "./invocations.ts";

vi.setConfig({ testTimeout: PROCESS_TEST_MS, hookTimeout: PROCESS_TEST_MS });

const SAME_SNAPSHOT = join(import.meta.dirname, "same-snapshot.ts");

let dir: string;
let blobs: BlobServer;
const processes: AgentProcess[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "agent-snapshot-"));
  blobs = await startBlobServer();
});
afterEach(async () => {
  await Promise.all(processes.splice(0).map((agent) => agent.kill("SIGKILL")));
  await blobs.close();
  await rm(dir, { recursive: true });
});

async function restore(name: string): Promise<AgentProcess> {
  const agent = await startAgentProcess({
    stateDir: join(dir, name, "state"),
    workDir: join(dir, name, "work"),
    nodeArgs: ["--import", SAME_SNAPSHOT],
  });
  processes.push(agent);
  return agent;
}

/** Every id that turns left in the transcript; they begin with the time, which stands still here. */
function idsOf(name: string): readonly string[] {
  const db = new DatabaseSync(join(dir, name, "state", "main", "owner.sqlite"), { readOnly: true });
  const ids = db
    .prepare("SELECT id FROM entries ORDER BY seq")
    .all()
    .map(({ id }) => String(id));
  db.close();
  return ids;
}

describe("before the first invocation", () => {
  it("draws no random value, writes nothing and tells no time", async () => {
    const agent = await restore("one");
    expect(await (await fetch(`${agent.url}/ping`)).json()).toEqual({ status: "Healthy" });
    agent.child.kill("SIGUSR2");
    await eventually(() => {
      expect(agent.log()).toBe("asked 0 times\n");
    });
    expect(await readdir(dir)).toEqual([]);
  });
});

describe("two restores of one snapshot", () => {
  it("give the same turn different ids, although clock and random state are the same", async () => {
    const asked = turn({ blobs: blobs.url }, "remember that I like tea");
    const restored = await Promise.all(["one", "two"].map((name) => restore(name)));
    for (const agent of restored) {
      const stream = await run(agent.url, asked);
      expect(stream.of("final")).toHaveLength(1);
    }
    const [one, two] = [idsOf("one"), idsOf("two")];
    expect(one.length).toBeGreaterThan(5);
    expect(two).toHaveLength(one.length);
    expect(one.filter((id) => two.includes(id))).toEqual([]);
  });
});
