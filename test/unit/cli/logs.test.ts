import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type LogFilter, LogSelection, parseSince, showEntry } from "../../../cli/log-lines.ts";
import { LogFile } from "../../../local/log-file.ts";

const ROOT = new URL("../../..", import.meta.url).pathname;
const TIME = "2026-01-31T09:00:00.000Z";

const line = (fields: object) => JSON.stringify({ time: TIME, level: "info", step: "x", ...fields });

function selected(filter: Partial<LogFilter>, ...lines: readonly string[]): readonly unknown[] {
  const selection = new LogSelection({ level: "info", sinceMs: 0, session: null, ...filter });
  return lines.map((text) => selection.select(text)?.["n"]).filter((n) => n !== undefined);
}

describe("LogSelection", () => {
  it("takes a level and what is worse", () => {
    const lines = [line({ n: 1 }), line({ n: 2, level: "warn" }), line({ n: 3, level: "error" })];
    expect(selected({ level: "warn" }, ...lines)).toEqual([2, 3]);
  });

  it("takes what happened since a time", () => {
    const lines = [line({ n: 1, time: "2026-01-31T08:59:59.999Z" }), line({ n: 2 })];
    expect(selected({ sinceMs: Date.parse(TIME) }, ...lines)).toEqual([2]);
  });

  it("takes a session's lines and those that name only its turn", () => {
    const lines = [
      line({ n: 1, turn: "t1" }),
      line({ n: 2, session: "s", turn: "t1" }),
      line({ n: 3, turn: "t1" }),
      line({ n: 4, session: "other", turn: "t2" }),
      line({ n: 5, turn: "t2" }),
    ];
    expect(selected({ session: "s" }, ...lines)).toEqual([2, 3]);
    expect(
      selected({ session: "s", level: "warn" }, lines[1] ?? "", line({ n: 6, level: "warn", turn: "t1" })),
    ).toEqual([6]);
  });

  it("passes over what is no line of the log", () => {
    expect(selected({}, "{", "null", '{"time":"soon","level":"info","step":"x","n":1}', line({ n: 2 }))).toEqual([2]);
  });
});

describe("showEntry", () => {
  it("tells when on this machine's clock, how urgent, what, and the rest", () => {
    const entry = new LogSelection({ level: "info", sinceMs: 0, session: null }).select(
      line({ level: "warn", session: "a:b", error: 'no "way"\n\u001b[2J', turn: null, ok: true, list: [1] }),
    );
    expect(entry && showEntry(entry)).toMatch(
      /^2026-01-3\d \d\d:00:00\.000 warn  x session=a:b error="no \\"way\\"\\n\\u001b\[2J" ok=true list=\[1\]$/,
    );
  });
});

describe("parseSince", () => {
  it.each([
    ["90s", 10_000],
    ["1m", 40_000],
    ["2026-01-31T09:00:00Z", Date.parse(TIME)],
  ])("understands %s", (text, at) => {
    expect(parseSince(text, 100_000)).toBe(at);
  });

  it.each(["", "soon", "10", "5w", "1", "-1h"])("refuses %j", (text) => {
    expect(parseSince(text, 0)).toBeNull();
  });
});

describe("claw logs", () => {
  let stateDir: string;
  let log: LogFile;
  let followers: ChildProcess[];

  beforeEach(() => {
    stateDir = mkdtempSync(join(tmpdir(), "agent-claw-logs-"));
    log = new LogFile({ fileMaxBytes: 400, filesMax: 6, lineMax: 1_000 });
    log.keepIn(stateDir);
    followers = [];
  });
  afterEach(() => {
    for (const child of followers) child.kill("SIGKILL");
    rmSync(stateDir, { recursive: true, force: true });
  });

  function logs(...options: readonly string[]) {
    const { PATH = "", HOME = "" } = process.env;
    const env = { PATH, HOME, AGENT_CLAW_STATE_DIR: stateDir };
    const child = spawn(process.execPath, ["cli/claw.ts", "logs", ...options], {
      cwd: ROOT,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    followers.push(child);
    const said = { out: "", error: "" };
    child.stdout.on("data", (chunk: Buffer) => (said.out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (said.error += chunk.toString()));
    const ended = once(child, "close").then(([code]: unknown[]) => code);
    const numbers = () => [...said.out.matchAll(/number=(\d+)/g)].map(([, number]) => Number(number));
    return { child, said, ended, numbers };
  }
  const note = (number: number) => log.log({ level: "info", step: "numbered", number });

  it("prints the newest lines, oldest first, though no assistant runs", async () => {
    for (let number = 0; number < 10; number += 1) note(number);
    const { ended, numbers } = logs("--lines", "3");
    expect(await ended).toBe(0);
    expect(numbers()).toEqual([7, 8, 9]);
  });

  it("follows new lines through rotations and a new assistant, and ends cleanly on Ctrl-C", async () => {
    note(0);
    const { child, ended, numbers } = logs("--follow");
    await vi.waitFor(() => expect(numbers()).toEqual([0]), 10_000);
    for (let number = 1; number < 12; number += 1) note(number);
    await vi.waitFor(() => expect(numbers()).toHaveLength(12), 10_000);
    log = new LogFile();
    log.keepIn(stateDir);
    note(12);
    await vi.waitFor(() => expect(numbers()).toEqual(Array.from({ length: 13 }, (_, number) => number)), 10_000);
    child.kill("SIGINT");
    expect(await ended).toBe(0);
  });

  it("says when no line matches, and fails if a session was asked for", async () => {
    note(1);
    for (const [options, code] of [
      [["--session", "nope"], 1],
      [["--level", "error"], 0],
    ] as const) {
      const { ended, said } = logs(...options);
      expect(await ended).toBe(code);
      expect(said).toEqual({ out: "", error: "claw logs: no line matches\n" });
    }
  });

  it("prints the lines as they are kept for scripts", async () => {
    note(1);
    const { ended, said } = logs("--json");
    await ended;
    expect(JSON.parse(said.out)).toEqual({ time: expect.any(String), level: "info", step: "numbered", number: 1 });
  });

  it.each([
    ["where a deployment's log is", ["--url", "https://claw.example"], "npx wrangler tail"],
    ["where a named deployment's log is", ["--deployed", "my-claw"], '/runtimes/my_claw-"'],
    ["a level that there is not", ["--level", "loud"], "--level must be one of info, warn, error"],
    ["a time that is none", ["--since", "soon"], "--since must be such as"],
    ["a number that is none", ["--lines", "0"], "--lines must be a number"],
    ["that nothing is there", [], "nothing is logged yet; begin with: npm start"],
  ])("says %s in one line", async (_what, options, message) => {
    const { ended, said } = logs(...options);
    expect(await ended).toBe(2);
    expect(said).toEqual({ out: "", error: expect.stringMatching(/^claw logs: .*\n$/) });
    expect(said.error).toContain(message);
  });
});
