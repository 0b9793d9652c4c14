import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { agentFolder } from "./synthesised.ts";

const APP = fileURLToPath(new URL("../app.ts", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "agent-claw-app-"));
afterAll(() => rmSync(work, { recursive: true }));

/** The app as a process of its own, with nothing on the path: neither Docker nor a tool of AWS's. */
async function run(name: string, context: object) {
  const folder = join(work, name);
  const child = spawn(process.execPath, [APP], {
    cwd: work,
    env: { PATH: "", CDK_OUTDIR: folder, CDK_CONTEXT_JSON: JSON.stringify(context) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { folder, status, said: `${stdout}${stderr}` };
}

describe("the app", () => {
  it("makes the template of an image without Docker, an account or a word", async () => {
    const { folder, status, said } = await run("image", {
      name: "claw",
      artifact: "image",
      agentFolder: agentFolder(),
    });
    expect(said).toBe("");
    expect(status).toBe(0);
    const template = readFileSync(join(folder, "claw.template.json"), "utf8");
    expect(template).toContain("ContainerConfiguration");
    const assets = readFileSync(join(folder, "claw.assets.json"), "utf8");
    const [, image = "none"] = /"directory": "(asset\.[0-9a-f]+)"/.exec(assets) ?? [];
    expect(readFileSync(join(folder, image, "dist", "server.js"), "utf8")).toBe("// the agent\n");
    expect(readFileSync(join(folder, image, "Dockerfile"), "utf8")).toContain("COPY dist/ ./");
  });

  it("says all that is wrong, one line each, and makes nothing", async () => {
    const { folder, status, said } = await run("wrong", { platform: "V3", idleSeconds: 5 });
    expect(said).toBe(
      "aws-infra: platform: must be V2 or V1\naws-infra: idleSeconds: must be a number of seconds from 60 to 28800\n",
    );
    expect(status).toBe(1);
    expect(existsSync(join(folder, "manifest.json"))).toBe(false);
  });

  it("says how to build the agent when it is not built", async () => {
    const { status, said } = await run("unbuilt", { agentFolder: join(work, "nowhere") });
    expect(said).toBe(`aws-infra: ${join(work, "nowhere")} has no server.js: run \`npm run build:agent\` first\n`);
    expect(status).toBe(1);
  });
});
