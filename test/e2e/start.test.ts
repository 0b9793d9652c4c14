import { rmSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startTelegramEmulator } from "../emulators/telegram/index.ts";
import { cli, newStateDir, npmStart, type NpmStart, workerdPid } from "./npm-start.ts";

let stateDir: string;
let running: NpmStart[];

beforeEach(() => {
  stateDir = newStateDir();
  running = [];
});
afterEach(async () => {
  for (const { child, ended } of running) {
    child.kill("SIGTERM");
    await ended;
  }
  rmSync(stateDir, { recursive: true, force: true });
});

function start(variables: Readonly<Record<string, string>> = {}): NpmStart {
  const started = npmStart(stateDir, variables);
  running.push(started);
  return started;
}

const portOf = (ready: string) => ready.slice(ready.lastIndexOf(":") + 1);

describe("npm start", () => {
  it("answers npm run chat once it is ready, without any account or key, and ends cleanly", async () => {
    const assistant = start();
    const ready = await assistant.line("ready ");
    expect(ready).toMatch(/^ready http:\/\/127\.0\.0\.1:\d+$/);
    const said = await cli(stateDir, "cli/chat.ts", "hello");
    expect(said).toMatchObject({ code: 0, stderr: "" });
    expect(said.stdout).toContain("offline model");
    const json = await cli(stateDir, "cli/chat.ts", "--json", "hello");
    const [greeting] = said.stdout.split("\n\n");
    expect(JSON.parse(json.stdout)).toMatchObject({ seq: 2, text: greeting, failed: false });
    const sessions = await cli(stateDir, "cli/claw.ts", "sessions");
    expect(sessions.stdout).toContain("agent:main:web:direct:owner");
    expect((await cli(stateDir, "cli/claw.ts", "doctor")).code).toBe(0);
    assistant.child.kill("SIGTERM");
    expect(await assistant.ended).toBe(0);
    // One line a step, in one form, and none of processes that come and go as they should.
    const [first = "", ...steps] = assistant.lines.slice(assistant.lines.indexOf(ready) + 1);
    expect(first).toMatch(/^\{"time":"[^"]+","level":"info","step":"message_accepted",/);
    expect(steps.at(-1)).toBe("stopped");
    expect([first, ...steps].join("\n")).not.toMatch(/agent_process|"event"|"at"/);
    expect(steps.filter((line) => line.includes('"turn_started"'))).toHaveLength(2);
    const timeless = (line: string) => line.replace(/^\{"time":"[^"]+",/, "{");
    const kept = (await cli(stateDir, "cli/claw.ts", "logs", "--json")).stdout.trim().split("\n").map(timeless);
    expect(kept.slice(1, -1)).toEqual([first, ...steps.slice(0, -1)].map(timeless));
    expect([kept[0], kept.at(-1)].join("\n")).toMatch(/assistant_ready.*\n.*assistant_stopped/);
    expect(await cli(stateDir, "cli/chat.ts", "hello")).toEqual({
      code: 2,
      stdout: "",
      stderr: "chat: the assistant is not running here; start it with: npm start\n",
    });
  });

  it("lets a script see that a message could not be answered", async () => {
    const assistant = start({ ANTHROPIC_API_KEY: "a-key", ANTHROPIC_BASE_URL: "http://127.0.0.1:9" });
    await assistant.line("ready ");
    const said = await cli(stateDir, "cli/chat.ts", "--json", "hello");
    expect(said.code).toBe(1);
    expect(JSON.parse(said.stdout)).toMatchObject({ failed: true, text: expect.stringContaining("could not answer") });
  });

  it("explains itself, and refuses arguments that it does not know", async () => {
    const help = await cli(stateDir, "local/start.ts", "--help");
    expect(help).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("Usage: start") });
    expect(await cli(stateDir, "local/start.ts", "now")).toMatchObject({ code: 2, stdout: "" });
  });

  it("keeps its secrets to itself", async () => {
    const assistant = start({
      TELEGRAM_BOT_TOKEN: "4711:very-secret-token",
      TELEGRAM_API_ROOT: "http://127.0.0.1:9",
      TELEGRAM_POLLING: "on",
    });
    await assistant.line("ready ");
    await cli(stateDir, "cli/chat.ts", "hello");
    const status = await cli(stateDir, "cli/claw.ts", "status", "--json");
    const doctor = await cli(stateDir, "cli/claw.ts", "doctor", "--json");
    const logs = await cli(stateDir, "cli/claw.ts", "logs");
    const printed = [...assistant.lines, status.stdout, doctor.stdout, logs.stdout].join("\n");
    expect(printed).toContain("telegram: cannot be reached (bad port), trying again");
    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toContain('"state":"wrong","detail":"cannot be reached');
    expect(printed).not.toContain("very-secret-token");
  });

  it("goes on after kill -9 with the message that it had taken", async () => {
    const first = start();
    const port = portOf(await first.line("ready "));
    const answer = cli(stateDir, "cli/chat.ts", "remember that the cake is in the oven");
    await first.line("turn_granted");
    first.child.kill("SIGKILL");
    await first.ended;
    const second = start({ PORT: port });
    await second.line("ready ");
    const said = await answer;
    expect(said).toMatchObject({ code: 0, stderr: "" });
    expect(said.stdout).not.toBe("");
  });

  it("refuses a state directory in use with one line, and leaves the other one alone", async () => {
    const first = start();
    await first.line("ready ");
    const second = start();
    expect(await second.ended).toBe(1);
    expect(second.lines).toEqual([
      expect.stringMatching(/^agent-claw cannot start: already running: process \d+ \(http:.*\) uses /),
    ]);
    expect((await cli(stateDir, "cli/chat.ts", "hello")).code).toBe(0);
  });

  it("names a port in use in one line", async () => {
    const first = start();
    const port = portOf(await first.line("ready "));
    const otherDir = newStateDir();
    const second = npmStart(otherDir, { PORT: port });
    expect(await second.ended).toBe(1);
    rmSync(otherDir, { recursive: true, force: true });
    expect(second.lines).toEqual([`agent-claw cannot start: port ${port} is in use; set PORT to another one`]);
  });

  it("reports all problems of its own and the Worker's settings in one line", async () => {
    const assistant = start({ PORT: "high", TELEGRAM_POLLING: "maybe", DM_POLICY: "friends", ADMIN_TOKEN: "short" });
    expect(await assistant.ended).toBe(1);
    expect(assistant.lines).toHaveLength(1);
    for (const name of ["PORT", "TELEGRAM_POLLING", "DM_POLICY", "ADMIN_TOKEN"]) {
      expect(assistant.lines[0]).toContain(`${name}: `);
    }
    expect(assistant.lines[0]).not.toContain("short");
  });

  it("ends with one line when workerd dies", async () => {
    const assistant = start();
    await assistant.line("ready ");
    process.kill(workerdPid(stateDir), "SIGKILL");
    expect(await assistant.ended).toBe(1);
    expect(assistant.lines).toContain(
      "agent-claw broke: workerd ended by SIGKILL; start again to go on where it stopped",
    );
  });
});

describe("TELEGRAM_POLLING", () => {
  it("brings a message from a phone to the assistant and the answer back, without any webhook", async () => {
    const telegram = await startTelegramEmulator({ token: "4711:a-token" });
    try {
      const first = telegram.say({ from: 42, text: "sent while nobody was there" });
      const assistant = start({
        TELEGRAM_BOT_TOKEN: "4711:a-token",
        TELEGRAM_API_ROOT: telegram.url,
        TELEGRAM_POLLING: "on",
        DM_POLICY: "open",
      });
      await assistant.line("telegram_polling_started");
      await vi.waitFor(() => expect(telegram.answers(42)).toHaveLength(1), { timeout: 20_000 });
      telegram.say({ from: 42, text: "hello" });
      await vi.waitFor(() => expect(telegram.answers(42)).toHaveLength(2), { timeout: 20_000 });
      // The poll that is held open is recorded when it is answered.
      const polls = telegram.calls.filter(({ method }) => method === "getUpdates");
      expect(polls.map(({ params }) => params["offset"])).toEqual([0, first.update_id + 1]);
    } finally {
      await telegram.close();
    }
  });
});
