/**
 * A model that answers at once, on the wire of Anthropic's Messages API, and writes files when it is told to: what a
 * conversation and a workspace of some size are made with. It knows how long it was asked in all.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import * as v from "valibot";

export type Clerk = AsyncDisposable & {
  readonly url: string;
  /** How long its calls took since this was called last, from the arrival of each to the end of its answer. */
  takeMs(): number;
};

/** What makes it write files: `files 32 to 63`. */
const ORDER = /^files (\d+) to (\d+)$/;

const body = v.object({
  messages: v.array(
    v.object({
      role: v.string(),
      content: v.union([v.string(), v.array(v.object({ type: v.string(), text: v.optional(v.string()) }))]),
    }),
  ),
});

/** Starts it on any port of the loopback. */
export async function startClerk(): Promise<Clerk> {
  let busyMs = 0;
  const server = createServer((request, response) => {
    const askedAt = performance.now();
    response.on("finish", () => (busyMs += performance.now() - askedAt));
    void answer(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    takeMs: () => {
      const took = busyMs;
      busyMs = 0;
      return took;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { messages } = v.parse(body, await json(request));
  const calls = callsFor(messages.at(-1)?.content ?? "");
  response.writeHead(200, { "content-type": "text/event-stream" });
  send(response, "message_start", {
    message: {
      id: "msg_bench",
      type: "message",
      role: "assistant",
      model: "bench",
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 100, output_tokens: 1 },
    },
  });
  if (calls.length === 0) {
    const text = "I have written that down, and I will think of it when it is time: the dentist on Monday at nine.";
    send(response, "content_block_start", { index: 0, content_block: { type: "text", text: "" } });
    send(response, "content_block_delta", { index: 0, delta: { type: "text_delta", text } });
    send(response, "content_block_stop", { index: 0 });
  }
  for (const [index, { name, input }] of calls.entries()) {
    const block = { type: "tool_use", id: `toolu_${index}`, name, input: {} };
    send(response, "content_block_start", { index, content_block: block });
    send(response, "content_block_delta", {
      index,
      delta: { type: "input_json_delta", partial_json: JSON.stringify(input) },
    });
    send(response, "content_block_stop", { index });
  }
  send(response, "message_delta", {
    delta: { stop_reason: calls.length > 0 ? "tool_use" : "end_turn", stop_sequence: null },
    usage: { output_tokens: 20 },
  });
  send(response, "message_stop", {});
  response.end();
}

type Asked = v.InferOutput<typeof body>["messages"][number]["content"];

/** One file a call, of the size of a note. */
function callsFor(content: Asked) {
  const texts = typeof content === "string" ? [content] : content.map(({ text = "" }) => text);
  const order = texts.map((text) => ORDER.exec(text.trim())).find((found) => found !== null);
  if (!order) return [];
  const [from, to] = [Number(order[1]), Number(order[2])];
  return Array.from({ length: to - from + 1 }, (_, at) => ({
    name: "write",
    input: { path: `notes/note-${from + at}.md`, content: `# Note ${from + at}\n\n${"What was said. ".repeat(40)}\n` },
  }));
}

function send(response: ServerResponse, type: string, fields: object): void {
  response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`);
}
