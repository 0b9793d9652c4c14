/** The events of a live turn: numbered, kept for an edge that comes back, sent to the one subscriber there is. */
import { RUNTIME_BOUNDS } from "../../../protocol/bounds.ts";
import type { Fence, TurnId } from "../../../protocol/ids.ts";
import type { TurnEvent, TurnEventBody } from "../../../protocol/turn-event.ts";

/** Who reads the turn. Both calls are cheap and never throw. */
export interface Subscriber {
  send(event: TurnEvent): void;
  /** The stream ends here: after `final` or `error`, or because another subscriber took over. */
  close(): void;
}

export class TurnLog {
  readonly turnId: TurnId;
  readonly #kept: { readonly seq: number; readonly body: TurnEventBody }[] = [];
  #keptChars = 0;
  #seq = 0;
  #subscriber: { readonly to: Subscriber; readonly fence: Fence } | undefined;

  constructor(turnId: TurnId) {
    this.turnId = turnId;
  }

  get hasSubscriber(): boolean {
    return this.#subscriber !== undefined;
  }

  /** Numbers an event and sends it. */
  emit(body: TurnEventBody): void {
    this.#seq += 1;
    this.#kept.push({ seq: this.#seq, body });
    this.#keptChars += charsOf(body);
    this.#letGo();
    this.#send(this.#seq, body);
  }

  /** Closes the subscriber before and sends to this one from now on. */
  subscribe(to: Subscriber, fence: Fence): void {
    this.#subscriber?.to.close();
    this.#subscriber = { to, fence };
  }

  /** Sends again what followed `afterSeq`. False, having sent nothing, when that is no longer or was never here. */
  replay(afterSeq: number): boolean {
    const first = this.#kept[0]?.seq ?? this.#seq + 1;
    if (afterSeq === 0 || afterSeq < first - 1 || afterSeq > this.#seq) return false;
    for (const { seq, body } of this.#kept) if (seq > afterSeq) this.#send(seq, body);
    return true;
  }

  /** Forgets the subscriber if it is still this one: its connection is gone, the turn goes on. */
  unsubscribe(to: Subscriber): void {
    if (this.#subscriber?.to === to) this.#subscriber = undefined;
  }

  /** Ends the stream of the subscriber. */
  close(): void {
    this.#subscriber?.to.close();
    this.#subscriber = undefined;
  }

  /** The newest event stays, however large. */
  #letGo(): void {
    const { eventsKeptMax, eventsKeptMaxChars } = RUNTIME_BOUNDS;
    while (this.#kept.length > eventsKeptMax || (this.#kept.length > 1 && this.#keptChars > eventsKeptMaxChars)) {
      const oldest = this.#kept.shift();
      if (oldest !== undefined) this.#keptChars -= charsOf(oldest.body);
    }
  }

  #send(seq: number, body: TurnEventBody): void {
    if (this.#subscriber === undefined) return;
    const { to, fence } = this.#subscriber;
    to.send({ ...body, turnId: this.turnId, fence, seq });
  }
}

function charsOf(body: TurnEventBody): number {
  return "text" in body ? body.text.length : 0;
}
