/** Listens to what the assistant says by itself: reminders, results of jobs, notices. Comes back when the socket breaks. */
import { setTimeout as pause } from "node:timers/promises";
import { randomUUID } from "node:crypto";
import { backoffMs } from "../protocol/backoff.ts";
import type { ClientFrame } from "../protocol/web-frame.ts";
import { readFrame } from "./web-frames.ts";

export type Listening = {
  readonly url: string;
  readonly token: string;
  /** What was said after this number comes first; null: only what is said from now on. */
  readonly afterSeq: number | null;
  /** Called once for each thing that answers nobody, and each late answer. */
  readonly onNotice: (text: string, seq: number) => void;
  /** Whether an answer to these messages is waited for by nobody any more. */
  readonly isLate?: (ids: readonly string[]) => boolean;
  /** The assistant is not there any more, or again. */
  readonly onLine: (isOnline: boolean) => void;
};

/** Pauses between tries to connect again. */
const RECONNECT = { retryFirstMs: 500, retryMaxMs: 10_000 } as const;

/** Listens until `signal` says so. Never throws. */
export async function listen(listening: Listening, signal: AbortSignal): Promise<void> {
  let heard = listening.afterSeq;
  for (let failures = 0; !signal.aborted;) {
    const hear = (seq: number, text: string | null) => {
      if (heard !== null && seq <= heard) return;
      heard = seq;
      if (text !== null) listening.onNotice(text, seq);
    };
    const wasOpen = await hearOnce(listening, heard, hear, signal);
    if (wasOpen && !signal.aborted) listening.onLine(false);
    failures = wasOpen ? 1 : failures + 1;
    await pause(backoffMs(failures, RECONNECT), undefined, { signal }).catch(() => {});
  }
}

/** One socket's life; whether it was ever open. */
function hearOnce(
  { url, token, onLine, isLate }: Listening,
  heard: number | null,
  hear: (seq: number, text: string | null) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}/web/socket`, {
    headers: { authorization: `Bearer ${token}` },
  });
  let isOpen = false;
  const leave = () => socket.close();
  signal.addEventListener("abort", leave, { once: true });
  socket.addEventListener("open", () => {
    isOpen = true;
    onLine(true);
    const catchUp: ClientFrame = { type: "send", id: `listen-${randomUUID()}`, text: "" };
    socket.send(JSON.stringify(heard === null ? catchUp : { ...catchUp, afterSeq: heard }));
  });
  socket.addEventListener("message", ({ data }) => {
    const frame = readFrame(data);
    if (frame?.type !== "final") return;
    const isShown = frame.ids.length === 0 || isLate?.(frame.ids) === true;
    hear(frame.seq, isShown ? frame.text : null);
  });
  // An error is followed by a close.
  socket.addEventListener("error", () => {});
  socket.addEventListener("close", () => {
    signal.removeEventListener("abort", leave);
    resolve(isOpen);
  });
  return promise;
}
