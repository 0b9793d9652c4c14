/**
 * A turn of three tools and four texts that changes files and something outside of them, and the laws that hold when it
 * is over, however many processes had it.
 */
import type { Message, TranscriptContext } from "@earendil-works/pi-ai";
import { expect } from "vitest";
import type { TurnEvent } from "../../../protocol/turn-event.ts";
import { query, resume, turn } from "./invocations.ts";
import type { Life, MortalAgents } from "./mortal-agents.ts";
import { type Reply, toolCall } from "./scripted-model.ts";

const ANSWER = "One.\n\nThe letter.\n\nTwo.\n\nDone.";

/** Writes a file, posts a letter, writes another file. What was interrupted is written again, but never posted again. */
export function threeTools({ messages }: TranscriptContext): Reply {
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

/** Fails unless the turn ended in the last of these processes as it would have in one that nobody disturbed. */
export async function checkTurn(agents: MortalAgents, lives: readonly Life[]): Promise<void> {
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
