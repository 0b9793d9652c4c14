import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { afterAll, describe, expect, it } from "vitest";
import { type Canary, Needles } from "./canary/needles.ts";
import { processesOf } from "./canary/processes.ts";
import { ownerCanaries, ownerSecrets } from "./canary/secrets.ts";
import { newStateDir } from "./npm-start.ts";
import { filesBelow } from "./state-files.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
/** It builds both bundles and synthesises the stack. */
const RUN_MAX_MS = 120_000;
const LOOK_EVERY_MS = 50;

const stateDir = newStateDir();
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

/** Runs it with secrets in its settings: what it prints, and the arguments of all that it starts. */
async function dryRun(secrets: Readonly<Record<string, string>>) {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, ["cli/deploy.ts", "--dry-run"], {
    cwd: ROOT,
    env: { PATH, HOME, AGENT_CLAW_STATE_DIR: stateDir, ...secrets },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const commands = new Set<string>();
  const look = setInterval(() => {
    for (const { command } of processesOf(child.pid ?? 0)) commands.add(command.toString());
  }, LOOK_EVERY_MS);
  const [stdout, stderr, [code]] = await Promise.all([
    buffer(child.stdout),
    buffer(child.stderr),
    once(child, "close"),
  ]);
  clearInterval(look);
  return {
    code: Number(code),
    printed: Buffer.concat([stdout, stderr]),
    commands: Buffer.from([...commands].join("\n")),
  };
}

describe("npm run deploy -- --dry-run", () => {
  const secrets = ownerSecrets();
  const settings = {
    ...secrets,
    AWS_ACCESS_KEY_ID: "AKIACANARY0000000000",
    CLOUDFLARE_API_TOKEN: "canary-cloudflare-0123456789abcdef",
    WEBHOOK_TOKEN_HOSTS: "ha.example.com",
    DISCORD_APPLICATION_ID: "1400000000000000001",
    DISCORD_PUBLIC_KEY: "0".repeat(64),
  };
  const canaries: readonly Canary[] = [
    ...ownerCanaries(secrets),
    { secret: "token of Cloudflare", value: "cloudflare-0123456789abcdef" },
  ];

  it(
    "names the secrets, and shows or passes on none",
    async () => {
      const { code, printed, commands } = await dryRun(settings);
      expect(code, printed.toString()).toBe(0);
      for (const name of ["TELEGRAM_BOT_TOKEN", "ANTHROPIC_API_KEY", "ADMIN_TOKEN"])
        expect(printed.toString()).toContain(name);
      const needles = new Needles(canaries);
      expect([...needles.find(printed)]).toEqual([]);
      expect([...needles.find(commands)]).toEqual([]);
      // What was made for the run.
      const left = filesBelow(stateDir);
      expect(left.filter((path) => needles.find(readIfThere(path)).size > 0)).toEqual([]);
    },
    RUN_MAX_MS,
  );
});

/** Others work in this folder too: what goes away meanwhile is empty. */
function readIfThere(path: string): Buffer {
  return existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
}
