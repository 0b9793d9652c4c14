/** What is on the disk while a turn runs, and between turns: the files of its own space, and none of any other. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { TranscriptContext } from "@earendil-works/pi-ai";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAgent, type RunningAgent } from "../../../agent-container/src/agent.ts";
import type { TurnRequest } from "../../../agent-container/src/turn/ports.ts";
import { type BlobServer, startBlobServer } from "./blob-server.ts";
import { CONVERSATION, conversation, GROUP, PERSON, promptMessage, space, turn } from "./invocations.ts";
import { scriptedModel, toolCall } from "./scripted-model.ts";

const PLACES = {
  owner: { conversation: CONVERSATION, space: space("owner") },
  person: { conversation: PERSON, space: space("person:telegram-7") },
  other: { conversation: conversation("agent:main:person:telegram-8"), space: space("person:telegram-8") },
  group: GROUP,
  topic: { ...GROUP, conversation: conversation("agent:main:telegram:group:-1:topic:3") },
  namesake: { conversation: conversation("agent:second:main"), space: space("owner") },
} as const;
type Name = keyof typeof PLACES;

let dir: string;
let blobs: BlobServer;
let agent: RunningAgent;
/** What was on the disk at the end of each turn, by folder. */
let disk: readonly OnDisk[];
type OnDisk = { readonly folder: string; readonly path: string; readonly text: string; readonly mode: number };

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "agent-disk-"));
  blobs = await startBlobServer();
  agent = startAgent("a");
});
afterEach(async () => {
  await agent.shutDown(0);
  await blobs.close();
  rmSync(dir, { recursive: true });
});

/** The model writes its own note, reads whatever it can, and then the disk is looked at. */
function startAgent(process: string): RunningAgent {
  const workDir = join(dir, process);
  const script = ({ messages }: TranscriptContext) => {
    const done = messages
      .slice(messages.findLastIndex(({ role }) => role === "user"))
      .filter(({ role }) => role === "toolResult");
    const name = /"words of (\w+)"/.exec(JSON.stringify(messages.findLast(({ role }) => role === "user")))?.[1] ?? "";
    const reads = [
      "MEMORY.md",
      "USER.md",
      "HEARTBEAT.md",
      "AGENTS.md",
      "SOUL.md",
      "IDENTITY.md",
      "skills/a.md",
      "memory/me.md",
    ];
    const path = reads[done.length - 1];
    if (done.length === 0) {
      return { calls: [toolCall("w", "write", { path: "memory/me.md", content: `canary of ${name}` })] };
    }
    if (path !== undefined) return { calls: [toolCall(`r${String(done.length)}`, "read", { path })] };
    disk = onDisk(workDir);
    return { text: "Done." };
  };
  const ports = { log: () => undefined, openModel: async () => scriptedModel(script) };
  return createAgent({ stateDir: join(dir, "state"), workDir }, ports);
}

function onDisk(workDir: string): readonly OnDisk[] {
  const entries = readdirSync(workDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map(({ parentPath, name }) => {
    const path = join(parentPath, name);
    const [folder = "", inside = ""] = relative(workDir, path).split("/files/");
    return { folder, path: inside, text: readFileSync(path, "utf8"), mode: statSync(path).mode & 0o777 };
  });
}

let fence = 0;
/** Runs a turn; what was on the disk at its end, in the folder that has its note. */
async function play(name: Name): Promise<readonly OnDisk[]> {
  fence += 1;
  const fields = { ...PLACES[name], fence, turnId: `turn-${String(fence).padStart(4, "0")}` };
  const messages = [promptMessage("telegram:1", `words of ${name}`)];
  const request: TurnRequest = turn({ blobs: blobs.url }, "", { ...fields, messages });
  const closed = Promise.withResolvers<void>();
  await agent.join(request, { send: () => undefined, close: closed.resolve });
  await closed.promise;
  await agent.settled(request);
  const own = disk.find(({ text }) => text === `canary of ${name}`);
  return disk.filter(({ folder }) => folder === own?.folder);
}

const paths = (files: readonly OnDisk[]) => files.map(({ path }) => path);
const SHARED = ["AGENTS.md", "IDENTITY.md", "SOUL.md"];

describe("the folder of a turn", () => {
  it.each([
    ["owner", [...SHARED, "HEARTBEAT.md", "MEMORY.md", "USER.md", "memory/me.md"]],
    ["person", [...SHARED, "MEMORY.md", "USER.md", "memory/me.md"]],
    ["group", [...SHARED, "memory/me.md"]],
  ] as const)("of %s has these files and no others", async (name, files) => {
    expect(new Set(paths(await play(name)))).toEqual(new Set(files));
  });

  it("cannot be written where it is not the space's own, but for the owner", async () => {
    const modes = async (name: Name) => new Map((await play(name)).map(({ path, mode }) => [path, mode]));
    for (const name of ["person", "group"] as const) {
      const files = await modes(name);
      for (const path of SHARED) expect(files.get(path)).toBe(0o400);
      expect(files.get("memory/me.md")).toBe(0o600);
    }
    for (const mode of (await modes("owner")).values()) expect(mode).toBe(0o600);
  });

  it("holds nothing of any other space, in whatever order a process has them, the next turn included", async () => {
    const order = [
      "owner",
      "person",
      "group",
      "other",
      "topic",
      "namesake",
      "person",
      "owner",
      "group",
      "namesake",
    ] as const;
    for (const name of order) {
      const canaries = (await play(name)).flatMap(({ text }) => /canary of (\w+)/.exec(text)?.[1] ?? []);
      expect(canaries).toEqual([name]);
    }
    // What rests between the turns is of one space a folder as well.
    for (const files of Map.groupBy(disk, ({ folder }) => folder).values()) {
      expect(files.filter(({ text }) => text.startsWith("canary of"))).toHaveLength(1);
    }
  });
});
