import { describe, expect, it } from "vitest";
import { tellAwsLine } from "../../../local/laptop-aws-log.ts";
import { createGatedLog, type LogLine, terminalLine } from "../../../local/log.ts";

describe("tellAwsLine", () => {
  const agentSaid = (line: unknown) =>
    tellAwsLine({ event: "agent_error_output", pid: 7, line: typeof line === "string" ? line : JSON.stringify(line) });

  it("has no news of processes that come and go as they should", () => {
    const usual = [
      { event: "agent_process_started", pid: 7 },
      { event: "agent_process_ready", pid: 7, ms: 120 },
      { event: "agent_process_exit", pid: 7, code: 0, signal: null, asked: true },
      { event: "session_stopping", session: "s", reason: "idle" },
      { event: "session_ended", session: "s", pid: 7 },
      { event: "aws_request", status: 200 },
    ];
    expect(usual.map(tellAwsLine)).toEqual(usual.map(() => null));
  });

  it("warns of every failure", () => {
    const failures = [
      { event: "agent_process_exit", pid: 7, code: 1, signal: null, asked: false },
      { event: "agent_process_not_started", error: "no", failures: 1 },
      { event: "session_stopping", session: "s", reason: "unhealthy" },
      { event: "aws_request", status: 403 },
      { event: "aws_request" },
      { event: "work_dir_left", pid: 7 },
    ];
    for (const { event, ...fields } of failures) {
      expect(tellAwsLine({ event, ...fields })).toEqual({ level: "warn", step: event, ...fields });
    }
  });

  it("tells which process serves a session", () => {
    const line = { level: "info", step: "session_started", session: "s", pid: 7 };
    expect(tellAwsLine({ event: "session_started", session: "s", pid: 7 })).toEqual(line);
  });

  it("gives a step of an agent one name, one time and the edge's words", () => {
    const at = Date.UTC(2026, 0, 2, 3, 4, 5);
    expect(
      agentSaid({ at, event: "turn_ended", conversation: "c", turnId: "t", fence: 1, end: "final", ms: 9 }),
    ).toEqual({
      time: "2026-01-02T03:04:05.000Z",
      level: "info",
      step: "turn_ended",
      turn: "t",
      conversation: "c",
      fence: 1,
      end: "final",
      ms: 9,
      pid: 7,
    });
  });

  it("leaves out what the edge tells, and warns of what failed", () => {
    expect(agentSaid({ event: "turn_started", turnId: "t" })).toBeNull();
    expect(agentSaid({ event: "turn_broke", turnId: "t", error: "E" })).toMatchObject({
      level: "warn",
      step: "turn_broke",
    });
    expect(agentSaid("Error: out of words")).toEqual({
      level: "warn",
      step: "agent_error_output",
      pid: 7,
      line: "Error: out of words",
    });
  });
});

describe("terminalLine", () => {
  const now = new Date(0);

  it("starts every line with the same fields, and keeps the time that a line brings", () => {
    expect(terminalLine({ step: "x", pid: 1, level: "info" }, now)).toBe(
      '{"time":"1970-01-01T00:00:00.000Z","level":"info","step":"x","pid":1}',
    );
    expect(terminalLine({ step: "x", time: "T", level: "info" }, now)).toBe('{"time":"T","level":"info","step":"x"}');
  });

  it("shows a plain sentence as it is", () => {
    expect(terminalLine({ level: "warn", step: "x", plain: "telegram: gone" }, now)).toBe("telegram: gone");
  });
});

describe("createGatedLog", () => {
  const line = (step: string): LogLine => ({ level: "info", step });

  it("keeps lines back with the time they came at, and passes them on once it is open", () => {
    const passed: LogLine[] = [];
    const gate = createGatedLog((told) => void passed.push(told));
    gate.log(line("early"));
    expect(passed).toEqual([]);
    gate.open();
    gate.log(line("late"));
    expect(passed).toEqual([{ ...line("early"), time: expect.any(String) }, line("late")]);
  });

  it("passes nothing on once it is closed, not even when it is opened again", () => {
    const passed: LogLine[] = [];
    const gate = createGatedLog((told) => void passed.push(told));
    gate.log(line("early"));
    gate.close();
    gate.open();
    gate.log(line("late"));
    expect(passed).toEqual([]);
  });
});
