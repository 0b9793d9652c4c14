import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../../..");
/** The agent, the Worker and the template are built if nobody has built them before. */
const BUILD_MAX_MS = 180_000;

const stateDir = mkdtempSync(join(tmpdir(), "deploy-dry-run-"));
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

/** A network of one machine only, where the system lets us have one; else proxies that lead nowhere. */
const hasOwnNetwork = spawnSync("unshare", ["-rn", "true"]).status === 0;

const SECRETS = {
  ANTHROPIC_API_KEY: "canary-anthropic",
  TELEGRAM_BOT_TOKEN: "4242:canary-telegram",
  AWS_ACCESS_KEY_ID: "canary-key-id",
  AWS_SECRET_ACCESS_KEY: "canary-aws",
  CLOUDFLARE_API_TOKEN: "canary-cloudflare",
};

function dryRun(words: readonly string[], variables: Readonly<Record<string, string>>) {
  const program = [process.execPath, join(ROOT, "cli", "deploy.ts"), "--dry-run", ...words];
  const alone = ["-rn", "sh", "-c", 'ip link set lo up; exec "$@"', "sh", ...program];
  const [command = "", ...rest] = hasOwnNetwork ? ["unshare", ...alone] : program;
  return spawnSync(command, rest, {
    cwd: ROOT,
    encoding: "utf8",
    env: {
      PATH: process.env["PATH"],
      HOME: stateDir,
      AGENT_CLAW_STATE_DIR: join(stateDir, "state"),
      HTTP_PROXY: "http://127.0.0.1:9",
      HTTPS_PROXY: "http://127.0.0.1:9",
      ...variables,
    },
  });
}

test(
  "--dry-run prints the exact plan with no account and no network, and no secret",
  () => {
    const { status, stdout, stderr } = dryRun([], SECRETS);
    expect([status, stderr]).toEqual([0, ""]);
    for (const part of [
      "AWS::BedrockAgentCore::Runtime ",
      "AWS::DynamoDB::GlobalTable",
      "Durable Object  ChannelSession",
      "Cron Trigger    * * * * *",
      "TELEGRAM_WEBHOOK_SECRET",
      "ANTHROPIC_API_KEY",
      "Telegram: set the webhook",
      "Send one test message",
      "$0.40 a month",
    ]) {
      expect(stdout).toContain(part);
    }
    expect(stdout).not.toContain("canary");
  },
  BUILD_MAX_MS,
);

test(
  "settings that cannot be used are told all at once, before anything else",
  () => {
    const { status, stdout } = dryRun(["--json"], { PUBLIC_URL: "http://claw.example.com", TELEGRAM_BOT_TOKEN: "no" });
    expect(status).toBe(1);
    const events: { event: string; step?: string; advice?: string[] }[] = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.at(-1)).toMatchObject({ event: "step_failed", step: "settings" });
    expect(events.at(-1)?.advice?.join("\n")).toMatch(/PUBLIC_URL[^]*TELEGRAM_BOT_TOKEN/);
  },
  BUILD_MAX_MS,
);
