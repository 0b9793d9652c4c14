/** A client of `/web/socket` that times what it sees. */
import { once } from "node:events";
import * as v from "valibot";
import type { ClientFrame } from "../protocol/web-frame.ts";

/** When the parts of one answer were seen, by `performance.now()`. */
export type Seen = {
  readonly sentAt: number;
  readonly acceptedAt: number;
  readonly firstDeltaAt: number;
  readonly finalAt: number;
};

export interface WebChat extends Disposable {
  /** Sends one message and waits for its whole answer. One at a time. */
  say(text: string): Promise<Seen>;
}

/** A message without an answer after this fails the row. */
const ANSWER_MAX_MS = 20_000;

const frame = v.variant("type", [
  v.object({ type: v.literal("accepted"), id: v.string() }),
  v.object({ type: v.literal("delta") }),
  v.object({ type: v.literal("final"), ids: v.array(v.string()), text: v.string(), last: v.boolean() }),
  v.object({ type: v.literal("error"), code: v.string(), message: v.string() }),
]);

/** Opens the owner's web chat. Throws when it is refused. */
export async function openWebChat(url: string, adminToken: string): Promise<WebChat> {
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}/web/socket`, {
    headers: { authorization: `Bearer ${adminToken}` },
  });
  await once(socket, "open");
  let count = 0;
  return {
    say(text) {
      count += 1;
      return exchange(socket, { type: "send", id: `bench-${count}`, text });
    },
    [Symbol.dispose]: () => socket.close(),
  };
}

function exchange(socket: WebSocket, question: ClientFrame): Promise<Seen> {
  const { promise, resolve, reject } = Promise.withResolvers<Seen>();
  const seen = { sentAt: performance.now(), acceptedAt: Number.NaN, firstDeltaAt: Number.NaN, finalAt: Number.NaN };
  const onMessage = ({ data }: { readonly data: unknown }) => {
    const now = performance.now();
    const read = v.parse(frame, JSON.parse(String(data)));
    if (read.type === "accepted") seen.acceptedAt = now;
    else if (read.type === "delta" && Number.isNaN(seen.firstDeltaAt)) seen.firstDeltaAt = now;
    else if (read.type === "error") reject(new Error(`the assistant answered ${read.code}: ${read.message}`));
    else if (read.type === "final" && read.last && read.ids.includes(question.id)) {
      seen.finalAt = now;
      resolve(seen);
    }
  };
  const timer = setTimeout(() => reject(new Error(`no answer within ${ANSWER_MAX_MS} ms`)), ANSWER_MAX_MS);
  socket.addEventListener("message", onMessage);
  socket.send(JSON.stringify(question));
  return promise.finally(() => {
    clearTimeout(timer);
    socket.removeEventListener("message", onMessage);
  });
}
