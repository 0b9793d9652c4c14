/**
 * One message over `/web/socket`, from its first send to the last part of its answer. The message has an id of its
 * own, so it is simply sent again on a new socket when the old one breaks: it is never run twice.
 */
import { setTimeout as pause } from "node:timers/promises";
import { assertNever } from "../protocol/assert.ts";
import { backoffMs } from "../protocol/backoff.ts";
import type { ClientFrame, ServerFrame } from "../protocol/web-frame.ts";
import { readFrame } from "./web-frames.ts";

export type Question = {
  readonly url: string;
  readonly token: string;
  readonly id: string;
  readonly text: string;
  readonly timeoutMs: number;
  /** The highest number that was seen before; what was sent since comes first. Absent: only what is sent from now on. */
  readonly afterSeq?: number;
  /** Called with more of the growing answer, or with all of it when `reset`. */
  onDelta(text: string, reset: boolean): void;
  /** Called once for each notice of the assistant, which answers nobody's message, and each late answer. */
  onNotice(text: string, seq: number): void;
  /** Whether an answer to these messages is waited for by nobody any more, and is shown as a notice. */
  isLate?(ids: readonly string[]): boolean;
};

export type Outcome =
  /** `failed`: it could not be answered, and the text says why. */
  | { readonly kind: "answered"; readonly text: string; readonly seq: number; readonly failed: boolean }
  /** The assistant said no to this message. */
  | { readonly kind: "refused"; readonly code: string; readonly message: string }
  /** No socket could be opened: nobody there, or the token is wrong. */
  | { readonly kind: "unreachable" }
  | { readonly kind: "timeout" };

/** Pauses between tries to connect again, and before an assistant that was never reached is given up. */
const RECONNECT = { retryFirstMs: 100, retryMaxMs: 2_000 } as const;
/** "Try again later" (RFC 6455, registered code): there is more than one go can hold. */
const TRY_AGAIN_LATER = 1013;

/** Sends the message and waits for its whole answer. Never throws. */
export async function ask(question: Question): Promise<Outcome> {
  const deadline = AbortSignal.timeout(question.timeoutMs);
  const conversation: Conversation = {
    parts: new Map(),
    notices: new Set(),
    lastSeq: question.afterSeq ?? null,
    failed: false,
  };
  for (let connections = 0, failures = 0; ;) {
    const ended = await converse(question, conversation, deadline);
    if (ended.kind === "settled") return ended.outcome;
    if (deadline.aborted) return { kind: "timeout" };
    if (ended.opened) [connections, failures] = [connections + 1, 0];
    else if (connections === 0) return { kind: "unreachable" };
    failures += 1;
    await pause(backoffMs(failures, RECONNECT), undefined, { signal: deadline }).catch(() => {});
  }
}

/** What outlives a socket. */
type Conversation = {
  /** The parts of our answer by number, and whether one of them is a failure. */
  readonly parts: Map<number, string>;
  failed: boolean;
  /** The numbers of the notices that were passed on. */
  readonly notices: Set<number>;
  /** Nothing up to this number is missing; null before the first. */
  lastSeq: number | null;
};
type Ended =
  | { readonly kind: "settled"; readonly outcome: Outcome }
  | { readonly kind: "dropped"; readonly opened: boolean };

/** One socket's life. It asks for what was missed since the last one. */
function converse(question: Question, talk: Conversation, deadline: AbortSignal): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>();
  const socket = new WebSocket(`${question.url.replace(/^http/, "ws")}/web/socket`, {
    headers: { authorization: `Bearer ${question.token}` },
  });
  const progress = new Progress(talk.lastSeq);
  let opened = false;
  const settle = (ended: Ended, code?: number) => {
    deadline.removeEventListener("abort", expire);
    talk.lastSeq = progress.lastSeq(code);
    resolve(ended);
    socket.close();
  };
  const expire = () => settle({ kind: "settled", outcome: { kind: "timeout" } });
  deadline.addEventListener("abort", expire);
  socket.addEventListener("open", () => {
    opened = true;
    const frame: ClientFrame = { type: "send", id: question.id, text: question.text };
    socket.send(JSON.stringify(talk.lastSeq === null ? frame : { ...frame, afterSeq: talk.lastSeq }));
  });
  socket.addEventListener("message", (event) => {
    const frame = readFrame(event.data);
    if (!frame) return;
    progress.note(frame);
    const outcome = step(question, talk, frame);
    if (outcome === "again") settle({ kind: "dropped", opened });
    else if (outcome) settle({ kind: "settled", outcome });
  });
  // An error is followed by a close.
  socket.addEventListener("error", () => {});
  socket.addEventListener("close", ({ code }) => settle({ kind: "dropped", opened }, code));
  return promise;
}

/**
 * How far a socket's client has come. What is sent to everybody can come before what this client missed, so the highest
 * number counts only once all is there: the answer to its own frame follows what it missed.
 */
class Progress {
  readonly #before: number | null;
  #isCaughtUp: boolean;
  #highest: number | null;
  #newest: number | null;

  constructor(before: number | null) {
    this.#before = before;
    this.#isCaughtUp = before === null;
    this.#highest = before;
    this.#newest = before;
  }

  note(frame: ServerFrame): void {
    if (frame.type === "final") {
      this.#highest = Math.max(this.#highest ?? 0, frame.seq);
      this.#newest = Math.max(this.#before ?? 0, frame.seq);
    } else if (frame.type !== "delta") this.#isCaughtUp = true;
  }

  /** The number up to which nothing is missing; `code` is why the socket was closed by the other side. */
  lastSeq(code: number | undefined): number | null {
    if (this.#isCaughtUp) return this.#highest;
    // The frame before such a close is the last of what it missed.
    return code === TRY_AGAIN_LATER ? this.#newest : this.#before;
  }
}

/** Takes one frame in; returns the outcome once there is one, or that the message must be sent again. */
function step(question: Question, talk: Conversation, frame: ServerFrame): Outcome | "again" | null {
  switch (frame.type) {
    case "accepted":
      return null;
    case "delta":
      question.onDelta(frame.text, frame.reset);
      return null;
    case "error":
      if (frame.id !== undefined && frame.id !== question.id) return null;
      if (frame.code === "not_accepted") return "again";
      return { kind: "refused", code: frame.code, message: frame.message };
    case "final": {
      if (frame.ids.length === 0 || question.isLate?.(frame.ids)) passOn(question, talk, frame.seq, frame.text);
      if (!frame.ids.includes(question.id)) return null;
      talk.parts.set(frame.seq, frame.text);
      talk.failed ||= frame.failed;
      if (!frame.last) return null;
      const parts = [...talk.parts].toSorted(([left], [right]) => left - right);
      const text = parts.map(([, part]) => part).join("\n\n");
      return { kind: "answered", text, seq: frame.seq, failed: talk.failed };
    }
    default:
      return assertNever(frame);
  }
}

function passOn(question: Question, { notices }: Conversation, seq: number, text: string): void {
  if (notices.has(seq)) return;
  notices.add(seq);
  question.onNotice(text, seq);
}
