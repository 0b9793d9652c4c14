import { execFile } from "node:child_process";
import crypto from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { PROCESS_TEST_MS } from "./eventually.ts";
import { bindRandomToKernel } from "../../../agent-container/src/kernel-random.ts";

vi.setConfig({ testTimeout: PROCESS_TEST_MS, hookTimeout: PROCESS_TEST_MS });

const SAME_SNAPSHOT = join(import.meta.dirname, "same-snapshot.ts");

/** What a process draws that starts from the one snapshot. */
async function restore(...args: string[]): Promise<Record<string, string>> {
  const probe = join(import.meta.dirname, "random-probe.ts");
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", SAME_SNAPSHOT, probe, ...args]);
  return JSON.parse(stdout);
}

describe("two restores of one snapshot", () => {
  it("repeat each other as long as nothing is bound, so that the next test can fail", async () => {
    const [left, right] = await Promise.all([restore(), restore()]);
    expect(left).toEqual(right);
  });

  it("differ in every random function once they are bound to the kernel", async () => {
    const [left, right] = await Promise.all([restore("bind"), restore("bind")]);
    for (const [name, value] of Object.entries(left)) expect(right[name], name).not.toBe(value);
  });
});

describe("a bound function", () => {
  beforeAll(() => {
    bindRandomToKernel();
    bindRandomToKernel();
  });

  it("gives UUIDs of version 4", () => {
    expect(crypto.randomUUID()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it("gives bytes of the asked length, also by callback", async () => {
    expect(crypto.randomBytes(1_000)).toHaveLength(1_000);
    expect(new Set(crypto.randomBytes(1_000)).size).toBeGreaterThan(100);
    expect(await promisify(crypto.randomBytes)(5)).toHaveLength(5);
    expect(() => crypto.randomBytes(-1)).toThrow(RangeError);
  });

  it("fills the asked part of a view and nothing else", () => {
    const view = new Uint8Array(64);
    expect(crypto.randomFillSync(view, 16, 32)).toBe(view);
    expect(view.subarray(0, 16).every((byte) => byte === 0)).toBe(true);
    expect(view.subarray(48).every((byte) => byte === 0)).toBe(true);
    expect(new Set(view.subarray(16, 48)).size).toBeGreaterThan(10);
    const words = crypto.randomFillSync(new Uint32Array(8), 4);
    expect([...words.subarray(0, 4)]).toEqual([0, 0, 0, 0]);
    expect(() => crypto.randomFillSync(view, 60, 10)).toThrow(RangeError);
  });

  it("gives integers of the asked range, all of them", async () => {
    const drawn = new Set(Array.from({ length: 500 }, () => crypto.randomInt(3, 8)));
    expect(drawn).toEqual(new Set([3, 4, 5, 6, 7]));
    expect(crypto.randomInt(1)).toBe(0);
    expect(await new Promise((resolve) => crypto.randomInt(5, 6, (_, value) => resolve(value)))).toBe(5);
    expect(() => crypto.randomInt(5, 5)).toThrow(RangeError);
  });

  it("gives fractions between 0 and 1", () => {
    const drawn = Array.from({ length: 500 }, () => Math.random());
    expect(drawn.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(new Set(drawn).size).toBe(500);
    expect(drawn.some((value) => value > 0.9) && drawn.some((value) => value < 0.1)).toBe(true);
  });

  it("refuses more values than the standard allows", () => {
    expect(() => globalThis.crypto.getRandomValues(new Uint8Array(65_537))).toThrow(/65536/);
  });
});
