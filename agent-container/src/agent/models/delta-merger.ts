/**
 * Joins the tiny pieces of a fast model: every piece costs pi a copy of the whole message so far. The first piece goes
 * out at once, those right behind it together.
 */
import type { AssistantMessageEvent } from "@earendil-works/pi-ai";
import { LOOP_BOUNDS } from "../bounds.ts";

type Delta = Extract<AssistantMessageEvent, { readonly delta: string }>;

export class DeltaMerger {
  readonly #send: (event: AssistantMessageEvent) => void;
  #held: Delta | undefined;
  /** Runs while a piece was sent so recently that the next one is held. */
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (event: AssistantMessageEvent) => void) {
    this.#send = send;
  }

  /** Sends the event, now or soon; the order stays. */
  push(event: AssistantMessageEvent): void {
    const held = this.#held;
    if (!("delta" in event)) {
      this.#flush();
      this.#send(event);
    } else if (held?.type === event.type && held.contentIndex === event.contentIndex) {
      this.#held = { ...event, delta: held.delta + event.delta };
    } else {
      this.#flush();
      this.#held = event;
      if (this.#timer === undefined) this.#beat();
    }
  }

  /** Sends what is held; nothing may be pushed afterwards. */
  close(): void {
    clearTimeout(this.#timer);
    this.#flush();
  }

  #beat(): void {
    this.#timer = undefined;
    if (this.#held === undefined) return;
    this.#flush();
    this.#timer = setTimeout(() => {
      this.#beat();
    }, LOOP_BOUNDS.mergeDeltasMs);
  }

  #flush(): void {
    if (this.#held !== undefined) this.#send(this.#held);
    this.#held = undefined;
  }
}
