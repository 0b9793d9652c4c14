import { execFile } from "node:child_process";
import { describe, expect, it } from "vitest";

function chat(...args: readonly string[]): Promise<{ readonly code: unknown; readonly said: string }> {
  return new Promise((resolve) => {
    const all = ["cli/chat.ts", ...args, "--url", "http://127.0.0.1:9", "--token", "x"];
    execFile(process.execPath, all, (error, _stdout, stderr) => resolve({ code: error?.code, said: stderr }));
  });
}

describe("npm run chat -- --listen", () => {
  it("refuses a text and --json, which it would not heed", async () => {
    for (const more of ["hello", "--json"]) {
      const { code, said } = await chat("--listen", more);
      expect([code, said]).toEqual([2, expect.stringContaining("leave the text and --json away")]);
    }
  });
});
