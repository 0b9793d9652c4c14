/** The three wires of providers, byte by byte as a test wants them: what no model mock sends, and answers that break. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { encodeEventStreamMessage } from "@copilotkit/aimock";
import type { Grants } from "../../../../protocol/invocation.ts";
import { close, listen } from "../loopback.ts";

export const WIRES = ["anthropic", "openai", "bedrock"] as const;
export type Wire = (typeof WIRES)[number];

export const MODEL_OF: Readonly<Record<Wire, string>> = {
  anthropic: "anthropic/claude-sonnet-5",
  openai: "openai/gpt-5.5",
  bedrock: "amazon-bedrock/global.anthropic.claude-sonnet-5",
};

/** The keys of a turn for one wire that is served at `url`. */
export function keysFor(wire: Wire, url: string): Grants["models"] {
  switch (wire) {
    case "anthropic":
      return { anthropic: { apiKey: "sk-secret-a", baseUrl: url } };
    case "openai":
      return { openai: { apiKey: "sk-secret-o", baseUrl: `${url}/v1` } };
    case "bedrock":
      return {
        bedrock: {
          region: "eu-central-1",
          endpoint: url,
          credentials: { accessKeyId: "AKIAGRANTED", secretAccessKey: "sk-secret-b" },
        },
      };
  }
}

/** Tokens as a provider bills them; `input` without those of the cache. */
export type RawUsage = {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
};

export type RawPiece =
  | { readonly text: string }
  /** As the model thinks it; signed by its provider. */
  | { readonly thought: string }
  /** `json`: the arguments, as they come. */
  | { readonly call: { readonly id: string; readonly name: string; readonly json: string } };

export type RawReply =
  /** An error before any stream. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly message?: string }
  | {
      readonly pieces: readonly RawPiece[];
      /** Whether the model says that it wants tools; absent: if it calls some. */
      readonly wantsTools?: boolean;
      readonly usage?: RawUsage;
      /** The answer came to the limit of what the model may say. */
      readonly isCut?: true;
      /** The answer breaks there: the connection ends, or stays open without another byte. */
      readonly until?: { readonly at: "begin" | "first_words"; readonly end: "cut" | "silence" };
    }
  /** Takes the request and never says anything. */
  | "silence";

export type RawServer = {
  readonly url: string;
  readonly bodies: string[];
  /** The next request gets the next reply, and the last one again. */
  replies: readonly RawReply[];
  close(): Promise<void>;
};

/** A provider on one wire. */
export async function startRawServer(wire: Wire): Promise<RawServer> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    void answer(request, response);
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    bodies.push(await text(request));
    const reply = raw.replies[Math.min(bodies.length, raw.replies.length) - 1];
    if (reply === undefined || reply === "silence") return;
    if ("status" in reply) {
      response.writeHead(reply.status, {
        "content-type": "application/json",
        ...errorHeaders(wire, reply),
        ...reply.headers,
      });
      response.end(errorBody(wire, reply));
      return;
    }
    response.writeHead(200, { "content-type": CONTENT_TYPES[wire] });
    const { begin, words, rest } = EVENTS[wire](reply);
    const shown = { begin, first_words: [...begin, ...words] };
    for (const chunk of reply.until ? shown[reply.until.at] : [...begin, ...words, ...rest]) response.write(chunk);
    if (reply.until?.end === "cut") setTimeout(() => response.destroy(), CUT_AFTER_MS);
    else if (reply.until === undefined) response.end();
  }
  const raw: RawServer = {
    url: await listen(server),
    bodies,
    replies: [],
    close: async () => {
      server.closeAllConnections();
      await close(server);
    },
  };
  return raw;
}

/** Long enough for what was written to be read before the connection is gone. */
const CUT_AFTER_MS = 20;

const CONTENT_TYPES: Readonly<Record<Wire, string>> = {
  anthropic: "text/event-stream",
  openai: "text/event-stream",
  bedrock: "application/vnd.amazon.eventstream",
};

type Stream = Extract<RawReply, { readonly pieces: readonly RawPiece[] }>;
type Chunks = { readonly begin: readonly Chunk[]; readonly words: readonly Chunk[]; readonly rest: readonly Chunk[] };
type Chunk = string | Uint8Array;

const EVENTS: Readonly<Record<Wire, (reply: Stream) => Chunks>> = {
  anthropic: anthropicEvents,
  openai: openaiEvents,
  bedrock: bedrockEvents,
};

const SIGNATURE = "c2lnbmVk";

const NOTHING: RawUsage = { input: 0, output: 0 };

function wantsTools({ pieces, wantsTools: said }: Stream): boolean {
  return said ?? pieces.some((piece) => "call" in piece);
}

/** Splits so that a first piece of words can be shown alone. */
function halves(whole: string): readonly string[] {
  const at = Math.ceil(whole.length / 2);
  return [whole.slice(0, at), whole.slice(at)].filter((part) => part !== "");
}

function sse(type: string, data: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
}

/** The begin of the stream, then everything up to the first words of the first piece, then all else. */
function cutAtWords(begin: readonly Chunk[], pieces: readonly (readonly Chunk[])[], end: readonly Chunk[]): Chunks {
  const [first = [], ...others] = pieces;
  return { begin, words: first.slice(0, 2), rest: [...first.slice(2), ...others.flat(), ...end] };
}

function anthropicEvents(reply: Stream): Chunks {
  const { pieces, usage = NOTHING } = reply;
  const begin = sse("message_start", {
    message: {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "claude-sonnet-5",
      content: [],
      stop_reason: null,
      usage: {
        input_tokens: usage.input,
        cache_read_input_tokens: usage.cacheRead ?? 0,
        cache_creation_input_tokens: usage.cacheWrite ?? 0,
        output_tokens: 1,
      },
    },
  });
  const blocks = pieces.map((piece, index) => {
    if ("thought" in piece) {
      const delta = { type: "thinking_delta", thinking: piece.thought };
      return [
        sse("content_block_start", { index, content_block: { type: "thinking", thinking: "", signature: "" } }),
        sse("content_block_delta", { index, delta }),
        sse("content_block_delta", { index, delta: { type: "signature_delta", signature: SIGNATURE } }),
        sse("content_block_stop", { index }),
      ];
    }
    const [start, deltas] =
      "text" in piece
        ? [{ type: "text", text: "" }, halves(piece.text).map((part) => ({ type: "text_delta", text: part }))]
        : [
            { type: "tool_use", id: piece.call.id, name: piece.call.name, input: {} },
            halves(piece.call.json).map((part) => ({ type: "input_json_delta", partial_json: part })),
          ];
    return [
      sse("content_block_start", { index, content_block: start }),
      ...deltas.map((delta) => sse("content_block_delta", { index, delta })),
      sse("content_block_stop", { index }),
    ];
  });
  const end = [
    sse("message_delta", {
      delta: { stop_reason: reply.isCut ? "max_tokens" : wantsTools(reply) ? "tool_use" : "end_turn" },
      usage: { output_tokens: usage.output },
    }),
    sse("message_stop", {}),
  ];
  return cutAtWords([begin], blocks, end);
}

function openaiEvents({ pieces, usage = NOTHING, isCut }: Stream): Chunks {
  const blocks = pieces.map((piece, output_index) => {
    const item_id = `item_${String(output_index)}`;
    if ("thought" in piece) {
      const item = { id: item_id, type: "reasoning", encrypted_content: SIGNATURE };
      const summary = [{ type: "summary_text", text: piece.thought }];
      return [
        sse("response.output_item.added", { output_index, item: { ...item, summary: [] } }),
        sse("response.output_item.done", { output_index, item: { ...item, summary } }),
      ];
    }
    if ("text" in piece) {
      const item = { id: item_id, type: "message", role: "assistant" };
      return [
        sse("response.output_item.added", { output_index, item: { ...item, content: [] } }),
        ...halves(piece.text).map((delta) => sse("response.output_text.delta", { output_index, item_id, delta })),
        sse("response.output_item.done", {
          output_index,
          item: { ...item, content: [{ type: "output_text", text: piece.text, annotations: [] }] },
        }),
      ];
    }
    const item = { id: item_id, type: "function_call", call_id: piece.call.id, name: piece.call.name };
    return [
      sse("response.output_item.added", { output_index, item: { ...item, arguments: "" } }),
      ...halves(piece.call.json).map((delta) =>
        sse("response.function_call_arguments.delta", { output_index, item_id, delta }),
      ),
      sse("response.output_item.done", { output_index, item: { ...item, arguments: piece.call.json } }),
    ];
  });
  const { input, output, cacheRead = 0, cacheWrite = 0 } = usage;
  const end = sse(isCut ? "response.incomplete" : "response.completed", {
    response: {
      id: "resp_1",
      status: isCut ? "incomplete" : "completed",
      ...(isCut && { incomplete_details: { reason: "max_output_tokens" } }),
      output: [],
      usage: {
        input_tokens: input + cacheRead + cacheWrite,
        input_tokens_details: { cached_tokens: cacheRead, cache_write_tokens: cacheWrite },
        output_tokens: output,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: input + output + cacheRead + cacheWrite,
      },
    },
  });
  return cutAtWords([sse("response.created", { response: { id: "resp_1", status: "in_progress" } })], blocks, [end]);
}

function bedrockEvents(reply: Stream): Chunks {
  const { pieces, usage = NOTHING } = reply;
  const blocks = pieces.map((piece, contentBlockIndex) => {
    const stop = encodeEventStreamMessage("contentBlockStop", { contentBlockIndex });
    const delta = (what: object) => encodeEventStreamMessage("contentBlockDelta", { contentBlockIndex, delta: what });
    if ("text" in piece) {
      // Bedrock begins a text with its first words.
      const [first = "", ...others] = halves(piece.text);
      return [Buffer.concat([]), delta({ text: first }), ...others.map((part) => delta({ text: part })), stop];
    }
    if ("thought" in piece) {
      return [
        delta({ reasoningContent: { text: piece.thought } }),
        delta({ reasoningContent: { signature: SIGNATURE } }),
        stop,
      ];
    }
    const { id, name, json } = piece.call;
    return [
      encodeEventStreamMessage("contentBlockStart", {
        contentBlockIndex,
        start: { toolUse: { toolUseId: id, name } },
      }),
      ...halves(json).map((input) => delta({ toolUse: { input } })),
      stop,
    ];
  });
  const { input, output, cacheRead = 0, cacheWrite = 0 } = usage;
  const end = [
    encodeEventStreamMessage("messageStop", {
      stopReason: reply.isCut ? "max_tokens" : wantsTools(reply) ? "tool_use" : "end_turn",
    }),
    encodeEventStreamMessage("metadata", {
      usage: {
        inputTokens: input,
        outputTokens: output,
        cacheReadInputTokens: cacheRead,
        cacheWriteInputTokens: cacheWrite,
        totalTokens: input + output + cacheRead + cacheWrite,
      },
      metrics: { latencyMs: 1 },
    }),
  ];
  return cutAtWords([encodeEventStreamMessage("messageStart", { role: "assistant" })], blocks, end);
}

type RawError = Extract<RawReply, { readonly status: number }>;

/** What Bedrock calls its answers. */
const EXCEPTIONS: Readonly<Record<number, string>> = {
  400: "ValidationException",
  403: "AccessDeniedException",
  429: "ThrottlingException",
  500: "InternalServerException",
  503: "ServiceUnavailableException",
};

function errorHeaders(wire: Wire, { status }: RawError): Readonly<Record<string, string>> {
  const exception = EXCEPTIONS[status];
  return wire === "bedrock" && exception !== undefined ? { "x-amzn-errortype": exception } : {};
}

function errorBody(wire: Wire, { message = "no, sk-secret said the provider" }: RawError): string {
  if (wire === "bedrock") return JSON.stringify({ message });
  return JSON.stringify({ type: "error", error: { type: "some_error", message } });
}
