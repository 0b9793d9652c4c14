import { afterEach, describe, expect, it, vi } from "vitest";
import { EXIT } from "../../../cli/exit-code.ts";
import { complain } from "../../../cli/verbs/verb.ts";

describe("complain", () => {
  afterEach(() => void vi.restoreAllMocks());

  it("says somebody else's words in one line that a terminal only shows, and not all of many", () => {
    const written = vi.spyOn(console, "error").mockReturnValue();
    const exit = complain("telegram info", EXIT.failed, `\u001b]0;title\u0007 says\n${"x".repeat(5_000)}`);
    expect(exit).toBe(EXIT.failed);
    const said = String(written.mock.calls[0]?.[0]);
    expect(said).toMatch(/^claw telegram info: \]0;title says x+…$/);
    expect(said.length).toBeLessThan(1_100);
  });
});
