/** Server-sent events read as turn events, whatever the chunks, and told apart from a stream that was cut. */
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { TurnEvent } from "../../../protocol/turn-event.ts";
import { readTurnEvents } from "../../../worker/agentcore/event-stream.ts";
import { turnId } from "./invocations.ts";

const common = { turnId: turnId("turn-0001"), fence: 1 };
const delta = (seq: number, text: string): TurnEvent => ({ ...common, kind: "delta", seq, text });
const failed: TurnEvent = { ...common, kind: "error", seq: 99, code: "x", message: "y", retry: "after" };

function frame(event: TurnEvent): string {
  return `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`;
}

function streamOf(chunks: readonly Uint8Array[], { ends = true } = {}) {
  const cancel = vi.fn<() => void>();
  const rest = [...chunks];
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = rest.shift();
      if (chunk) controller.enqueue(chunk);
      else if (ends) controller.close();
      else return new Promise(() => {}); // silent from here on
      return undefined;
    },
    cancel,
  });
  return { body, cancel };
}

async function collect(body: ReadableStream<Uint8Array>, silenceMs = 10_000): Promise<TurnEvent[]> {
  const events: TurnEvent[] = [];
  for await (const event of readTurnEvents(body, silenceMs)) events.push(event);
  return events;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const BROKEN = { name: "AgentError", code: "agent_stream_broken" };

describe("readTurnEvents", () => {
  it("reads the same events wherever the chunks are cut, in the middle of a character too", async () => {
    const text = fc.string({ unit: "grapheme", maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 8 }), fc.integer({ min: 1, max: 40 }), async (texts, size) => {
        const events = [...texts.map((each, index) => delta(index, each)), failed];
        const wire = bytes(`: hello\n\n${events.map(frame).join("")}`);
        const chunks = Array.from({ length: Math.ceil(wire.length / size) }, (_, at) =>
          wire.subarray(at * size, (at + 1) * size),
        );
        expect(await collect(streamOf(chunks).body)).toEqual(events);
      }),
      { numRuns: 50 },
    );
  });

  it("yields nothing that comes after the last event", async () => {
    const one = streamOf([bytes(frame(failed) + frame(delta(100, "late")) + "data: nonsense\n\n")]);
    expect(await collect(one.body)).toEqual([failed]);
    const two = streamOf([bytes(frame(failed)), bytes(frame(delta(100, "late")))]);
    expect(await collect(two.body)).toEqual([failed]);
  });

  it.each([
    ["ends before the last event", frame(delta(1, "a"))],
    ["ends within an event", frame(failed).slice(0, -2)],
    ["is empty", ""],
    ["carries an event of unknown kind", `data: {"kind":"surprise"}\n\n${frame(failed)}`],
    ["carries what is not JSON", `data: {{\n\n${frame(failed)}`],
  ])("throws when the stream %s", async (_, wire) => {
    await expect(collect(streamOf([bytes(wire)]).body)).rejects.toMatchObject(BROKEN);
  });

  it("throws when an event grows without end", async () => {
    const chunk = bytes("x".repeat(1_048_576));
    const { body } = streamOf([bytes("data: "), chunk, chunk, chunk, chunk, chunk]);
    await expect(collect(body)).rejects.toMatchObject({ ...BROKEN, message: "an event was too long" });
  });

  it("throws when the stream is silent, and closes it", async () => {
    const { body, cancel } = streamOf([bytes(frame(delta(1, "a")))], { ends: false });
    await expect(collect(body, 20)).rejects.toMatchObject({ ...BROKEN, message: "the stream went silent" });
    await vi.waitFor(() => expect(cancel).toHaveBeenCalled());
  });

  it("closes the stream when the reader leaves early", async () => {
    const { body, cancel } = streamOf([bytes(frame(delta(1, "a")))], { ends: false });
    for await (const event of readTurnEvents(body, 10_000)) {
      expect(event.kind).toBe("delta");
      break;
    }
    await vi.waitFor(() => expect(cancel).toHaveBeenCalled());
  });

  it("throws when the connection is lost", async () => {
    const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.error(new Error("reset")) });
    await expect(collect(body)).rejects.toMatchObject({ ...BROKEN, message: "the connection was lost" });
  });
});
