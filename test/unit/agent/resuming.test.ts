/** A turn that was cut at any of its commits, once or twice, ends as if it had not been cut. */
import type { Message, TranscriptContext } from "@earendil-works/pi-ai";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { TurnEvent } from "../../../protocol/turn-event.ts";
import { PROCESS_TEST_MS } from "./eventually.ts";
import { query, resume, turn } from "./invocations.ts";
import { type Life, MortalAgents } from "./mortal-agents.ts";
import type { Death } from "./mortal-storage.ts";
import { type Reply, toolCall } from "./scripted-model.ts";

vi.setConfig({ testTimeout: PROCESS_TEST_MS });

const ANSWER = "One.\n\nThe letter.\n\nTwo.\n\nDone.";

/** Writes a file, posts a letter, writes another file. What was interrupted is written again, but never posted again. */
function script({ messages }: TranscriptContext): Reply {
  const calls = messages.flatMap((message) =>
    message.role === "assistant" ? message.content.filter((block) => block.type === "toolCall") : [],
  );
  const results = messages.filter((message) => message.role === "toolResult");
  const wasAsked = (key: string) => calls.some((call) => JSON.stringify(call).includes(key));
  const isDone = (key: string) =>
    calls.some((call) => JSON.stringify(call).includes(key) && results.some((result) => ends(result, call.id)));
  const call = (name: string, args: Record<string, string>) => [
    toolCall(`call-${String(calls.length + 1)}`, name, args),
  ];
  const words = (key: string, text: string) => (wasAsked(key) ? {} : { text });
  if (!isDone("one.md"))
    return { ...words("one.md", "One."), calls: call("write", { path: "one.md", content: "first" }) };
  if (!wasAsked("post")) return { text: "The letter.", calls: call("post", {}) };
  if (!isDone("two.md"))
    return { ...words("two.md", "Two."), calls: call("write", { path: "memory/two.md", content: "second" }) };
  return { text: "Done." };
}

function ends(result: Extract<Message, { role: "toolResult" }>, callId: string): boolean {
  return result.toolCallId === callId && !JSON.stringify(result.content).includes("interrupted");
}

/** One turn whose processes die as told, each followed by a fresh one; the last one lives. */
async function play(
  deaths: readonly Death[],
): Promise<{ readonly agents: MortalAgents; readonly lives: readonly Life[] }> {
  const agents = await MortalAgents.open(script);
  const asked = turn({ blobs: agents.blobs.url }, "go");
  const lives: Life[] = [];
  for (const [n, death] of [...deaths, undefined].entries()) {
    lives.push(await agents.live(n === 0 ? asked : resume(asked, n + 1), death));
  }
  return { agents, lives };
}

/** The laws of a turn that is over. */
async function check({ agents, lives }: Awaited<ReturnType<typeof play>>): Promise<void> {
  const asked = turn({ blobs: agents.blobs.url }, "go");
  const finals = lives.map(({ events }) => finalOf(events));
  for (const [n, { died }] of lives.entries()) if (died) expect(finals[n]).toBeUndefined();
  const last = finals.at(-1);
  expect(last).toMatchObject({ text: ANSWER, consumed: ["telegram:1"] });
  // Who asks again, and whoever asked before, hears the very same.
  for (const final of [...finals, finalOf((await agents.live(resume(asked, 9))).events)])
    if (final !== undefined) expect(final).toEqual(last);

  const entries = agents.entries(asked);
  expect(entries.filter(({ customType }) => customType === "answer")).toHaveLength(1);
  const messages = entries.flatMap(({ payload }) => ("message" in payload ? [payload["message"] as Message] : []));
  const calls = messages.flatMap((message) =>
    message.role === "assistant" ? message.content.filter((block) => block.type === "toolCall") : [],
  );
  const results = messages.filter((message) => message.role === "toolResult");
  expect(results.map(({ toolCallId }) => toolCallId)).toEqual(calls.map(({ id }) => id));
  // No tool was run twice; each finished one was run; each that was run and not finished is told as interrupted.
  expect(new Set(agents.executed).size).toBe(agents.executed.length);
  for (const result of results) {
    if (!result.isError) expect(agents.executed).toContain(result.toolCallId);
    else expect(JSON.stringify(result.content)).toContain("interrupted");
  }
  expect(calls.filter(({ name }) => name === "post")).toHaveLength(1);

  const asks = [
    { what: "file", path: "one.md" },
    { what: "file", path: "memory/two.md" },
    { what: "history", limit: 9 },
  ] as const;
  const [one, two, history] = await agents.query(asks.map((ask) => query(asked, ask)));
  expect([one, two]).toMatchObject([{ text: "first" }, { text: "second" }]);
  expect(history).toMatchObject({
    entries: [{ role: "user", text: "go" }, ...ANSWER.split("\n\n").map((text) => ({ role: "assistant", text }))],
  });
}

function finalOf(events: readonly TurnEvent[]): object | undefined {
  const final = events.find((event) => event.kind === "final");
  return final && { text: final.text, consumed: final.consumed, workspace: final.workspace };
}

async function verify(deaths: readonly Death[]): Promise<Awaited<ReturnType<typeof play>>> {
  const played = await play(deaths);
  try {
    await check(played);
  } catch (error) {
    throw new Error(`with deaths ${JSON.stringify(deaths)}`, { cause: error });
  } finally {
    await played.agents.close();
  }
  return played;
}

const death = fc.record({
  commit: fc.integer({ min: 1, max: 45 }),
  when: fc.constantFrom("before" as const, "after" as const),
});

describe("a turn", () => {
  it("ends the same, at whichever of its commits its process was killed", async () => {
    const { lives } = await verify([]);
    const commits = lives[0]?.commits ?? 0;
    expect(commits).toBeGreaterThan(20);
    // Right after a commit the store is as it is before the next one, so only the last needs both.
    const deaths = Array.from({ length: commits }, (_, n): Death => ({ commit: n + 1, when: "before" }));
    deaths.push({ commit: commits, when: "after" });
    const played = await Promise.all(deaths.map((one) => verify([one])));
    expect(played.every((one) => one.lives[0]?.died)).toBe(true);
  });

  it("ends the same when the processes that went on with it were killed too", async () => {
    const several = fc.array(fc.array(death, { minLength: 2, maxLength: 3 }), { minLength: 6, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(several, async (plays) => {
        await Promise.all(plays.map(verify));
      }),
      { numRuns: 4, endOnFailure: true },
    );
  });
});
