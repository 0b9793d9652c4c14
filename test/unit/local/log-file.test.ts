import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LOG_BOUNDS, LogFile, logPath } from "../../../local/log-file.ts";
import { LogReader } from "../../../local/log-reader.ts";

let stateDir: string;
let folder: string;

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "agent-claw-log-"));
  folder = join(stateDir, "logs");
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

const newLog = (bounds: Partial<typeof LOG_BOUNDS | Record<keyof typeof LOG_BOUNDS, number>> = {}) => {
  const file = new LogFile({ ...LOG_BOUNDS, ...bounds });
  file.keepIn(stateDir);
  return file;
};

const note = (file: LogFile, number: number) => file.log({ level: "info", step: "numbered", number });
const numbersIn = (lines: Iterable<string>) =>
  [...lines].map((line) => (JSON.parse(line) as { number: number }).number);

describe("LogFile", () => {
  it("keeps the lines as JSON, for their owner only", () => {
    newLog().log({ level: "warn", step: "x", message: "gone", plain: "telegram: gone" });
    const [line = ""] = readFileSync(logPath(folder, 1), "utf8").split("\n");
    expect(JSON.parse(line)).toEqual({ time: expect.any(String), level: "warn", step: "x", message: "gone" });
    expect([statSync(folder).mode & 0o777, statSync(logPath(folder, 1)).mode & 0o777]).toEqual([0o700, 0o600]);
  });

  it("keeps nothing before it is told where", () => {
    new LogFile().log({ level: "info", step: "x" });
    expect(readdirSync(stateDir)).toEqual([]);
  });

  it("never holds more than its files, each no larger than the bound", () => {
    const log = newLog({ fileMaxBytes: 300, filesMax: 3 });
    for (let number = 0; number < 50; number += 1) note(log, number);
    const names = readdirSync(folder).toSorted();
    expect(names).toHaveLength(3);
    for (const name of names) expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(300);
    const kept = numbersIn(new LogReader(stateDir).read());
    expect(kept).toEqual(Array.from(kept, (_, index) => 50 - kept.length + index));
  });

  it("keeps of a line beyond the bound only what it was about", () => {
    newLog({ lineMax: 200 }).log({ level: "info", step: "x", text: "a".repeat(1_000) });
    const [line = ""] = new LogReader(stateDir).read();
    expect(JSON.parse(line)).toEqual({
      time: expect.any(String),
      level: "info",
      step: "x",
      leftOut: expect.any(Number),
    });
  });

  it("goes on in a file that a crash left in the middle of a line", () => {
    note(newLog(), 1);
    writeFileSync(logPath(folder, 1), '{"time":"2026', { flag: "a" });
    note(newLog(), 2);
    const lines = [...new LogReader(stateDir).read()];
    expect(lines).toHaveLength(3);
    expect(numbersIn([lines[0] ?? "", lines[2] ?? ""])).toEqual([1, 2]);
  });

  it("leaves lines out while the disk is full, and then says how many", () => {
    mkdirSync(folder);
    symlinkSync("/dev/full", logPath(folder, 1));
    const log = newLog();
    note(log, 1);
    note(log, 2);
    rmSync(logPath(folder, 1));
    note(log, 3);
    note(log, 4);
    const lines = [...new LogReader(stateDir).read()].map((line) => JSON.parse(line) as object);
    expect(lines).toMatchObject([{ level: "warn", step: "log_lines_missed", lines: 2 }, { number: 3 }, { number: 4 }]);
  });
});

describe("LogReader", () => {
  it("reads each line once, however many files are begun in between", () => {
    const log = newLog({ fileMaxBytes: 250 });
    const reader = new LogReader(stateDir);
    const read: number[] = [];
    for (let number = 0; number < 30; number += 1) {
      note(log, number);
      if (number % 7 === 0) read.push(...numbersIn(reader.read()));
    }
    read.push(...numbersIn(reader.read()));
    expect(read).toEqual(Array.from({ length: 30 }, (_, index) => index));
  });

  it("goes on with what is still kept when the file it was in is forgotten", () => {
    const log = newLog({ fileMaxBytes: 100, filesMax: 2 });
    const reader = new LogReader(stateDir);
    note(log, 1);
    expect(numbersIn(reader.read())).toEqual([1]);
    for (const number of [2, 3, 4]) note(log, number);
    expect(numbersIn(reader.read())).toEqual([3, 4]);
  });

  it("begins anew when somebody has removed the files", () => {
    const reader = new LogReader(stateDir);
    const log = newLog({ fileMaxBytes: 100 });
    note(log, 1);
    note(log, 2);
    expect(numbersIn(reader.read())).toEqual([1, 2]);
    rmSync(folder, { recursive: true });
    expect(numbersIn(reader.read())).toEqual([]);
    note(newLog(), 3);
    expect(numbersIn(reader.read())).toEqual([3]);
  });

  it("waits for the end of a line that is being written", () => {
    mkdirSync(folder);
    const reader = new LogReader(stateDir);
    writeFileSync(logPath(folder, 1), '{"number":1}\n{"num');
    expect(numbersIn(reader.read())).toEqual([1]);
    writeFileSync(logPath(folder, 1), 'ber":2}\n', { flag: "a" });
    expect(numbersIn(reader.read())).toEqual([2]);
  });

  it("finds nothing where nothing was logged", () => {
    const reader = new LogReader(stateDir);
    expect([...reader.read()]).toEqual([]);
    expect(reader.hasFound).toBe(false);
  });
});
