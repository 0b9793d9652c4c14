import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAgent, type RunningAgent } from "../../../agent-container/src/agent.ts";
import { createS3Client } from "../../../agent-container/src/workspace/s3-client.ts";
import { sha256 } from "../../../agent-container/src/workspace/manifest.ts";
import { Databases } from "../../../agent-container/src/stores/databases.ts";
import { raiseFence } from "../../../agent-container/src/stores/fence.ts";
import { createSqliteStore } from "../../../agent-container/src/stores/sqlite-store.ts";
import type { TurnPorts, TurnRequest } from "../../../agent-container/src/turn/ports.ts";
import { createDataCredentials } from "../../../worker/credentials/data-credentials.ts";
import type { ForgetInvocation, Grants, TurnInvocation } from "../../../protocol/invocation.ts";
import { type ConversationKey, isConversationKey } from "../../../protocol/session-key.ts";
import { isSpaceId, type SpaceId } from "../../../protocol/space.ts";
import type { TurnEvent } from "../../../protocol/turn-event.ts";
import { call } from "./agent-client.ts";
import { startAgentProcess } from "./agent-process.ts";
import { eventually, PROCESS_TEST_MS } from "./eventually.ts";
import { BUCKET, CREDENTIALS, DATA_ROLE_ARN, REGION, type Stand, startStand } from "../aws/local-aws.ts";
import { CONVERSATION, promptMessage, query, turn } from "./invocations.ts";
import { type Script, scriptedModel, toolCall } from "./scripted-model.ts";

type Place = { readonly conversation: ConversationKey; readonly space: SpaceId };

const ADA = person("telegram-1");
const BOB = person("telegram-2");
const OWNER: Place = { conversation: CONVERSATION, space: spaceId("owner") };
const GROUP = group("telegram:-5", "telegram:group:-5");
const TOPIC: Place = { ...GROUP, conversation: conversationOf("agent:main:telegram:group:-5:topic:9") };
/** Ada's words, her name, her file, its name, what she sent. */
const CANARIES = ["canary-of-words", "canary-of-name", "canary-of-file", "canary-of-path", "canary-of-attachment"];

let stand: Stand;
let dir: string;
let agents: RunningAgent[];
/** Folders of the working copies of each. */
let workDirs: string[];

beforeEach(async () => {
  stand = await startStand();
  dir = mkdtempSync(join(tmpdir(), "agent-forget-"));
  agents = [];
  workDirs = [];
});
afterEach(async () => {
  await end();
  await stand[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true });
});

/** Writes a note that is never the same twice, and answers. */
const takeNotes: Script = ({ messages }) => {
  if (messages.at(-1)?.role === "toolResult") return { text: "Noted." };
  notes += 1;
  const content = `canary-of-file ${String(notes)}`;
  return { calls: [toolCall("c1", "write", { path: "memory/canary-of-path.md", content })] };
};
let notes = 0;

/** A process over the same state as all others of a test. */
function start(script: Script = takeNotes, overrides: Partial<TurnPorts> = {}): RunningAgent {
  const environment = { stateDir: join(dir, "state"), workDir: mkdtempSync(join(dir, "work-")) };
  workDirs.push(environment.workDir);
  const openModel = () => Promise.resolve(scriptedModel(script));
  const agent = createAgent(environment, { log: () => undefined, openModel, ...overrides });
  agents.push(agent);
  return agent;
}

/** Ends all processes so far; their working copies go with them, as the runtime sees to it. */
async function end(): Promise<void> {
  for (const agent of agents.splice(0)) await agent.shutDown(0);
  for (const workDir of workDirs.splice(0)) rmSync(workDir, { recursive: true });
}

async function grantsOf({ space }: Place): Promise<Grants> {
  const endpoints = { stsEndpoint: stand.aws.url, s3Endpoint: stand.aws.url };
  const role = { roleArn: DATA_ROLE_ARN, bucket: BUCKET, region: REGION, credentials: CREDENTIALS };
  const { blobs } = await createDataCredentials({ ...endpoints, ...role }).forSpace("main", space, Date.now());
  return { models: {}, blobs };
}

async function turnOf(place: Place, fields: Parameters<typeof turn>[2] = {}): Promise<TurnInvocation> {
  const attachments = [{ kind: "document", name: "canary-of-name.txt", stored: { name: "letter", bytes: 20 } }];
  const message = promptMessage("telegram:1", "canary-of-words", {
    sender: { id: "1", name: "canary-of-name" },
    ...(place === ADA && { attachments }),
  });
  return turn({ blobs: "" }, "", { ...place, grants: await grantsOf(place), messages: [message], ...fields });
}

async function runTurn(agent: RunningAgent, request: TurnRequest): Promise<readonly TurnEvent[]> {
  const events: TurnEvent[] = [];
  const closed = Promise.withResolvers<void>();
  await agent.join(request, { send: (event) => events.push(event), close: closed.resolve });
  await closed.promise;
  await agent.settled(request);
  return events;
}

async function forget(agent: RunningAgent, place: Place, fence: number): Promise<unknown> {
  const order: ForgetInvocation = { kind: "forget", protocol: 1, ...place, fence, grants: await grantsOf(place) };
  return agent.call(order);
}

/** What somebody sent, as the edge stores it. */
async function attach(place: Place, content: string): Promise<void> {
  const { blobs } = await grantsOf(place);
  const body = new TextEncoder().encode(content);
  const url = createS3Client(() => blobs).urlOf(`main/${place.space.replace(":", "_3a")}/attachments/letter`);
  await createS3Client(() => blobs).send({ method: "PUT", url, contentHash: sha256(body), body });
}

/** Which of the canaries are in any byte or name below the folders of state, working copies and objects. */
function found(): readonly string[] {
  const roots = [dir, stand.stateDir];
  const entries = roots.flatMap((root) => readdirSync(root, { recursive: true, withFileTypes: true }));
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const bytes = files.map((file) => readFileSync(file));
  return CANARIES.filter(
    (canary) => files.some((file) => file.includes(canary)) || bytes.some((it) => it.includes(canary)),
  );
}

function objects(place: Place): readonly string[] {
  const folder = place.space.replaceAll(":", "_3a").replaceAll("_", "_5f");
  const names = readdirSync(stand.stateDir, { recursive: true, withFileTypes: true });
  return names.filter((entry) => entry.isFile() && entry.parentPath.includes(`/${folder}_`)).map(({ name }) => name);
}

describe("what a person said and kept", () => {
  it("is gone from every byte on the disk, from S3 and from the working copy, and is counted", async () => {
    const agent = start();
    await attach(ADA, "canary-of-attachment");
    await runTurn(agent, await turnOf(ADA));
    await runTurn(agent, await turnOf(ADA, { turnId: "turn-0002", fence: 2, epoch: 1 }));
    expect(found()).toEqual(CANARIES);
    // Two versions of the note, two seeds, one letter; the note and the seeds are her files.
    expect(await forget(agent, ADA, 3)).toEqual({ transcripts: 2, files: 3, blobs: 5 });
    expect(found()).toEqual([]);
    expect(objects(ADA)).toEqual([]);
  });

  it("is gone from a bucket that keeps versions, also what was overwritten, and also when it broke off", async () => {
    await stand[Symbol.asyncDispose]();
    stand = await startStand({ bucketVersions: true });
    const agent = start();
    await attach(ADA, "canary-of-attachment");
    await attach(ADA, "another letter of the same name");
    await runTurn(agent, await turnOf(ADA));
    expect(found()).toEqual(CANARIES);
    stand.aws.faults.inject({ operation: "s3_get", count: 3, fault: { kind: "error", status: 503 } });
    await expect(forget(agent, ADA, 2)).rejects.toMatchObject({ code: "storage_unavailable" });
    // The note, two seeds, two letters of one name.
    expect(objects(ADA)).toHaveLength(5);
    expect(await forget(agent, ADA, 2)).toEqual({ transcripts: 0, files: 0, blobs: 4 });
    expect(found()).toEqual([]);
  });

  it("can be forgotten again, and then there was nothing", async () => {
    const agent = start();
    await runTurn(agent, await turnOf(ADA));
    await forget(agent, ADA, 2);
    expect(await forget(agent, ADA, 2)).toEqual({ transcripts: 0, files: 0, blobs: 0 });
    expect(await forget(agent, BOB, 1)).toEqual({ transcripts: 0, files: 0, blobs: 0 });
  });

  it("leaves what others said and kept, and what all spaces share", async () => {
    const agent = start();
    await runTurn(agent, await turnOf(OWNER));
    await runTurn(agent, await turnOf(BOB));
    await runTurn(agent, await turnOf(ADA));
    await forget(agent, ADA, 2);
    for (const place of [OWNER, BOB]) {
      const kept = await turnOf(place);
      expect(await agent.call(query(kept, { what: "history", limit: 9 }))).toMatchObject({ entries: [{}, {}] });
      const note = await agent.call(query(kept, { what: "file", path: "memory/canary-of-path.md" }));
      expect(note).toMatchObject({ text: expect.stringContaining("canary-of-file") });
    }
  });

  it("does not come back, and who comes back begins anew in the same process", async () => {
    const agent = start();
    await attach(ADA, "canary-of-attachment");
    await runTurn(agent, await turnOf(ADA));
    await forget(agent, ADA, 2);
    notes -= 1; // the very same contents
    await attach(ADA, "canary-of-attachment");
    const again = await turnOf(ADA, { fence: 3 });
    expect((await runTurn(agent, again)).at(-1)).toMatchObject({ kind: "final", text: "Noted." });
    expect(await agent.call(query(again, { what: "history", limit: 9 }))).toMatchObject({ entries: [{}, {}] });
    // In another process: the contents are in the store again, not only remembered as stored.
    const note = await start().call(query(again, { what: "file", path: "memory/canary-of-path.md" }));
    expect(note).toMatchObject({ text: expect.stringContaining("canary-of-file") });
  });
});

describe("forgetting", () => {
  it("cuts the turn that runs here, and the one that runs in another process commits nothing more", async () => {
    const asked = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    const released = Promise.withResolvers<void>();
    const ponder =
      (at: 0 | 1): Script =>
      async (context) => {
        asked[at].resolve();
        await released.promise;
        return takeNotes(context);
      };
    const [here, there] = [start(ponder(0)), start(ponder(1))];
    const cut = runTurn(here, await turnOf(GROUP));
    const passed = runTurn(there, await turnOf(TOPIC, { turnId: "turn-0009" }));
    await Promise.all(asked.map(({ promise }) => promise));
    await forget(here, GROUP, 2);
    expect((await cut).at(-1)).toMatchObject({ kind: "error", code: "fence_lost", passedBy: 2 });
    released.resolve();
    expect((await passed).at(-1)).toMatchObject({ kind: "error", code: "fence_lost", passedBy: 2 });
    expect(found()).toEqual([]);
  });

  it("is refused for the owner's space, for another's conversation and for an outdated order, and nothing is lost", async () => {
    const agent = start();
    await runTurn(agent, await turnOf(OWNER));
    await runTurn(agent, await turnOf(ADA, { fence: 5 }));
    await expect(forget(agent, OWNER, 9)).rejects.toMatchObject({ code: "forget_refused" });
    await expect(forget(agent, { ...BOB, space: ADA.space }, 9)).rejects.toMatchObject({ code: "storage_unavailable" });
    await expect(forget(agent, ADA, 4)).rejects.toMatchObject({ code: "storage_fence_lost" });
    for (const place of [OWNER, ADA]) {
      const kept = query(await turnOf(place), { what: "history", limit: 9 });
      expect(await agent.call(kept)).toMatchObject({ entries: [{}, {}] });
    }
  });

  it.each([
    [ADA, ADA, "storage_fence_lost"],
    [GROUP, TOPIC, "storage_unavailable"],
  ])("stops before it takes anything from a turn that has begun meanwhile (%#)", async (place, busy, code) => {
    await runTurn(start(), await turnOf(place));
    const before = objects(place).length;
    const databases = new Databases(join(dir, "state"));
    const owned = databases.of(place);
    const passed = afterVacuum(owned, () => void raiseFence(owned.space, busy.conversation, 7));
    await expect(
      forget(start(takeNotes, { storeOf: () => createSqliteStore(passed) }), place, 2),
    ).rejects.toMatchObject({ code });
    databases.close();
    expect(objects(place)).toHaveLength(before);
  });

  it("takes nothing at all when the turn has begun before the database is emptied", async () => {
    await runTurn(start(), await turnOf(ADA));
    const databases = new Databases(join(dir, "state"));
    const owned = databases.of(ADA);
    const prepare = owned.space.prepare.bind(owned.space);
    let hasBegun = false;
    owned.space.prepare = (sql) => {
      if (!hasBegun && sql.includes("json_array_length")) {
        hasBegun = true;
        raiseFence(owned.space, ADA.conversation, 7);
      }
      return prepare(sql);
    };
    const refused = forget(start(takeNotes, { storeOf: () => createSqliteStore(owned) }), ADA, 2);
    await expect(refused).rejects.toMatchObject({ code: "storage_fence_lost" });
    databases.close();
    const kept = query(await turnOf(ADA), { what: "history", limit: 9 });
    expect(await start().call(kept)).toMatchObject({ entries: [{}, {}] });
  });

  it("that does not reach the store is told so, and done by repeating it", async () => {
    const agent = start();
    await attach(ADA, "canary-of-attachment");
    await runTurn(agent, await turnOf(ADA));
    const left = objects(ADA).length;
    stand.aws.faults.inject({ operation: "s3_get", count: 3, fault: { kind: "error", status: 503 } });
    await expect(forget(agent, ADA, 2)).rejects.toMatchObject({ code: "storage_unavailable", retry: "after" });
    expect(await forget(agent, ADA, 2)).toEqual({ transcripts: 0, files: 0, blobs: left });
    expect(found()).toEqual([]);
  });

  it("is gone on with by the next process after a kill -9", { timeout: PROCESS_TEST_MS }, async () => {
    await attach(ADA, "canary-of-attachment");
    await runTurn(start(), await turnOf(ADA));
    await end();
    stand.aws.faults.inject({ operation: "s3_get", fault: { kind: "latency", ms: PROCESS_TEST_MS } });
    const killed = await startAgentProcess({ stateDir: join(dir, "state"), workDir: join(dir, "killed") });
    const order: ForgetInvocation = { kind: "forget", protocol: 1, ...ADA, fence: 2, grants: await grantsOf(ADA) };
    const asked = call(killed.url, order).catch(() => "cut");
    // The database is emptied, and the store asked for what there is.
    await eventually(() => {
      expect(stand.aws.faults.list()).toEqual([]);
    });
    expect(found()).toEqual(["canary-of-file", "canary-of-attachment"]);
    await killed.kill("SIGKILL");
    expect(await asked).toBe("cut");
    await forget(start(), ADA, 2);
    expect(found()).toEqual([]);
  });

  it("that breaks off anywhere is made whole by repeating it", async () => {
    for (let step = 1, isOver = false; !isOver; step += 1) {
      await attach(ADA, "canary-of-attachment");
      await runTurn(start(), await turnOf(ADA, { fence: step * 10 }));
      await end();
      const databases = new Databases(join(dir, "state"));
      const broken = start(takeNotes, { storeOf: () => createSqliteStore(breakingAt(step, databases.of(ADA))) });
      const outcome = await forget(broken, ADA, step * 10 + 1).catch((error: unknown) => error);
      databases.close();
      await end();
      isOver = !(outcome instanceof Error && outcome.message === "killed");
      await forget(start(), ADA, step * 10 + 1);
      expect(found()).toEqual([]);
      expect(step).toBeLessThan(100);
    }
  });
});

type Owned = ReturnType<Databases["of"]>;

/** A database that calls `work` once its file was written anew. */
function afterVacuum(owned: Owned, work: () => void): Owned {
  const exec = owned.space.exec.bind(owned.space);
  owned.space.exec = (sql) => {
    exec(sql);
    if (sql === "VACUUM") work();
  };
  return owned;
}

/** The database of a process that dies before its nth statement. */
function breakingAt(step: number, owned: Owned): Owned {
  const exec = owned.space.exec.bind(owned.space);
  const prepare = owned.space.prepare.bind(owned.space);
  let steps = 0;
  const live = () => {
    steps += 1;
    if (steps < step) return;
    owned.space.exec = exec;
    if (owned.space.isTransaction) exec("ROLLBACK"); // as the kernel's end of a process does
    throw new Error("killed");
  };
  owned.space.exec = (sql) => {
    live();
    exec(sql);
  };
  owned.space.prepare = (sql) => {
    live();
    return prepare(sql);
  };
  return owned;
}

function conversationOf(text: string): ConversationKey {
  if (!isConversationKey(text)) throw new Error(`not a conversation: ${text}`);
  return text;
}

function spaceId(text: string): SpaceId {
  if (!isSpaceId(text)) throw new Error(`not a space: ${text}`);
  return text;
}

function person(id: string): Place {
  return { conversation: conversationOf(`agent:main:person:${id}`), space: spaceId(`person:${id}`) };
}

function group(space: string, conversation: string): Place {
  return { conversation: conversationOf(`agent:main:${conversation}`), space: spaceId(`group:${space}`) };
}
