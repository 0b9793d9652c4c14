import { describe, expect, it } from "vitest";
import type { ImportInvocation } from "../../../../protocol/invocation.ts";
import { call, run } from "../agent-client.ts";
import { useAgent } from "../agent-fixture.ts";
import { CONVERSATION, promptMessage, query, turn } from "../invocations.ts";

const agent = useAgent();
const SETTINGS = { model: "anthropic/claude-sonnet-4-5", fallbacks: [], timezone: "UTC" };

function ask(text: string, number: number, epoch = 0) {
  return turn(agent.endpoints, "", {
    turnId: `turn-000${String(number)}`,
    fence: number,
    epoch,
    settings: SETTINGS,
    messages: [promptMessage(`telegram:${String(number)}`, text, { quoted: { sender: "Bob", text: "hm" } })],
  });
}

/** A turn with a tool, then one without. */
async function talk(): Promise<void> {
  const args = JSON.stringify({ path: "memory/fact.md", content: "42 \u2028 é" });
  agent.model.on(
    { userMessage: "remember", hasToolResult: false },
    { toolCalls: [{ name: "write", arguments: args }] },
  );
  agent.model.on({ userMessage: "remember", hasToolResult: true }, { content: "It is written down." });
  agent.model.on({ userMessage: "and you" }, { content: "I am fine." });
  agent.model.on({ userMessage: "what was it" }, { content: "It was 42." });
  await run(agent.url, ask("remember the number 42", 1));
  await run(agent.url, ask("and you?", 2));
}

async function linesOf(epoch: number): Promise<readonly string[]> {
  const lines: string[] = [];
  for (let from: number | null = 0; from !== null;) {
    const page = await call(agent.url, query(turn(agent.endpoints, "", { epoch }), { what: "transcript", from }));
    const { lines: more, next } = page as { readonly lines: readonly string[]; readonly next: number | null };
    lines.push(...more);
    from = next;
  }
  return lines;
}

const entriesIn = (lines: readonly string[]) => lines.slice(1).map((line): unknown => JSON.parse(line));

function order(lines: readonly string[], fields: Partial<ImportInvocation> = {}): ImportInvocation {
  const { space, grants } = turn(agent.endpoints, "");
  const place = { conversation: CONVERSATION, epoch: 1, fence: 3, space, grants };
  return { kind: "import", protocol: 1, ...place, lines: [...lines], ...fields };
}

describe("a transcript", () => {
  it("is exported with a header and every entry, and goes on in the epoch that it was brought into", async () => {
    await talk();
    const exported = await linesOf(0);
    const [header = "", ...entries] = exported;
    expect(JSON.parse(header)).toEqual({
      type: "session",
      version: 1,
      conversation: CONVERSATION,
      epoch: 0,
      exportedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
    const types = entries.map((line) => (JSON.parse(line) as { type: string }).type);
    expect(types).toEqual(["message", "message", "message", "message", "custom", "message", "message", "custom"]);
    expect(exported.join("")).not.toMatch(/test-key|AKIATEST|"secret"/);

    expect(await call(agent.url, order(exported))).toEqual({ entries: entries.length });
    expect(entriesIn(await linesOf(1))).toEqual(entriesIn(exported));

    const stream = await run(agent.url, ask("what was it?", 4, 1));
    expect(stream.of("final")[0]?.text).toBe("It was 42.");
    const request = JSON.stringify(agent.model.getLastRequest()?.body);
    for (const said of ["remember the number 42", "memory/fact.md", "It is written down.", "I am fine."]) {
      expect(request).toContain(said);
    }
    const later = await linesOf(1);
    expect(entriesIn(later.slice(0, exported.length))).toEqual(entriesIn(exported));
    expect(later.length).toBeGreaterThan(exported.length);
  });

  it("is nothing where nobody has said anything", async () => {
    expect(await linesOf(7)).toEqual([]);
    const history = await call(
      agent.url,
      query(turn(agent.endpoints, "", { epoch: 7 }), { what: "history", limit: 5 }),
    );
    expect(history).toEqual({ what: "history", entries: [] });
  });

  it("can be brought in twice, and not where a turn has gone on or another one is", async () => {
    await talk();
    const exported = await linesOf(0);
    await call(agent.url, order(exported));
    expect(await call(agent.url, order(exported))).toEqual({ entries: 8 });
    expect(entriesIn(await linesOf(1))).toEqual(entriesIn(exported));
    const taken = { error: { code: "transcript_taken" } };
    expect(await call(agent.url, order(exported.slice(0, 4)))).toMatchObject(taken);
    expect(await call(agent.url, order(exported.map((line) => line.replaceAll("42", "43"))))).toMatchObject(taken);
    await run(agent.url, ask("and you?", 4, 1));
    expect(await call(agent.url, order(exported, { fence: 5 }))).toMatchObject(taken);
  });

  it("is not brought in under a fence that a turn has passed, nor if a line is none", async () => {
    await talk();
    const exported = await linesOf(0);
    expect(await call(agent.url, order(exported, { fence: 1 }))).toMatchObject({
      error: { code: "fence_lost" },
    });
    const broken = exported.with(4, '{"type":"message"}');
    const refused = await call(agent.url, order(broken));
    expect(refused).toMatchObject({ error: { code: "import_refused", message: expect.stringMatching(/^Line 5 /) } });
    expect(await linesOf(1)).toEqual([]);
  });
});
