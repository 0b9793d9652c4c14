import { describe, expect, it } from "vitest";
import { LOOP_BOUNDS } from "../../../agent-container/src/agent/bounds.ts";
import { OUTBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import { call, run } from "./agent-client.ts";
import { useAgent } from "./agent-fixture.ts";
import { query, turn } from "./invocations.ts";

const agent = useAgent();

const write = (path: string) => ({ name: "write", arguments: JSON.stringify({ path, content: "x" }) });

describe("an answer that the model could not finish", () => {
  it("is final as far as it came, and marked; the model is asked once", async () => {
    agent.model.on({}, { content: "Once upon a", finishReason: "length" });
    const stream = await run(agent.url, turn(agent.endpoints, "a long story"));
    expect(stream.of("final")[0]?.text).toBe("Once upon a\n\n(cut: the model reached its output limit)");
    expect(stream.shown()).toBe(stream.of("final")[0]?.text);
    expect(agent.model.getRequests()).toHaveLength(1);
    const history = await call(agent.url, query(turn(agent.endpoints, ""), { what: "history", limit: 1 }));
    expect(history).toMatchObject({ entries: [{ text: stream.shown() }] });
  });

  it("goes on when it was cut inside a tool call: the model is told that nothing was run", async () => {
    agent.model
      .on({ toolResultContains: "was not executed" }, { content: "I give up." })
      .on({}, { content: "Writing.", toolCalls: [write("a.md")], finishReason: "length" });
    const stream = await run(agent.url, turn(agent.endpoints, "write"));
    expect(stream.of("final")[0]?.text).toBe("Writing.\n\nI give up.");
    expect(agent.model.getRequests()).toHaveLength(2);
  });

  it("is told in plain words when the model refused, and asked for once", async () => {
    agent.model.on({}, { content: "I", finishReason: "refusal" });
    const stream = await run(agent.url, turn(agent.endpoints, "something bad"));
    expect(stream.of("error")[0]).toMatchObject({
      code: "model_failed",
      message: "The model anthropic/claude-sonnet-5 declined to answer this.",
      retry: "never",
    });
    expect(agent.model.getRequests()).toHaveLength(1);
  });
});

describe("a model without measure", () => {
  it("has the calls of one step that are too many refused, and is told so", async () => {
    const paths = Array.from({ length: LOOP_BOUNDS.toolCallsPerStepMax + 3 }, (_, n) => `memory/f${String(n)}.md`);
    agent.model.on({ hasToolResult: true }, { content: "Done." }).on({}, { toolCalls: paths.map(write) });
    const asked = turn(agent.endpoints, "write many files");
    const stream = await run(agent.url, asked);
    expect(stream.of("final")[0]?.text).toBe("Done.");
    const sent = JSON.stringify(agent.model.getLastRequest()?.body?.["messages"]);
    expect(sent.split("Created memory/")).toHaveLength(LOOP_BOUNDS.toolCallsPerStepMax + 1);
    expect(sent.split("Not run: one step can make")).toHaveLength(4);
  });

  it("is cut off when its answer is longer than can be delivered", async () => {
    agent.model.on({}, { content: "A".repeat(3 * OUTBOUND_BOUNDS.answerMax) }, { chunkSize: 1_000 });
    const stream = await run(agent.url, turn(agent.endpoints, "everything"));
    const text = stream.of("final")[0]?.text ?? "";
    expect(text.endsWith("A\n\n(cut: the answer became too long)")).toBe(true);
    expect(text.length).toBeLessThanOrEqual(OUTBOUND_BOUNDS.answerMax);
    expect(stream.shown() === text).toBe(true);
    expect(agent.model.getRequests()).toHaveLength(1);
  });

  it("that speaks in tiny pieces is heard in larger ones", async () => {
    const words = "w ".repeat(5_000).trim();
    agent.model.on({}, { content: words }, { chunkSize: 1 });
    const stream = await run(agent.url, turn(agent.endpoints, "ramble"));
    expect(stream.shown()).toBe(words);
    expect(stream.of("delta").length).toBeLessThan(2_500);
  });
});
