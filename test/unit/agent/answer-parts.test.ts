/** Files and buttons of an answer are in its `final`, however often its process was killed, and in each repetition. */
import type { TranscriptContext } from "@earendil-works/pi-ai";
import { describe, expect, it, vi } from "vitest";
import { entryOf } from "../../../agent-container/src/workspace/manifest.ts";
import type { TurnEvent } from "../../../protocol/turn-event.ts";
import { run } from "./agent-client.ts";
import { useAgent } from "./agent-fixture.ts";
import { PROCESS_TEST_MS } from "./eventually.ts";
import { GROUP, resume, turn } from "./invocations.ts";
import { MortalAgents } from "./mortal-agents.ts";
import type { Death } from "./mortal-storage.ts";
import { type Reply, scriptedModel, toolCall } from "./scripted-model.ts";

vi.setConfig({ testTimeout: PROCESS_TEST_MS });

const agent = useAgent();

const FILE = { kind: "document", name: "list.md", mimeType: "text/markdown" };
const LIST = Buffer.from("- milk\n");

/** Writes a list, sends it and offers two choices in one step, then changes the list. What was interrupted is done again. */
function sendList({ messages }: TranscriptContext): Reply {
  const calls = messages.flatMap((message) =>
    message.role === "assistant" ? message.content.filter((block) => block.type === "toolCall") : [],
  );
  const isDone = (key: string) =>
    calls.some(({ id, ...call }) => {
      const result = messages.find((message) => message.role === "toolResult" && message.toolCallId === id);
      return JSON.stringify(call).includes(key) && result?.role === "toolResult" && !result.isError;
    });
  const call = (n: number, name: string, args: Parameters<typeof toolCall>[2]) =>
    toolCall(`call-${String(calls.length + n)}`, name, args);
  if (!isDone("- milk")) return { calls: [call(1, "write", { path: "list.md", content: LIST.toString() })] };
  if (!isDone("attach_file") || !isDone("offer_choices")) {
    const choices = [{ label: "Done" }, { label: "Later", value: "remind me later" }];
    return { calls: [call(1, "attach_file", { path: "list.md" }), call(2, "offer_choices", { choices })] };
  }
  if (!isDone("- tea")) return { calls: [call(1, "write", { path: "list.md", content: "- tea\n" })] };
  return { text: "Here is the list." };
}

const ANSWER = {
  text: "Here is the list.",
  files: [{ ...FILE, ...entryOf(LIST) }],
  buttons: [
    [
      { label: "Done", value: "Done" },
      { label: "Later", value: "remind me later" },
    ],
  ],
};

function finalOf(events: readonly TurnEvent[]): object | undefined {
  const final = events.find((event) => event.kind === "final");
  return final && { text: final.text, files: final.files, buttons: final.buttons };
}

/** One turn whose first process dies as told; the next one goes on, and a third one is only asked again. */
async function play(death: Death | undefined): Promise<number> {
  const agents = await MortalAgents.open(sendList);
  try {
    const asked = turn({ blobs: agents.blobs.url }, "send me the list");
    const first = await agents.live(asked, death);
    const finals = [first, await agents.live(resume(asked, 2)), await agents.live(resume(asked, 3))];
    expect(finals.slice(1).map(({ events }) => finalOf(events))).toEqual([ANSWER, ANSWER]);
    if (death === undefined) expect(finalOf(first.events)).toEqual(ANSWER);
    expect(agents.blobs.stored.get(`/agent-claw/main/owner/blobs/${entryOf(LIST).hash}`)).toEqual(LIST);
    return first.commits;
  } catch (error) {
    throw new Error(`with death ${JSON.stringify(death)}`, { cause: error });
  } finally {
    await agents.close();
  }
}

describe("an answer with files and buttons", () => {
  it("has them in every final, at whichever of its commits its process was killed", async () => {
    const commits = await play(undefined);
    expect(commits).toBeGreaterThan(20);
    const deaths = Array.from({ length: commits }, (_, n): Death => ({ commit: n + 1, when: "before" }));
    await Promise.all([...deaths, { commit: commits, when: "after" } as const].map(play));
  });

  it("goes out in a group that is otherwise left in silence", async () => {
    const { url } = await agent.startAgent({
      openModel: async () =>
        scriptedModel(({ messages }) =>
          messages.some(({ role }) => role === "toolResult")
            ? { text: "NO_REPLY" }
            : { calls: [toolCall("a", "attach_file", { path: "AGENTS.md" })] },
        ),
    });
    const asked = { ...turn(agent.endpoints, "send the rules"), ...GROUP };
    const stream = await run(url, asked);
    expect(stream.of("delta")).toEqual([]);
    const [final] = stream.of("final");
    expect(final).toMatchObject({ text: "", files: [{ name: "AGENTS.md", kind: "document" }] });
    const blob = `/agent-claw/main/group_3atelegram_3a-1/blobs/${final?.files?.[0]?.hash ?? ""}`;
    expect(agent.blobs.stored.has(blob)).toBe(true);
  });

  it("has none of a call that failed, nor of the turn before", async () => {
    const asked = (id: string, fence: number) => turn(agent.endpoints, "go", { turnId: id, fence });
    const { url } = await agent.startAgent({ openModel: async () => scriptedModel(sendList) });
    await run(url, asked("turn-0001", 1));
    const { url: other } = await agent.startAgent({
      openModel: async () =>
        scriptedModel(({ messages }) =>
          messages.at(-1)?.role === "toolResult"
            ? { text: "I could not." }
            : { calls: [toolCall("b", "attach_file", { path: "nope.md" }), toolCall("c", "offer_choices", {})] },
        ),
    });
    const stream = await run(other, asked("turn-0002", 2));
    expect(stream.of("tool").map(({ status }) => status)).toEqual(["started", "failed", "started", "failed"]);
    expect(finalOf(stream.events)).toEqual({ text: "I could not.", files: undefined, buttons: undefined });
  });

  it("can be asked for without any key, of the offline model", async () => {
    const { grants } = turn({ blobs: agent.blobs.url }, "");
    const ask = async (text: string, n: number) => {
      const asked = turn(agent.endpoints, text, { turnId: `turn-000${String(n)}`, fence: n, grants });
      return (await run(agent.url, asked)).of("final")[0];
    };
    expect(await ask("send me the file AGENTS.md", 1)).toMatchObject({
      text: expect.stringMatching(/^Here is AGENTS\.md\./),
      files: [{ name: "AGENTS.md", mimeType: "text/markdown" }],
    });
    expect(await ask("offer red, green or blue", 2)).toMatchObject({
      text: expect.stringMatching(/^Which one\?/),
      buttons: [["red", "green", "blue"].map((label) => ({ label, value: label }))],
    });
  });
});
