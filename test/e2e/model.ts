/** The model of the end-to-end tests: aimock on the wire of Anthropic, with answers that a test decides. */
import { type ChatCompletionRequest, LLMock } from "@copilotkit/aimock";
import { WireTap } from "./wire-tap.ts";

/** What the model says to a request; a promise keeps it thinking. */
export type Reply = string | Promise<string>;

/** A message with this word is answered piece by piece, a tenth of a second apart. */
export const SLOWLY = "slowly";

/** A message with this word is answered in large pieces, a tenth of a second apart. */
export const STEADILY = "steadily";

/** What each request is said to have taken, in Anthropic's words. */
const USAGE = { input_tokens: 1_234, output_tokens: 56 } as const;

export class Model {
  readonly #mock: LLMock;
  readonly #tap: WireTap;
  readonly #asked: string[] = [];
  /** The newest request as JSON: all that the model was told. */
  lastRequest = "";
  #reply: (text: string) => Reply = (text) => `You said: ${spoken(text)}`;

  private constructor(mock: LLMock, tap: WireTap) {
    this.#mock = mock;
    this.#tap = tap;
  }

  static async start(): Promise<Model> {
    const mock = new LLMock({ port: 0, host: "127.0.0.1", logLevel: "silent" });
    await mock.start();
    const model = new Model(mock, await WireTap.start(mock.url));
    const reply = async (request: ChatCompletionRequest) => {
      const text = lastWords(request);
      model.lastRequest = JSON.stringify(request.messages);
      model.#asked.push(text);
      return { content: await model.#reply(text), usage: USAGE };
    };
    const isSlow = (request: ChatCompletionRequest) => lastWords(request).includes(SLOWLY);
    const isSteady = (request: ChatCompletionRequest) => lastWords(request).includes(STEADILY);
    mock.on({ predicate: isSlow }, reply, { chunkSize: 10, latency: 100 });
    mock.on({ predicate: isSteady }, reply, { chunkSize: 250, latency: 100 });
    mock.on({ predicate: () => true }, reply);
    return model;
  }

  /** The settings that make an assistant use this model. */
  get variables() {
    return {
      AGENT_MODEL: "anthropic/claude-sonnet-5",
      ANTHROPIC_API_KEY: "test-model-key",
      ANTHROPIC_BASE_URL: this.#tap.url,
    };
  }

  /** The newest request as it went over the wire, pictures included. */
  get lastBody(): string {
    return this.#tap.bodies.at(-1) ?? "";
  }

  /** Whether any request so far has held a text, wherever in it. */
  hasHeard(text: string): boolean {
    const json = JSON.stringify(text).slice(1, -1);
    return this.#tap.bodies.some((body) => body.includes(json));
  }

  /** The last words of the person in each request, in order. */
  get asked(): readonly string[] {
    return this.#asked;
  }

  /** Decides all answers from now on. */
  answer(reply: (text: string) => Reply): void {
    this.#reply = reply;
  }

  /** Keeps the model thinking until the returned function is called with its answer. */
  hold(): (answer: string) => void {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#reply = () => promise;
    return resolve;
  }

  async close(): Promise<void> {
    await this.#tap.close();
    await this.#mock.stop();
  }
}

/** What a person said, without the facts before it: those would be taken out of an answer. */
function spoken(text: string): string {
  return (text.split("```").at(-1) ?? text).trim();
}

function lastWords(request: ChatCompletionRequest): string {
  const message = request.messages.findLast(({ role }) => role === "user");
  const { content } = message ?? {};
  if (typeof content === "string") return content;
  return (content ?? []).map((part) => ("text" in part ? part.text : "")).join("\n");
}
