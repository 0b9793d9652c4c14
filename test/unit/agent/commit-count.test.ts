import type { TranscriptContext } from "@earendil-works/pi-ai";
import { describe, expect, it } from "vitest";
import { turn } from "./invocations.ts";
import { MortalAgents } from "./mortal-agents.ts";
import { type Reply, toolCall } from "./scripted-model.ts";

/** Posts `letters` letters, one after the other, and answers. */
function postAll(letters: number): (context: TranscriptContext) => Reply {
  return ({ messages }) => {
    const posted = messages.filter((message) => message.role === "toolResult").length;
    return posted < letters ? { calls: [toolCall(`call-${String(posted)}`, "post", {})] } : { text: "Posted." };
  };
}

/** Commits of one turn in which so many tools run one after the other; the tools change no files. */
async function commitsWith(letters: number): Promise<number> {
  const agents = await MortalAgents.open(postAll(letters));
  const [life] = await agents.liveOn([turn({ blobs: agents.blobs.url }, "go")], undefined);
  await agents.close();
  expect(life?.events.at(-1)).toMatchObject({ kind: "final", text: "Posted." });
  return life?.commits ?? 0;
}

describe("a turn", () => {
  it("makes two durable commits for each tool that it runs", async () => {
    const [few, many] = [await commitsWith(2), await commitsWith(12)];
    expect(many - few).toBe(2 * 10);
    // Fence, transcript, turn, first request, answer of the model, head of the workspace, answer of the turn.
    expect(few - 2 * 2).toBeLessThanOrEqual(12);
  });
});
