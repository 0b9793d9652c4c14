import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readRunFile, writeRunFile } from "../../../local/run-file.ts";
import { openStateDir } from "../../../local/state-dir.ts";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "agent-claw-test-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = {
  pid: 1,
  port: 2,
  url: "http://127.0.0.1:2",
  adminToken: "t",
  awsPort: null,
  startedAt: 3,
  telegramProblem: null,
  telegramPolls: false,
};

describe("openStateDir", () => {
  it("makes a folder and secrets for their owner only, and finds the same secrets again", async () => {
    const path = join(folder, "state");
    const first = await openStateDir(path);
    first.close();
    const second = await openStateDir(path);
    second.close();
    expect(second.secrets).toEqual(first.secrets);
    expect(new Set(Object.values(first.secrets)).size).toBe(5);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(path, "secrets.json")).mode & 0o777).toBe(0o600);
  });

  it.each(["/proc/agent-claw/state", "/dev/null/state", fileURLToPath(import.meta.url)])(
    "says in one line that %s cannot be a folder",
    async (path) => {
      await expect(openStateDir(path)).rejects.toThrow(/^AGENT_CLAW_STATE_DIR: .* cannot be made or used/);
    },
  );

  it("leaves the mode of a folder alone that was there before", async () => {
    chmodSync(folder, 0o755);
    (await openStateDir(folder)).close();
    expect(statSync(folder).mode & 0o777).toBe(0o755);
  });

  it("refuses a folder that holds other things, and leaves it as it was", async () => {
    mkdirSync(join(folder, "work"));
    writeFileSync(join(folder, "work", "thesis.txt"), "irreplaceable");
    await expect(openStateDir(folder)).rejects.toThrow(/^AGENT_CLAW_STATE_DIR: .* holds other things[^\n]*$/);
    expect(readdirSync(folder)).toEqual(["work"]);
  });

  it("opens its own folder whatever else is put in there, also after its secrets were deleted", async () => {
    (await openStateDir(folder)).close();
    writeFileSync(join(folder, "notes.txt"), "mine");
    (await openStateDir(folder)).close();
    rmSync(join(folder, "secrets.json"));
    (await openStateDir(folder)).close();
    expect(readFileSync(join(folder, "notes.txt"), "utf8")).toBe("mine");
  });

  it("refuses a folder in use and names who uses it, until that one is done", async () => {
    const first = await openStateDir(folder);
    writeRunFile(folder, { ...run, pid: 4711 });
    await expect(openStateDir(folder)).rejects.toThrow(/already running: process 4711 \(http:\/\/127\.0\.0\.1:2\)/);
    first.close();
    (await openStateDir(folder)).close();
  });

  it("opens at once after the process that held it was killed", async () => {
    const holder = spawn(process.execPath, [
      "--input-type=module",
      "-e",
      `import { openStateDir } from ${JSON.stringify(new URL("../../../local/state-dir.ts", import.meta.url).href)};
       await openStateDir(${JSON.stringify(folder)}); console.log("held"); setInterval(() => {}, 1000);`,
    ]);
    await once(holder.stdout, "data");
    await expect(openStateDir(folder)).rejects.toThrow("already running");
    holder.kill("SIGKILL");
    await once(holder, "exit");
    (await openStateDir(folder)).close();
  });

  it("says which file is damaged without showing what is in it", async () => {
    const path = join(folder, "secrets.json");
    writeFileSync(path, '{"adminToken": "very-secret-');
    const error: unknown = await openStateDir(folder).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain(path);
    expect(String(error)).not.toContain("very-secret");
  });
});

describe("run.json", () => {
  it("is readable by its owner only, and gone after a clean end", async () => {
    const state = await openStateDir(folder);
    writeRunFile(folder, run);
    expect(readRunFile(folder)).toEqual(run);
    expect(statSync(join(folder, "run.json")).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(join(folder, "run.json"), "utf8"))).toEqual(run);
    state.close();
    expect(readRunFile(folder)).toBeNull();
  });
});
