import { describe, expect, test } from "vitest";
import { runTool, ToolError } from "../../../cli/deploy/child.ts";

const run = (script: string, more: { input?: string; secrets?: string[]; tell?: (line: string) => void } = {}) =>
  runTool({
    what: "the tool",
    command: process.execPath,
    words: ["-e", script],
    folder: import.meta.dirname,
    environment: { GIVEN: "yes" },
    tell: () => {},
    ...more,
  });

describe("a tool", () => {
  test("finds its input at /dev/stdin as a file, as wrangler reads secrets", async () => {
    expect(await run('console.log(require("fs").readFileSync("/dev/stdin", "utf8"))', { input: '{"A":1}' })).toBe(
      '{"A":1}',
    );
  });

  test("finds nothing of our environment but what it needs", async () => {
    process.env["CANARY_OF_THE_SHELL"] = "canary";
    try {
      const names: string[] = JSON.parse(await run("console.log(JSON.stringify(Object.keys(process.env)))"));
      expect(names).toContain("GIVEN");
      expect(names).not.toContain("CANARY_OF_THE_SHELL");
    } finally {
      delete process.env["CANARY_OF_THE_SHELL"];
    }
  });

  test("that prints a secret is not quoted with it, neither while it runs nor when it fails", async () => {
    const told: string[] = [];
    const failing = run('console.error("bad: canary-secret"); process.exit(3)', {
      secrets: ["canary-secret"],
      tell: (line) => told.push(line),
    });
    const error: unknown = await failing.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ToolError);
    expect(error).toMatchObject({ output: ["bad: ***"] });
    expect(told).toEqual(["bad: ***"]);
  });
});
