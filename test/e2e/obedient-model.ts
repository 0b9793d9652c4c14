/** A model that obeys: a message names an order, the model makes the calls of that order and tells what came of them. */
import { type ChatCompletionRequest, LLMock } from "@copilotkit/aimock";

export type OrderedCall = { readonly tool: string; readonly args: Readonly<Record<string, unknown>> };

/** A request that came to the model: for which order, and all that the model was told. */
export type RecordedRequest = { readonly order: string; readonly told: string };

/** Calls of one step; the agent takes 32. */
const CALLS_PER_STEP = 30;
/** Names an order in a message. */
const ORDER = /order-\w+/g;

export class ObedientModel {
  readonly requests: RecordedRequest[] = [];
  readonly #mock: LLMock;
  readonly #orders = new Map<string, readonly OrderedCall[]>();
  readonly #secrets: RegExp;

  private constructor(mock: LLMock, secrets: RegExp) {
    this.#mock = mock;
    this.#secrets = secrets;
  }

  /** Whatever matches `secrets` in the results of its calls, it repeats in its answer. */
  static async start(secrets: RegExp): Promise<ObedientModel> {
    const mock = new LLMock({ port: 0, host: "127.0.0.1", logLevel: "silent" });
    await mock.start();
    const model = new ObedientModel(mock, secrets);
    mock.on({ predicate: () => true }, (request: ChatCompletionRequest) => model.#obey(request));
    return model;
  }

  /** The settings that make an assistant use this model. */
  get variables() {
    return {
      AGENT_MODEL: "anthropic/claude-sonnet-5",
      ANTHROPIC_API_KEY: "test-model-key",
      ANTHROPIC_BASE_URL: this.#mock.url,
    };
  }

  /** What is to be done when a message names this order. */
  order(name: string, calls: readonly OrderedCall[]): void {
    this.#orders.set(`order-${name}`, calls);
  }

  async close(): Promise<void> {
    await this.#mock.stop();
  }

  #obey({ messages }: ChatCompletionRequest) {
    const at = messages.findLastIndex(({ role }) => role === "user");
    const order = JSON.stringify(messages[at]).match(ORDER)?.at(-1) ?? "none";
    this.requests.push({ order, told: JSON.stringify(messages) });
    const results = messages.slice(at + 1).filter(({ role }) => role === "tool");
    const calls = (this.#orders.get(order) ?? []).slice(results.length, results.length + CALLS_PER_STEP);
    if (calls.length > 0) {
      return { toolCalls: calls.map(({ tool, args }) => ({ name: tool, arguments: JSON.stringify(args) })) };
    }
    const found = new Set(JSON.stringify(results).match(this.#secrets));
    return { content: [`Done with ${order}, ${String(results.length)} calls.`, ...found].join(" ") };
  }
}
