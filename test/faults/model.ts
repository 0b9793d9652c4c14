/**
 * The model of the suite, on the wire of Anthropic: it answers with the ids of the messages that it was asked, in two
 * parts with a beginning and an end, so that a look at the chat tells whether an answer is there and whole.
 */
import { type ChatCompletionRequest, LLMock } from "@copilotkit/aimock";
import { idsIn } from "./chats.ts";

/** A message with this word makes the model write a file first. */
export const WITH_TOOL = "file";
/** A message with this word is answered in two parts. */
export const AT_LENGTH = "long";
/** Longer than one message of Telegram (4,096), so that the answer is sent in two. */
const FILLER = "and so on ".repeat(450).trim();

export type ModelOptions = {
  /** Thinking time of each call in ms, asked anew for each. */
  readonly delayMs: () => number;
};

export class FaultModel {
  readonly #mock: LLMock;
  readonly #options: ModelOptions;
  calls = 0;

  private constructor(mock: LLMock, options: ModelOptions) {
    this.#mock = mock;
    this.#options = options;
  }

  static async start(options: ModelOptions): Promise<FaultModel> {
    const mock = new LLMock({ port: 0, host: "127.0.0.1", logLevel: "silent" });
    const model = new FaultModel(mock, options);
    mock.on({ predicate: () => true }, (request) => model.#answer(request), { chunkSize: 200, latency: 1 });
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

  async close(): Promise<void> {
    await this.#mock.stop();
  }

  async #answer(request: ChatCompletionRequest) {
    this.calls += 1;
    await new Promise((resolve) => setTimeout(resolve, this.#options.delayMs()));
    const { asked, hasWritten } = sinceLastAnswer(request);
    const ids = idsIn(asked);
    if (asked.includes(WITH_TOOL) && !hasWritten) {
      const written = { path: `notes/${ids[0] ?? "none"}.md`, content: `${ids.join(" ")}\n` };
      return { content: "", toolCalls: [{ name: "write", arguments: JSON.stringify(written) }] };
    }
    return { content: answerTo(ids, asked.includes(AT_LENGTH)) };
  }
}

/** The answer to messages; `readAnswer` finds the ids again. */
function answerTo(ids: readonly string[], isLong: boolean): string {
  const named = ids.join(" ");
  return isLong ? `begin ${named}\n\n${FILLER}\n\nend ${named}` : `begin ${named} end ${named}`;
}

/** Which messages' answers begin and end in a text; an answer to steered messages has several of both. */
export function readAnswer(text: string): { readonly begun: readonly string[]; readonly ended: readonly string[] } {
  const idsAfter = (word: string) =>
    [...text.matchAll(new RegExp(`${word} ((?:ID\\d+x\\d+E ?)+)`, "g"))].flatMap(([, ids = ""]) => idsIn(ids));
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
