/** Events of a call that nobody has seen yet, so that nobody has to be told to forget them. */
import type { AssistantMessageEvent } from "@earendil-works/pi-ai";

export type Send = (event: AssistantMessageEvent) => void;

/** Pieces of the same block are joined: a long call of a tool has thousands. */
export class HeldEvents {
  readonly #send: Send;
  #held: AssistantMessageEvent[] | undefined = [];

  constructor(send: Send) {
    this.#send = send;
  }

  /** Whether events are passed on at once. */
  get isOpen(): boolean {
    return this.#held === undefined;
  }

  get events(): readonly AssistantMessageEvent[] {
    return this.#held ?? [];
  }

  push(event: AssistantMessageEvent): void {
    if (this.#held === undefined) {
      this.#send(event);
      return;
    }
    const last = this.#held.at(-1);
    const isMore =
      last !== undefined &&
      "delta" in event &&
      "delta" in last &&
      last.type === event.type &&
      last.contentIndex === event.contentIndex;
    if (isMore) this.#held[this.#held.length - 1] = { ...event, delta: last.delta + event.delta };
    else this.#held.push(event);
  }

  open(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const event of held) this.#send(event);
  }
}
