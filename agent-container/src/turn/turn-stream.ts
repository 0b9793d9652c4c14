/**
 * What a turn says to the edge: its text as it grows, what it has taken in, how it ends, and `ping` while it is quiet.
 * It says all of it once more to an edge that comes back.
 */
import { TURN_BOUNDS } from "../../../protocol/bounds.ts";
import type { Fence, InboundId, TurnId } from "../../../protocol/ids.ts";
import type { TurnEventBody } from "../../../protocol/turn-event.ts";
import type { TurnRecord } from "../agent/ledger.ts";
import type { LoopEvent } from "../agent/loop-events.ts";
import { messageOf } from "./answer.ts";
import { AnswerText, type Shown } from "./answer-text.ts";
import { type Subscriber, TurnLog } from "./turn-log.ts";

/** How a turn ends. */
export type Terminal = Extract<TurnEventBody, { kind: "final" | "error" }>;

export class TurnStream {
  readonly #log: TurnLog;
  readonly #ping: NodeJS.Timeout;
  #text = new AnswerText();
  /** The messages that the transcript of this turn holds; undefined until that is known. */
  #consumed: Set<InboundId> | undefined;
  #terminal: Terminal | undefined;
  /** Whether the edge was told which message the answer is a reply to. */
  #isAimed = false;

  /** `pingEveryMs` is what the edge wishes; `TURN_BOUNDS.pingEveryMs` at most. */
  constructor(turnId: TurnId, pingEveryMs: number) {
    this.#log = new TurnLog(turnId);
    const everyMs = Math.min(Math.max(pingEveryMs, 1), TURN_BOUNDS.pingEveryMs);
    this.#ping = setInterval(() => this.#log.emit({ kind: "ping" }), everyMs);
  }

  get isHeard(): boolean {
    return this.#log.hasSubscriber;
  }

  /** Closes the subscriber before and sends to this one from now on. */
  subscribe(subscriber: Subscriber, fence: Fence): void {
    this.#log.subscribe(subscriber, fence);
  }

  /** Forgets the subscriber if it is still this one. */
  unsubscribe(subscriber: Subscriber): void {
    this.#log.unsubscribe(subscriber);
  }

  /** Sends what followed `afterSeq`; where that is no longer here, and for 0, what there is in one. */
  catchUp(afterSeq: number, sayTotal: () => void = () => undefined): void {
    if (this.#log.replay(afterSeq)) return;
    this.accept();
    sayTotal();
    // The turn can be over but for its cleaning up.
    if (this.#terminal) this.#emitTerminal(this.#terminal);
    else this.#emitSnapshot();
  }

  /** The turn is in the ledger. */
  accept(): void {
    this.#emit({ kind: "accepted" });
  }

  /** The turn is in the ledger, as a new one with these messages. */
  begin(ids: readonly InboundId[]): void {
    this.#consumed = new Set(ids);
    this.accept();
  }

  /** Takes up what the ledger has of the turn; nothing of it is shown before the end. */
  recall(record: TurnRecord): void {
    this.#text = AnswerText.from(record.blocks);
    this.#consumed = new Set(record.consumed);
    this.accept();
  }

  /** Takes up what the ledger has of the turn, and shows it. */
  goOn(record: TurnRecord): void {
    this.recall(record);
    this.#emitSnapshot();
  }

  /** Passes on what happens in the loop. */
  hear(event: LoopEvent): void {
    switch (event.kind) {
      case "text":
        this.#show(this.#text.append(event.piece));
        return;
      case "block_end":
        this.#show(this.#text.endBlock());
        return;
      case "settled":
        this.#show(this.#text.settle());
        return;
      case "void":
        this.#forget();
        return;
      case "consumed":
        this.#consumed?.add(event.id);
        return;
      case "tool":
      case "usage":
        this.#emit(event);
        return;
    }
  }

  /** The turn is over: nothing new is said after this, but an edge that comes back is told. */
  end(terminal: Terminal): void {
    this.#terminal = terminal;
    this.#emitTerminal(terminal);
    clearInterval(this.#ping);
  }

  /** Ends the stream of the subscriber. */
  close(): void {
    this.#log.close();
  }

  #show({ text, isAnew }: Shown): void {
    const isAimed = this.#replyTo !== undefined && !this.#isAimed;
    if (isAnew || (isAimed && text !== "")) this.#emitSnapshot();
    else if (text !== "") this.#emit({ kind: "delta", text });
  }

  /** The message that the answer is a reply to, as far as its words tell. */
  get #replyTo(): InboundId | undefined {
    return messageOf(this.#text.asides.replyTo, [...(this.#consumed ?? [])]);
  }

  /** What the broken try showed is taken back. */
  #forget(): void {
    const shown = this.#text.text;
    this.#text.rollBack();
    if (this.#text.text !== shown) this.#emitSnapshot();
  }

  #emitSnapshot(): void {
    const consumed = this.#consumed && [...this.#consumed];
    const replyTo = this.#replyTo;
    this.#isAimed = replyTo !== undefined;
    const known = { ...(consumed && { consumed }), ...(replyTo !== undefined && { replyTo }) };
    this.#emit({ kind: "snapshot", text: this.#text.text, ...known });
  }

  /** An end without an answer says before it what there is: finished text, and messages that were taken in. */
  #emitTerminal(terminal: Terminal): void {
    const isOurs = terminal.kind === "error" && terminal.code !== "fence_lost";
    if (isOurs && this.#consumed !== undefined) {
      this.#text.rollBack();
      this.#emitSnapshot();
    }
    this.#emit(terminal);
  }

  #emit(body: TurnEventBody): void {
    this.#log.emit(body);
    this.#ping.refresh();
  }
}
