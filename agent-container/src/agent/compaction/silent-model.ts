/** Calls of the model that nobody sees: notes and summaries. They take the same candidates as the turn, and are counted. */
import { BACKGROUND_CONTEXT, generateSummaryWithUsage, withAbortSignal } from "@earendil-works/pi-agent-core";
import {
  type AssistantMessage,
  contentText,
  createModels,
  isContextOverflow,
  type Models,
} from "@earendil-works/pi-ai";
import { type Failover, streamWithFailover } from "../models/failover.ts";
import { TURN_MODEL } from "../models/turn-models.ts";
import { COMPACTION_BOUNDS } from "./bounds.ts";
import { FLUSH_REQUEST, FLUSH_SYSTEM } from "./instructions.ts";
import { type Piece, textOf } from "./pieces.ts";
import { settingsOf } from "./window.ts";

/** What came of a call. */
export type Said =
  | { readonly kind: "said"; readonly text: string }
  /** The request was too long for the model. */
  | { readonly kind: "too_long" }
  | { readonly kind: "failed" };

/** What a call was for. */
export type SilentCall = "notes" | "summary";

export type SilentModelOptions = {
  readonly failover: Failover;
  readonly signal: AbortSignal;
  /** Called before each call. */
  readonly settle: () => Promise<void>;
  /** Called with each answer that cost something. */
  readonly count: (message: AssistantMessage, call: SilentCall) => Promise<void>;
};

export class SilentModel {
  readonly #options: SilentModelOptions;
  readonly #windowTokens: number;

  constructor(options: SilentModelOptions) {
    this.#options = options;
    this.#windowTokens = options.failover.candidates[0].model.contextWindow;
  }

  /** Notes about a piece of the conversation. */
  note(piece: Piece): Promise<Said> {
    const content = `<conversation>\n${textOf(piece)}\n</conversation>\n\n${FLUSH_REQUEST}`;
    return this.#call("notes", async (models, signal) => {
      const message = await models.completeSimple(
        TURN_MODEL,
        { systemPrompt: FLUSH_SYSTEM, messages: [{ role: "user", content, timestamp: Date.now() }] },
        { maxTokens: COMPACTION_BOUNDS.notesTokens, cacheRetention: "none", signal },
      );
      return contentText(message.content);
    });
  }

  /** A summary of a piece that goes on from an earlier one, by pi's own request. */
  sumUp(piece: Piece, before: string | undefined, focus: string): Promise<Said> {
    const model = { ...TURN_MODEL, contextWindow: this.#windowTokens, maxTokens: this.#outputMax() };
    const { reserveTokens } = settingsOf(this.#windowTokens);
    return this.#call("summary", async (models, signal) => {
      const context = withAbortSignal(signal, BACKGROUND_CONTEXT);
      const messages = [...piece];
      const [thinking, retry, callbacks] = [undefined, undefined, undefined];
      const summary = await generateSummaryWithUsage(
        ...([messages, models, model, reserveTokens, focus, before, thinking, retry, callbacks, context] as const),
      );
      return summary.ok ? summary.value.text : "";
    });
  }

  async #call(call: SilentCall, ask: (models: Models, signal: AbortSignal) => Promise<string>): Promise<Said> {
    const { settle, count, signal } = this.#options;
    await settle();
    const limit = AbortSignal.any([signal, AbortSignal.timeout(COMPACTION_BOUNDS.callTimeoutMs)]);
    let last: AssistantMessage | undefined;
    const text = await ask(
      this.#models((message) => {
        last = message;
      }),
      limit,
    );
    if (last === undefined || signal.aborted) return { kind: "failed" };
    if (last.usage.totalTokens > 0) await count(last, call);
    if (isContextOverflow(last, this.#windowTokens)) return { kind: "too_long" };
    const isFailed = last.stopReason === "error" || last.stopReason === "aborted" || text.trim() === "";
    return isFailed ? { kind: "failed" } : { kind: "said", text: text.trim() };
  }

  /** The smallest output limit that a candidate has; 0: none is known. */
  #outputMax(): number {
    const limits = this.#options.failover.candidates.map(({ model }) => model.maxTokens).filter((most) => most > 0);
    return limits.length === 0 ? 0 : Math.min(...limits);
  }

  /** The candidates of the turn as pi's models. No text is cut to fit here: a piece that is too long is halved instead. */
  #models(heard: (message: AssistantMessage) => void): Models {
    const { failover } = this.#options;
    const models = createModels();
    const answer = (...[context, options]: [Parameters<typeof streamWithFailover>[1], object]) => {
      const stream = streamWithFailover({ ...failover, isSilent: true }, context, options);
      void stream.result().then(heard);
      return stream;
    };
    models.setProvider({
      id: TURN_MODEL.provider,
      name: TURN_MODEL.name,
      auth: { apiKey: { name: "none", resolve: () => Promise.resolve({ auth: {} }) } },
      getModels: () => [{ ...TURN_MODEL, contextWindow: this.#windowTokens }],
      stream: (_model, context) => answer(context, {}),
      streamSimple: (_model, context, options = {}) => answer(context, options),
    });
    return models;
  }
}
