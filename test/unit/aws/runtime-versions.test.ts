/** Versions and endpoints of the runtime stand-in, asked with the AWS SDK's own client. */
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { InvokeAgentRuntimeCommand, StopRuntimeSessionCommand } from "@aws-sdk/client-bedrock-agentcore";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { LocalAwsSettings } from "../../../local/aws/server.ts";
import { isAlive, RUNTIME_ARN, sdkClient, sessionId, type Stand, startStand } from "./local-aws.ts";

// Processes start here: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 30_000 });
const PATIENCE = { timeout: 20_000 };
const AGENT = fileURLToPath(new URL("fake-agent.ts", import.meta.url));
const NEWER = { agentEntry: AGENT, environment: { MARK: "newer" } };

let stand: Stand | undefined;

async function start(settings: Partial<LocalAwsSettings> = {}): Promise<Stand> {
  stand = await startStand({ agentEnvironment: { MARK: "first" }, ...settings });
  return stand;
}
afterEach(async () => {
  await stand?.[Symbol.asyncDispose]();
  stand = undefined;
});

const named = (session: string) => ({ agentRuntimeArn: RUNTIME_ARN, runtimeSessionId: sessionId(session) });

type Seen = { readonly pid: number; readonly argv: readonly string[]; readonly environment: { readonly MARK: string } };

async function ask({ aws }: Stand, session: string, qualifier?: string): Promise<Seen> {
  const payload = Buffer.from(JSON.stringify({ do: "environment" }));
  const at = qualifier === undefined ? {} : { qualifier };
  const command = new InvokeAgentRuntimeCommand({ ...named(session), ...at, payload, contentType: "application/json" });
  const { response } = await sdkClient(aws).send(command);
  return JSON.parse((await response?.transformToString()) ?? "");
}

const markOf = async (at: Stand, session: string, qualifier?: string) =>
  (await ask(at, session, qualifier)).environment.MARK;

const spares = ({ aws }: Stand) =>
  aws.processes().flatMap(({ phase, version }) => (phase === "spare" ? [version] : []));

describe("an endpoint", () => {
  it("that nobody made answers 404, to a stop as well", async () => {
    const at = await start();
    const refused = { name: "ResourceNotFoundException", $metadata: { httpStatusCode: 404 } };
    await expect(ask(at, "one", "live")).rejects.toMatchObject(refused);
    const stop = new StopRuntimeSessionCommand({ ...named("one"), qualifier: "live" });
    await expect(sdkClient(at.aws).send(stop)).rejects.toMatchObject(refused);
  });

  it("leads new sessions to its version, and DEFAULT to the newest", async () => {
    const at = await start();
    at.aws.pointEndpoint("live", "1");
    expect(at.aws.publish(NEWER)).toBe("2");
    expect(await markOf(at, "pinned", "live")).toBe("first");
    expect(await markOf(at, "newest")).toBe("newer");
    at.aws.pointEndpoint("live", "2");
    expect(await markOf(at, "moved", "live")).toBe("newer");
    at.aws.pointEndpoint("live", "1");
    expect(await markOf(at, "back", "live")).toBe("first");
  });

  it("leads only to versions that there are, and DEFAULT nowhere else", async () => {
    const { aws } = await start();
    expect(() => aws.pointEndpoint("live", "2")).toThrow("no version 2");
    expect(() => aws.pointEndpoint("DEFAULT", "1")).toThrow("by itself");
  });

  it("runs the code of its version", async () => {
    const at = await start();
    const agentEntry = join(at.stateDir, "newer-agent.ts");
    await copyFile(AGENT, agentEntry);
    at.aws.publish({ ...NEWER, agentEntry });
    expect((await ask(at, "newer")).argv).toContain(agentEntry);
  });
});

describe("a session", () => {
  it("keeps the version that it began with until it ends; its name then has the version of the endpoint", async () => {
    const at = await start();
    const { pid } = await ask(at, "runs");
    at.aws.publish(NEWER);
    expect(await ask(at, "runs")).toMatchObject({ pid, environment: { MARK: "first" } });
    expect(at.aws.processes()).toMatchObject([{ pid, version: "1" }]);
    process.kill(pid, "SIGKILL");
    await vi.waitFor(() => expect(at.aws.processes()).toEqual([]), PATIENCE);
    expect(await markOf(at, "runs")).toBe("newer");
    expect(at.log).toContainEqual(expect.objectContaining({ event: "session_started", version: "2" }));
  });

  it("is never given a spare of another version", async () => {
    const at = await start({ spares: 2, processMax: 6 });
    await vi.waitFor(() => expect(spares(at)).toEqual(["1", "1"]), PATIENCE);
    const old = at.aws.processes().map(({ pid }) => pid);
    at.aws.pointEndpoint("live", "1");
    at.aws.publish(NEWER);
    // Most want what `live` has: those are kept, and a session of the newest starts a process of its own.
    expect(spares(at)).toEqual(["1", "1"]);
    const newest = await ask(at, "newest");
    expect(newest.environment.MARK).toBe("newer");
    expect(old).not.toContain(newest.pid);
    at.aws.pointEndpoint("live", "2");
    expect(spares(at)).toEqual([]);
    await vi.waitFor(() => expect(old.filter(isAlive)).toEqual([]), PATIENCE);
    expect(await markOf(at, "live", "live")).toBe("newer");
    await vi.waitFor(() => expect(spares(at)).toEqual(["2", "2"]), PATIENCE);
  });

  it("gets its process although spares of another version fill all there is room for", async () => {
    const at = await start({ spares: 2, processMax: 2 });
    at.aws.pointEndpoint("live", "1");
    await vi.waitFor(() => expect(spares(at)).toEqual(["1", "1"]), PATIENCE);
    at.aws.publish(NEWER);
    expect(await markOf(at, "newest")).toBe("newer");
  });

  it("gets the version that it asked for when it waits for its process while another is published", async () => {
    const at = await start();
    const first = markOf(at, "early");
    await vi.waitFor(() => expect(at.log).toContainEqual(expect.objectContaining({ event: "agent_process_started" })));
    at.aws.publish(NEWER);
    expect(await Promise.all([first, markOf(at, "late")])).toEqual(["first", "newer"]);
  });
});
