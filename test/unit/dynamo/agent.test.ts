import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LLMock } from "@copilotkit/aimock";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TurnInvocation } from "../../../protocol/invocation.ts";
import { type FaultProxy, startFaultProxy } from "../../emulators/dynamodb/fault-proxy.ts";
import { call, run, TurnStream } from "../agent/agent-client.ts";
import { type AgentProcess, startAgentProcess } from "../agent/agent-process.ts";
import { type BlobServer, startBlobServer } from "../agent/blob-server.ts";
import { eventually } from "../agent/eventually.ts";
import { query, resume, turn } from "../agent/invocations.ts";
import { createDynamoWorld, type DynamoWorld, HAS_DYNAMODB } from "./dynamo-world.ts";

describe.skipIf(!HAS_DYNAMODB)("an agent whose conversations are in the table", () => {
  let dir: string;
  let world: DynamoWorld;
  let proxy: FaultProxy;
  let blobs: BlobServer;
  let model: LLMock;
  const processes: AgentProcess[] = [];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "agent-dynamo-"));
    world = await createDynamoWorld();
    proxy = await startFaultProxy(world.endpoint);
    blobs = await startBlobServer();
    model = new LLMock({ port: 0, logLevel: "silent" });
    await model.start();
  });
  afterEach(async () => {
    await Promise.all(processes.splice(0).map((agent) => agent.kill("SIGKILL")));
    await blobs.close();
    await model.stop();
    await proxy.stop();
    await world.stop();
    await rm(dir, { recursive: true });
  });

  /** A process with nothing on its disk, as a new microVM has it. */
  async function start(): Promise<AgentProcess> {
    const workDir = join(dir, `work-${String(processes.length)}`);
    const agent = await startAgentProcess({ stateDir: "", workDir });
    processes.push(agent);
    return agent;
  }

  function ask(text: string, fields: Parameters<typeof turn>[2] = {}): TurnInvocation {
    const { grants, ...rest } = turn({ blobs: blobs.url, model: model.url }, text, {
      conversation: world.conversation(),
      ...fields,
    });
    return { ...rest, grants: { ...grants, store: world.grants(proxy.endpoint).store } };
  }

  it("goes on after kill -9 inside a tool: what ran is not run again, and the transcript is whole", async () => {
    model
      .on({ userMessage: "and then?" }, { content: "That was all." })
      .on({ toolResultContains: "interrupted" }, { content: "The second file may be missing." })
      .on({ toolResultContains: "Created one.md" }, () => {
        // From here on nothing can be stored: the next tool never gets to its end.
        blobs.hold = new Promise(() => undefined);
        return { content: "Now two.", toolCalls: [write("two.md", "2")] };
      })
      .on({ hasToolResult: false }, { content: "First one.", toolCalls: [write("one.md", "1")] });
    const asked = ask("write two files");
    const first = await start();
    const stream = new TurnStream(first.url, asked);
    await eventually(() => {
      expect(stream.of("tool").map(({ status }) => status)).toEqual(["started", "finished", "started"]);
      expect(blobs.waiting).toBeGreaterThan(0);
    });
    await first.kill("SIGKILL");
    blobs.hold = undefined;
    const second = await start();
    const resumed = await run(second.url, resume(asked, 2));
    expect(resumed.of("snapshot")[0]?.text).toBe("First one.\n\nNow two.");
    expect(resumed.of("final")[0]?.text).toBe("First one.\n\nNow two.\n\nThe second file may be missing.");
    expect(resumed.of("tool").map(({ status }) => status)).toEqual(["failed"]);
    await second.kill("SIGKILL");
    const third = await start();
    const next = await run(third.url, ask("and then?", { turnId: "turn-0002", fence: 3 }));
    expect(next.of("final")[0]?.text).toBe("That was all.");
    const history = await call(third.url, query(asked, { what: "history", limit: 10 }));
    expect(history).toMatchObject({
      entries: [
        { role: "user", text: "write two files" },
        { role: "assistant", text: "First one." },
        { role: "assistant", text: "Now two." },
        { role: "assistant", text: "The second file may be missing." },
        { role: "user", text: "and then?" },
        { role: "assistant", text: "That was all." },
      ],
    });
    expect(await call(third.url, query(asked, { what: "file", path: "one.md" }))).toMatchObject({ text: "1" });
    const left = await readdir(dir, { recursive: true });
    expect(left.filter((name) => name.includes("sqlite"))).toEqual([]);
  });

  it("answers once though requests to the table fail before, after and in the middle of it", async () => {
    model
      .on({ hasToolResult: true }, { content: "Written." })
      .on({ hasToolResult: false }, { content: "", toolCalls: [write("one.md", "1")] });
    const faults = ["cut_after", "throttled", "error_after", "conflict", "cut_before"] as const;
    const tries = new Map<string, number>();
    proxy.fault = ({ body }) => {
      const before = tries.get(body) ?? 0;
      tries.set(body, before + 1);
      return before === 0 ? faults[tries.size % faults.length] : undefined;
    };
    const agent = await start();
    const stream = await run(agent.url, ask("write a file"));
    expect(stream.of("final")[0]?.text).toBe("Written.");
    expect(stream.of("tool").map(({ status }) => status)).toEqual(["started", "finished"]);
    expect(tries.size).toBeGreaterThan(10);
    const history = await call(agent.url, query(ask(""), { what: "history", limit: 10 }));
    expect(history).toMatchObject({
      entries: [
        { role: "user", text: "write a file" },
        { role: "assistant", text: "Written." },
      ],
    });
  });

  it("ends the turn when there is no table, and shows no credential", async () => {
    model.on({}, { content: "never asked" });
    const asked = ask("hello");
    const store = { ...world.grants().store, table: "not-there" };
    const agent = await start();
    const stream = await run(agent.url, { ...asked, grants: { ...asked.grants, store } });
    expect(stream.of("error")[0]).toMatchObject({ code: "storage_unavailable", retry: "after" });
    expect(model.getRequests()).toHaveLength(0);
    const told = JSON.stringify(stream.events) + agent.log();
    expect(told).not.toContain(asked.grants.blobs.credentials.accessKeyId);
    expect(told).not.toContain(asked.grants.blobs.credentials.secretAccessKey);
  });
});

function write(path: string, content: string) {
  return { name: "write", arguments: JSON.stringify({ path, content }) };
}
