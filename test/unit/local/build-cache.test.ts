import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cachedBuild } from "../../../local/build-cache.ts";
import { BuildError, runBuildStep } from "../../../local/build-step.ts";

let root: string;
let builds: number;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "agent-claw-test-"));
  builds = 0;
  mkdirSync(join(root, "src", "node_modules"), { recursive: true });
  writeFileSync(join(root, "src", "a.ts"), "1");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const recipe = () => ({
  root,
  name: "thing",
  sources: ["src", "absent.json"],
  async build(folder: string) {
    builds += 1;
    mkdirSync(folder);
    writeFileSync(join(folder, "out.js"), "built");
  },
});

describe("cachedBuild", () => {
  it("builds once for the same sources, and again when one changes", async () => {
    const first = await cachedBuild(recipe());
    writeFileSync(join(root, "src", "node_modules", "b.ts"), "not a source");
    expect(await cachedBuild(recipe())).toEqual(first);
    writeFileSync(join(root, "src", "a.ts"), "2");
    const second = await cachedBuild(recipe());
    expect(second.hash).not.toBe(first.hash);
    expect(builds).toBe(2);
    expect(existsSync(join(first.folder, "out.js")) && existsSync(join(second.folder, "out.js"))).toBe(true);
  });

  it("builds once when several want it at the same time", async () => {
    const folders = await Promise.all([1, 2, 3].map(() => cachedBuild(recipe())));
    expect(new Set(folders.map(({ folder }) => folder)).size).toBe(1);
    expect(builds).toBe(1);
  });

  it("leaves nothing behind that looks built when the build fails", async () => {
    const failing = { ...recipe(), build: () => Promise.reject(new Error("no")) };
    await expect(cachedBuild(failing)).rejects.toThrow("no");
    await cachedBuild(recipe());
    expect(builds).toBe(1);
  });
});

describe("runBuildStep", () => {
  it("keeps the end of what a failing tool printed, and gives it nothing of our environment", async () => {
    process.env["TELEGRAM_BOT_TOKEN"] = "1:secret";
    const script = ["-e", "console.error(Object.keys(process.env).join()); process.exit(3)"];
    const error: unknown = await runBuildStep({ what: "it", root, script, environment: {} }).catch((e: unknown) => e);
    delete process.env["TELEGRAM_BOT_TOKEN"];
    expect(error).toBeInstanceOf(BuildError);
    expect(error).toMatchObject({ message: "it could not be built" });
    expect(error instanceof BuildError && error.output).toContain("PATH");
    expect(error instanceof BuildError && error.output).not.toContain("TELEGRAM");
  });
});
