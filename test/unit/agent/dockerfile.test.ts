import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { eventually, PROCESS_TEST_MS } from "./eventually.ts";
import { buildBundle } from "./bundle.ts";
import { type Instruction, parseDockerfile } from "./dockerfile.ts";

vi.setConfig({ testTimeout: PROCESS_TEST_MS, hookTimeout: PROCESS_TEST_MS });

const CONTEXT = join(import.meta.dirname, "../../../agent-container");
const KNOWN = ["FROM", "RUN", "WORKDIR", "COPY", "USER", "ENV", "EXPOSE", "CMD"];

let dir: string;
let instructions: readonly Instruction[];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "agent-image-"));
  instructions = parseDockerfile(await readFile(join(CONTEXT, "Dockerfile"), "utf8"));
  await buildBundle(join(dir, "context", "dist"));
});
afterAll(() => rm(dir, { recursive: true }));

function rests(name: string): readonly string[] {
  return instructions.filter((instruction) => instruction.name === name).map(({ rest }) => rest);
}

/** Does in an empty folder what WORKDIR and COPY do in an image; returns the folder that the command starts in. */
async function replay(root: string): Promise<string> {
  let cwd = root;
  for (const { name, rest } of instructions) {
    if (name === "WORKDIR") cwd = join(root, rest);
    await mkdir(cwd, { recursive: true });
    if (name !== "COPY") continue;
    const [from = "", to = ""] = rest.split(/\s+/);
    await cp(join(dir, "context", from), resolve(cwd, to), { recursive: true });
  }
  return cwd;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

describe("the Dockerfile", () => {
  it("uses only instructions that this test replays", () => {
    expect(instructions.map(({ name }) => name).filter((name) => !KNOWN.includes(name))).toEqual([]);
    expect(rests("CMD")).toHaveLength(1);
  });

  it("is for arm64, on a base with a snapshot-safe OpenSSL, and does not run as root", () => {
    expect(rests("FROM")).toEqual([expect.stringMatching(/^--platform=linux\/arm64 .*amazonlinux:2023$/)]);
    expect(rests("RUN").join()).toMatch(/dnf install .*nodejs24 .*openssl-snapsafe-libs/);
    const [user = ""] = rests("USER");
    expect(Number(user.split(":")[0])).toBeGreaterThan(0);
  });

  it("copies everything that the agent needs: in an empty folder its command becomes healthy and answers", async () => {
    const cwd = await replay(join(dir, "image"));
    expect(await readdir(cwd)).toContain("server.js");
    const [program, ...args] = JSON.parse(rests("CMD")[0]!) as string[];
    expect(program).toBe("node-24");
    const port = await freePort();
    const env = Object.fromEntries(rests("ENV").map((rest) => rest.split("=")));
    const child = spawn(process.execPath, args, { cwd, env: { ...env, PORT: String(port) }, stdio: "ignore" });
    try {
      await eventually(async () => {
        const response = await fetch(`http://127.0.0.1:${String(port)}/ping`);
        expect(await response.json()).toEqual({ status: "Healthy" });
      });
    } finally {
      child.kill("SIGKILL");
    }
  });
});
