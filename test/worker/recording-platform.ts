/** A chat platform that fails as a script of numbers says, and keeps its own record of what it was sent and showed. */
import { OUTBOUND_BOUNDS } from "../../protocol/bounds.ts";
import { ChannelError, type ChannelErrorCode } from "../../protocol/errors.ts";
import type { Outbound, Receipt, ReplyAddress } from "../../protocol/outbound.ts";
import { ok } from "../../protocol/result.ts";
import type { OpenChannel } from "../../worker/channels/registry.ts";

/** What one call does: shown or not, and what the caller hears. `crash`: the caller dies while it waits. */
type Outcome = { readonly shown: boolean; readonly heard: "receipt" | "crash" | ChannelErrorCode | "other_error" };

const OUTCOMES: readonly Outcome[] = [
  { shown: true, heard: "receipt" },
  { shown: true, heard: "receipt" },
  { shown: true, heard: "receipt" },
  { shown: false, heard: "channel_refused" },
  { shown: false, heard: "channel_rate_limited" },
  { shown: false, heard: "channel_unreachable" },
  { shown: false, heard: "channel_outcome_unknown" },
  { shown: true, heard: "channel_outcome_unknown" },
  { shown: true, heard: "other_error" },
  { shown: false, heard: "crash" },
  { shown: true, heard: "crash" },
];

type Part = {
  readonly markdown: string;
  shown: number;
  /** Calls of which the caller cannot know whether they were carried out. */
  doubts: number;
  isReceived: boolean;
  notBefore: number;
};

export class RecordingPlatform {
  readonly problems: string[] = [];
  /** Delivery ids in the order in which they were shown first. */
  readonly screen: string[] = [];
  readonly channel: OpenChannel;
  readonly #parts = new Map<string, Part>();
  #script: number[] = [];
  #onHang: () => void = () => undefined;

  readonly #isIdempotent: boolean;

  constructor(isIdempotent: boolean) {
    this.#isIdempotent = isIdempotent;
    this.channel = {
      id: "telegram",
      limits: {
        textMax: 60,
        linesMax: null,
        captionMax: 60,
        filesMax: 10,
        fileMaxBytes: 1_000,
        showsButtons: true,
        overheardMax: 50,
        previewMode: () => "none",
        previewEveryMs: () => 0,
        busyEveryMs: 4_500,
        sendIsIdempotent: () => isIdempotent,
        rates: null,
      },
      receive: async () => ok({ kind: "ignore", why: "nobody calls this" }),
      preview: async () => ({ shownText: "" }),
      download: () => Promise.reject(new Error("nobody calls this")),
      acknowledge: () => Promise.resolve(),
      send: (to, message) => this.#send(to, message),
    };
  }

  /** What the next calls do; after that all succeed. `onHang` is called when the caller has to die. */
  plan(script: readonly number[], onHang: () => void): void {
    this.#script = [...script];
    this.#onHang = onHang;
  }

  shownTimes(deliveryId: string): number {
    return this.#parts.get(deliveryId)?.shown ?? 0;
  }

  doubts(deliveryId: string): number {
    return this.#parts.get(deliveryId)?.doubts ?? 0;
  }

  /** The caller died while it had not stored how its last call ended: it can only be in doubt. */
  forgetUnstored(isUnstored: (deliveryId: string) => boolean): void {
    for (const [id, part] of this.#parts) {
      if (!isUnstored(id)) continue;
      part.isReceived = false;
      part.notBefore = 0;
      part.doubts += 1;
    }
  }

  async #send(_to: ReplyAddress, { deliveryId, markdown }: Outbound): Promise<Receipt> {
    const part = this.#parts.get(deliveryId) ?? { markdown, shown: 0, doubts: 0, isReceived: false, notBefore: 0 };
    this.#parts.set(deliveryId, part);
    if (part.markdown !== markdown) this.problems.push(`${deliveryId} changed its text`);
    if (part.isReceived) this.problems.push(`${deliveryId} was sent again after its receipt`);
    if (Date.now() < part.notBefore) this.problems.push(`${deliveryId} was sent before Retry-After was over`);
    const choice = this.#script.shift() ?? 0;
    const { shown, heard } = OUTCOMES[choice % OUTCOMES.length] ?? { shown: true, heard: "receipt" };
    if (shown) this.#show(deliveryId, part);
    return this.#answer(deliveryId, part, heard, choice);
  }

  #show(deliveryId: string, part: Part): void {
    if (part.shown === 0) this.screen.push(deliveryId);
    if (part.shown === 0 || !this.#isIdempotent) part.shown += 1;
  }

  #answer(deliveryId: string, part: Part, heard: Outcome["heard"], choice: number): Promise<Receipt> {
    if (heard === "receipt") {
      part.isReceived = true;
      return Promise.resolve({ messageId: `shown-${deliveryId}` });
    }
    if (heard === "crash" || heard === "other_error" || heard === "channel_outcome_unknown") part.doubts += 1;
    if (heard === "other_error") return Promise.reject(new TypeError("a bug in the channel"));
    if (heard === "crash") {
      this.#onHang();
      return Promise.withResolvers<Receipt>().promise;
    }
    const retryAfterMs = choice % 2 === 0 ? undefined : choice % OUTBOUND_BOUNDS.retryAfterMaxMs;
    if (heard === "channel_rate_limited") part.notBefore = Date.now() + (retryAfterMs ?? 0);
    const options = retryAfterMs !== undefined && heard === "channel_rate_limited" ? { retryAfterMs } : {};
    return Promise.reject(new ChannelError(heard, { channel: "telegram", method: "send" }, "no", options));
  }
}
