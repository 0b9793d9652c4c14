/** What would break every try of a turn: it ends after a bounded number of them, and the next turn of the chat is well. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AssistantMessageEvent, createAssistantMessageEventStream } from "@earendil-works/pi-ai";
import { describe, expect, it } from "vitest";
import { type AgentTool, Type } from "../../../agent-container/src/agent/tool.ts";
import { openHome } from "../../../agent-container/src/home.ts";
import { openSpaceDatabase } from "../../../agent-container/src/stores/space-database.ts";
import type { TurnPorts } from "../../../agent-container/src/turn/ports.ts";
import { INBOUND_BOUNDS, RUNTIME_BOUNDS, TURN_BOUNDS } from "../../../protocol/bounds.ts";
import type { TurnInvocation } from "../../../protocol/invocation.ts";
import type { TurnEvent } from "../../../protocol/turn-event.ts";
import { run } from "./agent-client.ts";
import { useAgent } from "./agent-fixture.ts";
import { GROUP, promptMessage, resume, turn } from "./invocations.ts";
import { emptyAssistantMessage } from "./model-messages.ts";
import { type Script, scriptedModel, toolCall } from "./scripted-model.ts";

const agent = useAgent();

const HEALTHY: Partial<TurnPorts> = { openModel: async () => scriptedModel(() => ({ text: "Fine." })) };

/** The next turn of the conversation, in a process whose model is well. */
async function next(fence: number, asked = turn(agent.endpoints, "")): Promise<TurnEvent | undefined> {
  const { url } = await agent.startAgent(HEALTHY);
  const messages = [promptMessage("telegram:2", "next")];
  const { conversation, space, epoch } = asked;
  const fields = { turnId: "turn-0002", fence, messages, conversation, space, epoch };
  return (await run(url, turn(agent.endpoints, "", fields))).events.at(-1);
}

function answering(script: Script): Promise<{ readonly url: string }> {
  return agent.startAgent({ openModel: async () => scriptedModel(script) });
}

describe("a model whose stream keeps no rules", () => {
  const partial = emptyAssistantMessage();
  const word: AssistantMessageEvent = { type: "text_delta", contentIndex: 0, delta: "x", partial };
  const start: AssistantMessageEvent = { type: "start", partial };

  /** Runs the turn as the edge does, until it is told not to. */
  async function tryOut(
    events: readonly AssistantMessageEvent[],
    asked: TurnInvocation,
    message: string,
  ): Promise<void> {
    const openModel: TurnPorts["openModel"] = async () => () => {
      const stream = createAssistantMessageEventStream();
      for (const event of events) stream.push(event);
      stream.end();
      return stream;
    };
    const { url } = await agent.startAgent({ openModel });
    let runs = 1;
    let end = (await run(url, asked)).events.at(-1);
    while (end?.kind === "error" && end.retry === "after" && runs < TURN_BOUNDS.runAttemptsMax) {
      runs += 1;
      end = (await run(url, resume(asked, runs))).events.at(-1);
    }
    expect(end).toMatchObject({
      code: "model_failed",
      message,
      retry: "never",
    });
    expect(await next(runs + 1, asked)).toMatchObject({ kind: "final", text: "Fine." });
  }

  it("fails its turn after some tries, in plain words", async () => {
    await Promise.all([
      tryOut([word], turn(agent.endpoints, "hello"), "The model was interrupted too often."),
      tryOut(
        [start, { ...word, type: "text_start" }, start],
        turn(agent.endpoints, "hello", GROUP),
        "The model anthropic/claude-sonnet-5 broke off in the middle of its answer.",
      ),
    ]);
  });
});

describe("a model that never ends", () => {
  it("is stopped although all its calls are wrong, and so run nothing that could stop it", async () => {
    let steps = 0;
    const { url } = await answering(() => {
      steps += 1;
      return { calls: [toolCall("a", "read", {}), toolCall("b", "nonsense", { path: "x" })] };
    });
    const stream = await run(url, turn(agent.endpoints, "hello"));
    expect(stream.of("final")[0]?.text).toBe("(cut: the turn took more than 100 steps)");
    expect(stream.shown()).toBe(stream.of("final")[0]?.text);
    expect(steps).toBe(RUNTIME_BOUNDS.stepsMax);
    expect(await next(2)).toMatchObject({ kind: "final", text: "Fine." });
  });
});

/** Half pairs, a zero, joiners, marks on marks, bidirectional controls, and what is longest in UTF-8. */
const ODD = "\uD83D\u0000\u200D\u202E\u0301\u0301\uFFFE\u{1F468}\u200D\u{1F469}\uDC00";
const ODDEST = ODD.repeat(INBOUND_BOUNDS.textMax / ODD.length);

describe("a message of the longest kind, of odd characters", () => {
  it("is answered, and what a provider gets of it is well formed", async () => {
    const requests: unknown[] = [];
    agent.model.on({}, (request) => {
      requests.push(request);
      return { content: `Read. ${ODD}` };
    });
    expect((await run(agent.url, turn(agent.endpoints, ODDEST))).of("final")[0]?.text).toContain("Read.");
    const messages = [promptMessage("telegram:2", "next")];
    const again = await run(agent.url, turn(agent.endpoints, "", { turnId: "turn-0002", fence: 2, messages }));
    expect(again.of("final")[0]?.text).toContain("Read.");
    const seen = stringsOf(requests);
    expect(seen.filter((text) => text.length > INBOUND_BOUNDS.textMax / 2)).toHaveLength(2);
    expect(seen.filter((text) => !text.isWellFormed())).toEqual([]);
  });

  it("can stand in the arguments of a call without being in the way of the next request", async () => {
    const seen: string[] = [];
    const { url } = await answering(({ messages }) => {
      const calls = messages.flatMap(({ role, content }) => (role === "assistant" ? content : []));
      seen.push(...stringsOf(calls));
      const odd = { path: "odd.md", content: ODD, list: [{ [ODD]: ODD }, 1, null] };
      return calls.length === 0 ? { calls: [toolCall("a", "write", odd)] } : { text: "Done." };
    });
    expect((await run(url, turn(agent.endpoints, "hello"))).of("final")[0]?.text).toBe("Done.");
    expect(seen.filter((text) => text.includes("\u{1F468}"))).toHaveLength(2);
    expect(seen.filter((text) => !text.isWellFormed())).toEqual([]);
  });

  it("is shown cut to a model that it is too long for, and summed up in the turns after it", async () => {
    const script: Script = ({ messages }) => {
      const bytes = Buffer.byteLength(JSON.stringify(messages));
      if (bytes > 150_000) throw new Error(`prompt is too long: ${String(bytes)} tokens > 150000 maximum`);
      return { text: JSON.stringify(messages).includes("too long for the model") ? "Cut." : "Whole." };
    };
    const { url } = await answering(script);
    expect((await run(url, turn(agent.endpoints, ODDEST))).of("final")[0]?.text).toBe("Cut.");
    const messages = [promptMessage("telegram:2", "next")];
    const again = await run(url, turn(agent.endpoints, "", { turnId: "turn-0002", fence: 2, messages }));
    expect(again.of("final")[0]).toMatchObject({ text: "Whole.", context: { compactions: 1 } });
  });
});

function stringsOf(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsOf) : [];
}

describe("a tool that fails in odd ways", () => {
  const unspeakable = {
    toString: () => {
      throw new Error("no");
    },
  };

  it.each([
    [
      "throws before it is one",
      () => {
        throw new Error("at once");
      },
    ],
    ["throws nothing at all", () => Promise.reject(undefined)],
    ["throws what cannot be told", () => Promise.reject(unspeakable)],
    ["says what is no text", () => Promise.resolve({ text: ODD.repeat(5_000) })],
  ] as const)("and %s is reported to the model, or as interrupted by the next try", async (_, execute) => {
    const bad: AgentTool = { name: "bad", description: "Is bad.", parameters: Type.Object({}), execute };
    const workDir = await mkdtemp(join(tmpdir(), "agent-bad-"));
    const { url } = await agent.startAgent({
      homeTools: ["bad"],
      classOf: () => "files",
      openHome: async (home) => ({ ...(await openHome(home, { workDir })), tools: [bad] }),
      openModel: async () =>
        scriptedModel(({ messages }) =>
          messages.some(({ role }) => role === "toolResult")
            ? { text: "Done." }
            : { calls: [toolCall("a", "bad", {})] },
        ),
    });
    const asked = turn(agent.endpoints, "hello");
    const first = await run(url, asked);
    const end = first.of("final")[0] ?? (await run(url, resume(asked, 2))).of("final")[0];
    expect(end?.text).toBe("Done.");
    expect(await next(3)).toMatchObject({ kind: "final", text: "Fine." });
    await rm(workDir, { recursive: true });
  });
});

describe("a stored message that cannot be read", () => {
  it("is told in plain words that say what helps, and that helps", async () => {
    const { url } = await agent.startAgent(HEALTHY);
    await run(url, turn(agent.endpoints, "hello"));
    const db = openSpaceDatabase(join(agent.stateDir, "main", "owner.sqlite"));
    db.exec("UPDATE entries SET payload = '{oops' WHERE seq = (SELECT min(seq) FROM entries)");
    db.close();
    expect(await next(2)).toMatchObject({
      code: "storage_damaged",
      message: expect.stringContaining("/new"),
      retry: "never",
    });
    expect(await next(3, turn(agent.endpoints, "", { epoch: 1 }))).toMatchObject({ kind: "final", text: "Fine." });
  });
});
