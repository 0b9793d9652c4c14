/** Server-sent events of a run, read as turn events. A stream that stops making sense counts as cut. */
import { createParser } from "eventsource-parser";
import { AgentError } from "../../protocol/errors.ts";
import { parseTurnEvent, type TurnEvent } from "../../protocol/turn-event.ts";
import { within } from "./deadline.ts";

/** Longest event, in UTF-16 units: a whole answer, escaped. AgentCore itself allows 10 MB for a chunk. */
const EVENT_MAX = 4_194_304;
/** How long the end of the stream is awaited after the last event, so that the connection can be used again. */
const DRAIN_MS = 1_000;

/**
 * Yields the events of one stream in order and returns after `final` or `error`.
 * Throws `agent_stream_broken` when it ends before that, carries something else, or is silent for `silenceMs`.
 * Leaving the loop early closes the stream.
 */
export async function* readTurnEvents(
  body: ReadableStream<Uint8Array>,
  silenceMs: number,
): AsyncGenerator<TurnEvent, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const feed = createTurnEventParser();
  let isOver = false;
  try {
    for (;;) {
      const { done, value } = await within(silenceMs, reader.read(), silent);
      if (done) throw broken("the stream ended before its last event");
      const { events, failure } = feed(decoder.decode(value, { stream: true }));
      const last = events.findIndex((event) => event.kind === "final" || event.kind === "error");
      isOver = last !== -1;
      yield* isOver ? events.slice(0, last + 1) : events;
      if (isOver) return;
      if (failure) throw failure;
    }
  } catch (error) {
    throw error instanceof AgentError ? error : broken("the connection was lost", error);
  } finally {
    void release(reader, isOver);
  }
}

type Parsed = { readonly events: readonly TurnEvent[]; readonly failure: AgentError | null };

/** Makes a function from each piece of the stream to the events that it completes, up to the first nonsense. */
function createTurnEventParser(): (text: string) => Parsed {
  let events: TurnEvent[] = [];
  let failure: AgentError | null = null;
  const parser = createParser({
    maxBufferSize: EVENT_MAX,
    onEvent({ data }) {
      if (failure) return;
      const parsed = parseTurnEvent(data);
      if (parsed.ok) events.push(parsed.value);
      else failure = broken("an event could not be understood");
    },
    onError(error) {
      if (error.type === "max-buffer-size-exceeded") failure ??= broken("an event was too long");
    },
  });
  return (text) => {
    parser.feed(text);
    const parsed = { events, failure };
    events = [];
    return parsed;
  };
}

/** Reads a finished stream to its end, or closes one that is not. Never throws. */
async function release(reader: ReadableStreamDefaultReader<Uint8Array>, isOver: boolean): Promise<void> {
  try {
    if (isOver) while (!(await within(DRAIN_MS, reader.read(), silent)).done);
  } catch {
    // what follows the last event is of no interest
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function silent(): AgentError {
  return broken("the stream went silent");
}

function broken(message: string, cause?: unknown): AgentError {
  return new AgentError("agent_stream_broken", message, { cause });
}
