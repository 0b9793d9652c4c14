/**
 * A model that answers at once or at a set pace, on the wire of Anthropic's Messages API, and writes down when it was
 * asked and when its first token left. It lives in our process: one clock for both ends of the path.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import type { Variables } from "../local/variables.ts";

export type ModelPace = {
  /** From the request to the first token. */
  readonly firstTokenMs: number;
  /** Between two tokens. */
  readonly tokenMs: number;
};

/** One call, by our process's clock (`performance.now()`). */
export type ModelCall = { readonly askedAt: number; firstTokenAt: number };

export type Model = AsyncDisposable & {
  readonly url: string;
  /** Settings of an assistant that uses it. */
  readonly variables: Variables;
  pace: ModelPace;
  /** The newest call, if there was one. */
  lastCall(): ModelCall | undefined;
  callCount(): number;
};

/** What it always says, a word a token. */
export const MODEL_ANSWER = "Three things: call the dentist, water the plants, answer Grace.";
const TOKENS = MODEL_ANSWER.match(/\S+\s*/g) ?? [];

/** Starts it on any port of the loopback. */
export async function startModel(pace: ModelPace): Promise<Model> {
  const calls: ModelCall[] = [];
  const server = createServer((request, response) => {
    const call = { askedAt: performance.now(), firstTokenAt: Number.NaN };
    calls.push(call);
    void answer(request, response, call, model.pace).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  const url = `http://127.0.0.1:${address.port}`;
  const model: Model = {
    url,
    variables: { ANTHROPIC_API_KEY: "bench", ANTHROPIC_BASE_URL: url },
    pace,
    lastCall: () => calls.at(-1),
    callCount: () => calls.length,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return model;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  call: ModelCall,
  { firstTokenMs, tokenMs }: ModelPace,
): Promise<void> {
  await buffer(request);
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
  send(response, "content_block_start", { index: 0, content_block: { type: "text", text: "" } });
  if (firstTokenMs > 0) await pause(firstTokenMs);
  for (const [index, text] of TOKENS.entries()) {
    if (index > 0 && tokenMs > 0) await pause(tokenMs);
    if (index === 0) call.firstTokenAt = performance.now();
    send(response, "content_block_delta", { index: 0, delta: { type: "text_delta", text } });
  }
  send(response, "content_block_stop", { index: 0 });
  send(response, "message_delta", {
    delta: { stop_reason: "end_turn", stop_sequence: null },
    usage: { output_tokens: TOKENS.length },
  });
  send(response, "message_stop", {});
  response.end();
}

function send(response: ServerResponse, type: string, fields: Readonly<Record<string, unknown>>): void {
  response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`);
}

/** How long the model takes by itself, asked without an assistant in between: to its first token, to its end. */
export async function askDirectly(model: Model): Promise<{ readonly firstTokenMs: number; readonly wholeMs: number }> {
  const startedAt = performance.now();
  const response = await fetch(model.url, { method: "POST", body: "{}" });
  const decoder = new TextDecoder();
  let text = "";
  let firstTokenMs = Number.NaN;
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (Number.isNaN(firstTokenMs) && text.includes("content_block_delta")) {
      firstTokenMs = performance.now() - startedAt;
    }
  }
  return { firstTokenMs, wholeMs: performance.now() - startedAt };
}
