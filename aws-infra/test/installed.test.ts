import { describe, expect, it } from "vitest";
import { isInstalled } from "../installed.ts";

function lockfile(packages: object): string {
  return JSON.stringify({ lockfileVersion: 3, packages });
}

const WANTED = lockfile({
  "": { name: "ours" },
  "node_modules/a": { version: "1.0.0" },
  "node_modules/b": { version: "2.0.0", optional: true },
});

describe("the packages of the CDK app", () => {
  it("are there when all that the lockfile names have its version", () => {
    expect(isInstalled(WANTED, lockfile({ "node_modules/a": { version: "1.0.0" } }))).toBe(true);
  });

  it.each([
    ["nothing was installed", null],
    ["npm's own list is damaged", "{"],
    ["npm's own list is empty", "{}"],
    ["one is missing", lockfile({ "node_modules/b": { version: "2.0.0" } })],
    ["one has another version", lockfile({ "node_modules/a": { version: "1.0.1" } })],
    [
      "an optional one has another version",
      lockfile({ "node_modules/a": { version: "1.0.0" }, "node_modules/b": { version: "3.0.0" } }),
    ],
  ])("are not there when %s", (_, installed) => {
    expect(isInstalled(WANTED, installed)).toBe(false);
  });

  it("are not there without a lockfile", () => {
    expect(isInstalled(null, WANTED)).toBe(false);
  });
});
