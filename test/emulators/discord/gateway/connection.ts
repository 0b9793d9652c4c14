/** One web socket of a client: what is written to it and withheld from it, how often it sends, and how it ends. */
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { CLOSE_GRACE_MS, SENDS_MAX, SENDS_WINDOW_MS, SILENCE_INTERVALS, SLACK_MS } from "./bounds.ts";
import type { Clock } from "./clock.ts";
import { type CloseCode, reasonOf } from "./codes.ts";
import { messageIdOf } from "./event.ts";
import type { ListenerName, Log, SeenConnection } from "./log.ts";
import type { Session } from "./session.ts";

export type ConnectionParts = {
  readonly id: number;
  readonly listener: ListenerName;
  readonly web: WebSocket;
  readonly tcp: Duplex;
};

export class Connection {
  readonly id: number;
  readonly listener: ListenerName;
  readonly seen: SeenConnection;
  /** Null until IDENTIFY or RESUME, and after an op 9. */
  session: Session | null = null;
  /** Op 1 was sent, and nothing has come back yet. */
  isAskedForHeartbeat = false;
  /** The last heartbeat got no answer. */
  isUnacked = false;
  withheldAcks = 0;
  /** The server ends it, or has ended it. */
  isClosing = false;
  /** Half open: nothing is read from it nor written to it any more. */
  isStalled = false;
  readonly #web: WebSocket;
  readonly #tcp: Duplex;
  readonly #clock: Clock;
  readonly #log: Log;
  #sends: number[] = [];
  #cancelSilence: () => void = () => {};
  #closedWith: CloseCode | null = null;
  #written = 0;
  #replayTo = 0;

  constructor({ id, listener, web, tcp }: ConnectionParts, clock: Clock, log: Log) {
    this.id = id;
    this.listener = listener;
    this.#web = web;
    this.#tcp = tcp;
    this.#clock = clock;
    this.#log = log;
    this.seen = { id, listener, at: clock.now(), closed: null };
    log.connections.push(this.seen);
  }

  /** Nobody has begun to close it. */
  get isOpen(): boolean {
    return !this.isClosing && this.#web.readyState === this.#web.OPEN;
  }

  send(payload: object): void {
    if (this.isOpen && !this.isStalled) this.#web.send(JSON.stringify(payload));
  }

  /** From which number on the dispatches of its session are written, and up to which they are repeats. */
  carry(session: Session, after: number, replayTo: number): void {
    this.session = session;
    session.connection = this;
    this.#written = after;
    this.#replayTo = replayTo;
  }

  /** Writes the dispatches of its session that were not written to it yet. */
  flush(): void {
    const { session } = this;
    if (!session || !this.isOpen || this.isStalled) return;
    for (const kept of session.after(this.#written)) {
      this.#written = kept.s;
      const isReplay = kept.s <= this.#replayTo;
      // A client knows these two of its session already.
      if (isReplay && (kept.t === "READY" || kept.t === "RESUMED")) continue;
      this.send({ op: 0, t: kept.t, s: kept.s, d: kept.d });
      if (kept.tracked) kept.tracked.isWritten = true;
      this.#log.sent.push({
        at: this.#clock.now(),
        connection: this.id,
        sessionId: session.id,
        s: kept.s,
        t: kept.t,
        messageId: kept.tracked && messageIdOf(kept.tracked.event),
        isReplay,
      });
    }
  }

  /** Counts what it sends; false when it is too much. */
  countSend(): boolean {
    const now = this.#clock.now();
    const since = now - this.#clock.scaled(SENDS_WINDOW_MS);
    this.#sends = [...this.#sends.filter((at) => at > since), now];
    return this.#sends.length <= SENDS_MAX;
  }

  /** Ends it when no heartbeat comes in time; every heartbeat calls this again. */
  expectHeartbeat(intervalMs: number): void {
    this.#cancelSilence();
    const silent = (): void => {
      if (!this.isOpen) return;
      this.#log.violation(this.id, "missing_heartbeat");
      this.close();
    };
    this.#cancelSilence = this.#clock.after(intervalMs * SILENCE_INTERVALS, silent, SLACK_MS);
  }

  /** Closes it by a code, or without one. */
  close(code?: CloseCode): void {
    if (!this.isOpen) return;
    this.isClosing = true;
    this.#cancelSilence();
    if (code === undefined) this.#web.close();
    else this.#web.close(code, reasonOf(code));
    this.#closedWith = code ?? null;
    this.#clock.after(0, () => this.#tcp.destroy(), CLOSE_GRACE_MS);
  }

  /** The network takes it away; `isReset`: with what was still on its way. */
  drop(isReset = false): void {
    this.isClosing = true;
    this.#cancelSilence();
    if (isReset && "resetAndDestroy" in this.#tcp && typeof this.#tcp.resetAndDestroy === "function") {
      this.#tcp.resetAndDestroy();
    } else this.#tcp.destroy();
  }

  stall(): void {
    this.isStalled = true;
    this.#cancelSilence();
    this.#web.pause();
  }

  /** Its web socket has ended. */
  ended(code: number): void {
    this.#cancelSilence();
    const by = this.isClosing ? "server" : "client";
    this.seen.closed ??= { at: this.#clock.now(), by, code: this.#closedWith ?? code };
  }
}
