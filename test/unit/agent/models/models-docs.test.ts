import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { CAUSES } from "../../../../agent-container/src/agent/models/causes.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1_000, min: 60_000 };

/** The rows of the table of causes: its first column, its third and its fourth. */
async function rows() {
  const page = await readFile(new URL("../../../../docs/configuration.md", import.meta.url), "utf8");
  const section = page.slice(page.indexOf("## When a model does not answer"));
  return section
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .map(([, cause = "", , tries = "", rests = ""]) => ({
      cause: cause.replaceAll("`", ""),
      triesMax: Number(tries),
      restsMs: [...rests.matchAll(/(\d+) (s|min)\b/g)].map(
        ([, count, unit = ""]) => Number(count) * (UNITS[unit] ?? 0),
      ),
      endsWithKeys: rests.includes("another key"),
    }));
}

describe("the page about the configuration", () => {
  it("says of each cause how often a model is tried and how long it rests", async () => {
    const told = (await rows()).toSorted((a, b) => a.cause.localeCompare(b.cause));
    const actual = Object.entries(CAUSES)
      // Nobody wonders about a turn that they have stopped.
      .filter(([cause]) => cause !== "stopped")
      .map(([cause, { triesMax, restsMs, endsWithKeys = false }]) => ({
        cause,
        triesMax,
        restsMs: [...restsMs],
        endsWithKeys,
      }))
      .toSorted((a, b) => a.cause.localeCompare(b.cause));
    expect(told).toEqual(actual);
  });
});
