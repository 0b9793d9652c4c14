import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

const ROOT = new URL("../../..", import.meta.url).pathname;
const SESSION = "agent:main:telegram:direct:42";
const stateDir = mkdtempSync(join(tmpdir(), "agent-claw-usage-"));
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

function claw(...words: readonly string[]) {
  const { PATH = "", HOME = "" } = process.env;
  const env = { PATH, HOME, AGENT_CLAW_STATE_DIR: stateDir };
  return spawnSync(process.execPath, ["cli/claw.ts", ...words], { cwd: ROOT, env, encoding: "utf8" });
}

describe("a wrong command line", () => {
  it.each([
    ["a session that can be none", ["ledger", "nope"], "A session looks like agent:main:telegram:direct:42"],
    ["a session that can be none", ["replay", "a", "b"], "A session looks like agent:main:telegram:direct:42"],
    ["a conversation that can be none", ["transcript", "export", "main"], "A conversation looks like agent:main:main"],
    ["an epoch that can be none", ["transcript", "export", "agent:main:main", "--epoch", "-1"], "numbered from 0"],
    ["a word that is missing", ["transcript", "import", "agent:main:main"], "missing required argument"],
    ["a part that can be none", ["replay", SESSION, "0"], "Parts are numbered from 1"],
    ["a message that can be none", ["replay", SESSION, ""], "A message has an id such as"],
    ["an address that is none", ["telegram", "webhook", "set", "--to", "claw"], "such as https://claw.example.com"],
    ["an address that is none", ["discord", "endpoint", "set", "claw"], "such as https://claw.example.com"],
    ["a word that is missing", ["discord", "endpoint"], "Usage: claw discord endpoint"],
    ["a word that is missing", ["telegram", "webhook"], "Usage: claw telegram webhook"],
    ["a word that nobody knows", ["telegram", "webhook", "move"], "unknown command 'move'"],
    [
      "a code that can be none",
      ["pair", "approve", "ABCDEFG0"],
      "A code has 8 letters and digits, without 0, O, 1 and I",
    ],
    ["a version that is none", ["config", "rollback", "-1"], "Versions are numbers"],
    ["a version that is none", ["config", "diff", "old"], "Versions are numbers"],
    ["a verb that a group does not have", ["people", "forgive", "telegram-7"], "unknown command 'forgive'"],
    ["a verb that a group does not have", ["discord", "registr"], "unknown command 'registr'"],
    ["a word too many", ["discord", "register", "now"], "too many arguments"],
    ["a limit that is none", ["ledger", "--limit", "0"], "whole number up to 500"],
  ])("is told %s, before anybody is asked", (_what, words, message) => {
    const { status, stdout, stderr } = claw(...words);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("/admin/api");
  });
});
