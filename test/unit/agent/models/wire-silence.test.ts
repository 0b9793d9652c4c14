import { type AssistantMessageEvent, normalizeContext } from "@earendil-works/pi-ai";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { selectCandidates } from "../../../../agent-container/src/agent/models/candidates.ts";
import { Cooldowns } from "../../../../agent-container/src/agent/models/cooldowns.ts";
import { type Failover, streamWithFailover } from "../../../../agent-container/src/agent/models/failover.ts";
import type { ModelNote } from "../../../../agent-container/src/agent/models/model-note.ts";
import { loadClients } from "../../../../agent-container/src/agent/models/provider-clients.ts";
import { createOpenModel } from "../../../../agent-container/src/agent/models/providers.ts";
import type { Usage } from "../../../../protocol/turn-event.ts";
import { keysFor, MODEL_OF, type RawReply, type RawServer, startRawServer, type Wire, WIRES } from "./raw-wire.ts";

const CONTEXT = normalizeContext({ messages: [{ role: "user", content: "hi", timestamp: 0 }] });
const words = { pieces: [{ text: "Half an answer" }], usage: { input: 90, output: 7, cacheRead: 10 } };
const FINE: RawReply = { pieces: [{ text: "Fine." }] };

beforeAll(async () => {
  await loadClients();
  // A client does much at its first call; here only its silence is to take time.
  for (const wire of WIRES) await ask(wire, [FINE]);
});

/** One call of one model that does what `replies` say; the first try is given up after a second of silence. */
async function ask(wire: Wire, replies: readonly RawReply[], isStopped = false) {
  const server = await startRawServer(wire);
  server.replies = replies;
  const stop = new AbortController();
  try {
    const asking = askAt(server, wire, stop.signal);
    if (isStopped) {
      await vi.waitFor(() => {
        expect(server.bodies).toHaveLength(1);
      });
      stop.abort();
    }
    return await asking;
  } finally {
    await server.close();
  }
}

async function askAt(server: RawServer, wire: Wire, signal: AbortSignal) {
  const keys = keysFor(wire, server.url);
  const candidates = selectCandidates({ model: MODEL_OF[wire], fallbacks: [] }, keys);
  if (!candidates.ok) throw new Error(candidates.error.message);
  const notes: ModelNote[] = [];
  const billed: Usage[] = [];
  let tries = 0;
  const failover: Failover = {
    candidates: candidates.value,
    cooldowns: new Cooldowns(),
    open: createOpenModel(() => keys),
    now: Date.now,
    sleep: () => Promise.resolve(),
    note: (note) => notes.push(note),
    billed: (usage) => billed.push(usage),
    get bounds() {
      tries += 1;
      return { silenceMs: tries === 1 ? 1_000 : 60_000, partingMs: 500 };
    },
  };
  const events: AssistantMessageEvent[] = [];
  for await (const event of streamWithFailover(failover, CONTEXT, { signal })) events.push(event);
  const last = events.at(-1);
  const text = events.map((event) => (event.type === "text_delta" ? event.delta : "")).join("");
  return { notes, billed, text, last, requests: server.bodies.length };
}

describe.each(WIRES)("a model on the wire of %s that is silent", (wire) => {
  it.concurrent("from the beginning is given up, and asked once more", async () => {
    const { notes, text, requests } = await ask(wire, ["silence", FINE]);
    expect(text).toBe("Fine.");
    expect(requests).toBe(2);
    expect(notes).toMatchObject([
      { cause: "timeout", shown: false, status: undefined },
      { event: "model_answered", try: 2 },
    ]);
  });

  it.concurrent("before its first words is given up, and asked once more", async () => {
    const reply: RawReply = { ...words, until: { at: "begin", end: "silence" } };
    const { notes, text } = await ask(wire, [reply, FINE]);
    expect(text).toBe("Fine.");
    expect(notes[0]).toMatchObject({ cause: "timeout", shown: false, status: 200 });
  });

  it.concurrent("in the middle is given up, for pi to make the call again", async () => {
    const reply: RawReply = { ...words, until: { at: "first_words", end: "silence" } };
    const { notes, last } = await ask(wire, [reply]);
    expect(notes).toMatchObject([{ cause: "timeout", shown: true, stopReason: "aborted" }]);
    expect(last).toMatchObject({
      type: "error",
      reason: "error",
      error: { errorMessage: `The model ${MODEL_OF[wire]} did not answer in time. (connection lost)` },
    });
  });

  it.concurrent("is not waited for any more when the turn is stopped, nor asked again", async () => {
    const { last, requests } = await ask(wire, ["silence"], true);
    expect(last).toMatchObject({ type: "error", reason: "aborted", error: { stopReason: "aborted" } });
    expect(requests).toBe(1);
  });
});

describe("a try in vain", () => {
  it.concurrent("is counted with what its provider had reported of it", async () => {
    const reply: RawReply = { ...words, until: { at: "begin", end: "cut" } };
    const { billed, text } = await ask("anthropic", [reply, FINE]);
    expect(text).toBe("Fine.");
    expect(billed).toEqual([
      {
        model: MODEL_OF.anthropic,
        inputTokens: 90,
        outputTokens: 1,
        cacheReadTokens: 10,
        cacheWriteTokens: 0,
        costUsd: expect.closeTo((90 * 2 + 10 * 0.2 + 1 * 10) / 1e6, 12),
      },
    ]);
  });

  it.concurrent.each(WIRES)(
    "with an empty answer (%s) is counted once, whether or not a better one comes",
    async (wire) => {
      const nothing: RawReply = { pieces: [], usage: { input: 50, output: 3 } };
      const better = await ask(wire, [nothing, FINE]);
      expect(better.text).toBe("Fine.");
      expect(better.billed).toMatchObject([{ inputTokens: 50, outputTokens: 3 }]);
      const { billed, last } = await ask(wire, [nothing]);
      expect(billed).toMatchObject([{ inputTokens: 50, outputTokens: 3 }]);
      expect(last).toMatchObject({ type: "done", message: { usage: { input: 50, output: 3 } } });
    },
  );
});
