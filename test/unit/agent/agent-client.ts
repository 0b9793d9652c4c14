/** Talks to an agent as the runtime does: over HTTP, with a session id, reading server-sent events. */
import { createParser } from "eventsource-parser";
import type { Invocation } from "../../../protocol/invocation.ts";
import { parseTurnEvent, type TurnEvent } from "../../../protocol/turn-event.ts";

export const SESSION_ID = "claw-0123456789abcdef0123456789abcdef";
const SESSION_HEADER = "x-amzn-bedrock-agentcore-runtime-session-id";

export function post(url: string, body: Invocation | string, sessionId = SESSION_ID): Promise<Response> {
  return fetch(`${url}/invocations`, {
    method: "POST",
    headers: { [SESSION_HEADER]: sessionId, "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

/** A stream of a turn, read in the background. */
export class TurnStream {
  readonly events: TurnEvent[] = [];
  /** Resolves when the stream ended, however it did. */
  readonly ended: Promise<void>;
  readonly #abort = new AbortController();

  constructor(url: string, invocation: Invocation) {
    this.ended = this.#read(url, invocation).catch(() => undefined);
  }

  /** Breaks the connection, as an evicted edge does. */
  cut(): void {
    this.#abort.abort();
  }

  kinds(): readonly string[] {
    return this.events.map(({ kind }) => kind);
  }

  of<K extends TurnEvent["kind"]>(kind: K): readonly Extract<TurnEvent, { kind: K }>[] {
    return this.events.filter((event): event is Extract<TurnEvent, { kind: K }> => event.kind === kind);
  }

  /** The text that a reader of the stream has at its end. */
  shown(): string {
    return this.events.reduce((text, event) => {
      if (event.kind === "snapshot") return event.text;
      return event.kind === "delta" ? text + event.text : text;
    }, "");
  }

  async #read(url: string, invocation: Invocation): Promise<void> {
    const response = await fetch(`${url}/invocations`, {
      method: "POST",
      headers: { [SESSION_HEADER]: SESSION_ID },
      body: JSON.stringify(invocation),
      signal: this.#abort.signal,
    });
    const parser = createParser({
      onEvent: ({ data, id }) => {
        const event = parseTurnEvent(data);
        if (!event.ok) throw new Error(`not an event: ${data}`);
        if (id !== String(event.value.seq)) throw new Error(`id ${String(id)} of event ${data}`);
        this.events.push(event.value);
      },
    });
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) parser.feed(decoder.decode(chunk, { stream: true }));
  }
}

/** Runs an invocation to the end of its stream. */
export async function run(url: string, invocation: Invocation): Promise<TurnStream> {
  const stream = new TurnStream(url, invocation);
  await stream.ended;
  return stream;
}

/** Calls steer, abort or query. */
export async function call(url: string, invocation: Invocation): Promise<unknown> {
  return (await post(url, invocation)).json();
}
