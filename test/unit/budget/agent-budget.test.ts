import { describe, expect, it } from "vitest";
import { call, run } from "../agent/agent-client.ts";
import { useAgent } from "../agent/agent-fixture.ts";
import { query, resume, turn } from "../agent/invocations.ts";

const agent = useAgent();
/** What the emulated provider says that each request took. */
const USAGE = { input_tokens: 50_000, output_tokens: 100 } as const;
const ONE_CALL = USAGE.input_tokens + USAGE.output_tokens;
const LIMITS = { leftMs: 60_000, pingEveryMs: 15_000 } as const;

/** A turn of two calls: one that writes a file, and one that says so. */
function scriptTwoCalls(): void {
  agent.model.on({ hasToolResult: true }, { content: "Done.", usage: USAGE }).on(
    { hasToolResult: false },
    {
      content: "Let me write that down.",
      toolCalls: [{ name: "write", arguments: JSON.stringify({ path: "memory/tea.md", content: "green" }) }],
      usage: USAGE,
    },
  );
}

const asked = () => turn(agent.endpoints, "note: green tea");
const withTokens = (tokens: number) => ({ ...LIMITS, budget: { microUsd: null, tokens } });

describe("a turn with a share of the budget", () => {
  it("makes no call that its share does not cover, not even the first", async () => {
    scriptTwoCalls();
    const stream = await run(agent.url, { ...asked(), limits: withTokens(1_500) });
    const [error] = stream.of("error");
    expect(error).toMatchObject({ code: "budget_short", retry: "after" });
    expect(error?.needs?.tokens).toBeGreaterThan(1_500);
    expect(stream.of("usage")).toEqual([]);
    expect(agent.model.getRequests()).toHaveLength(0);
  });

  it.each(["the same process", "a fresh process"])(
    "stops between two calls, and %s goes on from there: nothing is done twice, and all is counted",
    async (whose) => {
      scriptTwoCalls();
      const first = await run(agent.url, { ...asked(), limits: withTokens(ONE_CALL) });
      const [error] = first.of("error");
      expect(error?.code).toBe("budget_short");
      const total = { calls: 1, tokens: ONE_CALL };
      expect(first.of("usage").at(-1)?.total).toMatchObject(total);
      expect(first.of("tool").map(({ status }) => status)).toEqual(["started", "finished"]);
      expect(agent.model.getRequests()).toHaveLength(1);
      const needs = error?.needs?.tokens ?? 0;
      expect(needs).toBeGreaterThan(ONE_CALL);

      const isSame = whose === "the same process";
      const url = isSame ? agent.url : (await agent.startAgent()).url;
      const second = await run(url, {
        ...resume(asked(), 2),
        // What the edge has heard of, or nothing: then the ledger tells.
        limits: isSame
          ? { ...withTokens(needs), spent: first.of("usage").at(-1)?.total }
          : withTokens(ONE_CALL + needs),
      });
      expect(second.of("final")[0]?.text).toBe("Let me write that down.\n\nDone.");
      expect(second.kinds()[0]).toBe("accepted");
      const [repeated, newest] = second.of("usage");
      expect(repeated).toMatchObject({ usage: { inputTokens: 0 }, total });
      expect(newest?.total).toMatchObject({ calls: 2, tokens: 2 * ONE_CALL });
      expect(second.of("tool")).toEqual([]);
      expect(agent.model.getRequests()).toHaveLength(2);
      const file = await call(url, query(asked(), { what: "file", path: "memory/tea.md" }));
      expect(file).toMatchObject({ text: "green" });
    },
  );
});
