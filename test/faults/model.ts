/**
 * The model of the suite, on the wire of Anthropic: it answers with the ids of the messages that it was asked, in two
 * parts with a beginning and an end, so that a look at the chat tells whether an answer is there and whole.
 */
import { type ChatCompletionRequest, LLMock } from "@copilotkit/aimock";
import { chatOfId, idsIn } from "./chats.ts";

/** A message with this word makes the model write a file first. */
export const WITH_TOOL = "file";
/** A message with one of these words is answered in two parts, on Telegram and on Discord. */
export const AT_LENGTH = "long";
export const AT_HALF_LENGTH = "half";
/** Messages with one of these words are answered in about 2 s and 8 s, if at length. */
export const SLOWLY = "slowly";
export const AT_LEISURE = "leisurely";
const SLOW_CHUNK_MS = 80;
const LEISURELY_CHUNK_MS = 300;
/** Longer than one message of Telegram (4,096), so that the answer is sent in two. */
export const FILLER = "and so on ".repeat(450).trim();
/** Longer than one message of Discord (2,000), and no longer than two. */
export const HALF_FILLER = "or so it goes ".repeat(250).trim();

/** What a call of the model meets: an error of its provider, or a stream that breaks off. */
export type ModelFault = { readonly kind: "status"; readonly status: number } | { readonly kind: "cut" };

export type ModelOptions = {
  /** Thinking time of each call in ms, asked anew for each. */
  readonly delayMs: () => number;
};

export class FaultModel {
  readonly #mock: LLMock;
  readonly #options: ModelOptions;
  readonly #faults = new Map<number, ModelFault>();
  /** Ids that stood twice in what one call was asked: their work would be done twice. */
  readonly readTwice = new Set<string>();
  calls = 0;
  /** Calls that wait for `letGo`. */
  held = 0;
  readonly #callsAbout = new Map<string, number>();
  #gate: PromiseWithResolvers<void> | null = null;

  private constructor(mock: LLMock, options: ModelOptions) {
    this.#mock = mock;
    this.#options = options;
  }

  static async start(options: ModelOptions): Promise<FaultModel> {
    const mock = new LLMock({ port: 0, host: "127.0.0.1", logLevel: "silent" });
    const model = new FaultModel(mock, options);
    const meets = (kind: ModelFault["kind"]) => (request: ChatCompletionRequest) =>
      model.#faultOf(request)?.kind === kind;
    const answer = (request: ChatCompletionRequest) => model.#answer(request);
    mock.on({ predicate: meets("status") }, (request) => model.#refuse(request));
    mock.on({ predicate: meets("cut") }, answer, { chunkSize: 20, latency: 1, truncateAfterChunks: 1 });
    for (const [word, latency] of [
      [AT_LEISURE, LEISURELY_CHUNK_MS],
      [SLOWLY, SLOW_CHUNK_MS],
    ] as const) {
      const isAsked = (request: ChatCompletionRequest) => sinceLastAnswer(request).asked.includes(word);
      mock.on({ predicate: isAsked }, answer, { chunkSize: 200, latency });
    }
    mock.on({ predicate: () => true }, answer, { chunkSize: 200, latency: 1 });
    await mock.start();
    return model;
  }

  get variables() {
    return {
      AGENT_MODEL: "anthropic/claude-sonnet-5",
      ANTHROPIC_API_KEY: "the-fault-suite-s-model-key",
      ANTHROPIC_BASE_URL: this.#mock.url,
    };
  }

  /** How often it was asked something with a message among what was said last. */
  callsAbout(id: string): number {
    return this.#callsAbout.get(id) ?? 0;
  }

  /** Calls after a tool wait from now on, but for those that are answered slowly or at leisure. */
  hold(): void {
    this.#gate ??= Promise.withResolvers();
  }

  /** They go on, and nothing waits any more. */
  letGo(): void {
    this.#gate?.resolve();
    this.#gate = null;
  }

  /** The next call that is about a chat meets a fault. */
  fail(chat: number, fault: ModelFault): void {
    this.#faults.set(chat, fault);
  }

  /** Calls off what no call has met. */
  heal(): void {
    this.#faults.clear();
  }

  /** Faults that no call has met. */
  get faultsLeft(): number {
    return this.#faults.size;
  }

  async close(): Promise<void> {
    await this.#mock.stop();
  }

  #faultOf(request: ChatCompletionRequest): ModelFault | undefined {
    const [id] = idsIn(sinceLastAnswer(request).asked);
    return id === undefined ? undefined : this.#faults.get(chatOfId(id));
  }

  #refuse(request: ChatCompletionRequest): Refusal {
    const fault = this.#faultOf(request);
    for (const id of idsIn(sinceLastAnswer(request).asked)) this.#faults.delete(chatOfId(id));
    const status = fault?.kind === "status" ? fault.status : 500;
    return { error: { message: "emulated fault", type: "api_error" }, status };
  }

  async #answer(request: ChatCompletionRequest) {
    this.calls += 1;
    await new Promise((resolve) => setTimeout(resolve, this.#options.delayMs()));
    const { asked, hasWritten } = sinceLastAnswer(request);
    const ids = idsIn(asked);
    for (const id of ids) if (asked.split(id).length > 2) this.readTwice.add(id);
    for (const id of ids) this.#faults.delete(chatOfId(id));
    for (const id of ids) this.#callsAbout.set(id, this.callsAbout(id) + 1);
    if (hasWritten && this.#gate && ![SLOWLY, AT_LEISURE].some((word) => asked.includes(word))) {
      this.held += 1;
      await this.#gate.promise;
      this.held -= 1;
    }
    if (asked.includes(WITH_TOOL) && !hasWritten) {
      const written = { path: `notes/${ids[0] ?? "none"}.md`, content: `${ids.join(" ")}\n` };
      return { content: "", toolCalls: [{ name: "write", arguments: JSON.stringify(written) }] };
    }
    return { content: answerTo(ids, fillerOf(asked)), usage: USAGE };
  }
}

/** What each call says it took. */
const USAGE = { prompt_tokens: 1_234, completion_tokens: 56 };

/** An error in the form of Anthropic's API. */
type Refusal = { readonly error: { readonly message: string; readonly type: string }; readonly status: number };

/** The answer to messages; `readAnswer` finds the ids again. */
function answerTo(ids: readonly string[], filler: string | null): string {
  const named = ids.join(" ");
  return filler === null ? `begin ${named} end ${named}` : `begin ${named}\n\n${filler}\n\nend ${named}`;
}

function fillerOf(asked: string): string | null {
  if (asked.includes(AT_LENGTH)) return FILLER;
  return asked.includes(AT_HALF_LENGTH) ? HALF_FILLER : null;
}

/** Which messages' answers begin and end in a text; an answer to steered messages has several of both. */
export function readAnswer(text: string): { readonly begun: readonly string[]; readonly ended: readonly string[] } {
  const idsAfter = (word: string) =>
    [...text.matchAll(new RegExp(`${word} ((?:ID-?\\d+x\\d+E ?)+)`, "g"))].flatMap(([, ids = ""]) => idsIn(ids));
  return { begun: idsAfter("begin"), ended: idsAfter("end") };
}

/** What people wrote since the model last answered, and whether it has written its file since. */
function sinceLastAnswer({ messages }: ChatCompletionRequest): {
  readonly asked: string;
  readonly hasWritten: boolean;
} {
  const asked: string[] = [];
  let hasWritten = false;
  for (const message of messages.toReversed()) {
    if (message.role === "assistant" && !message.tool_calls?.length) break;
    if (message.role === "tool") hasWritten = true;
    if (message.role !== "user") continue;
    const { content } = message;
    asked.unshift(typeof content === "string" ? content : JSON.stringify(content));
  }
  return { asked: asked.join("\n"), hasWritten };
}
