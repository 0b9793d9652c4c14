/**
 * The hibernatable web sockets of a session: they survive the object's sleep and cost nothing while quiet. Clients
 * get growing answers, numbered final ones, and, after a break, the ones they missed.
 */
import { INBOUND_BOUNDS } from "../../protocol/bounds.ts";
import type { InboundId } from "../../protocol/ids.ts";
import type { AcceptReceipt, Inbound } from "../../protocol/inbound.ts";
import { parseClientFrame, type ServerFrame } from "../../protocol/web-frame.ts";
import { clientIdOf, type OpenChannel, type WebSink } from "../../worker/channels/registry.ts";
import { OBJECT_BOUNDS } from "../bounds.ts";
import { TRY_AGAIN_LATER } from "../lib/close-code.ts";
import { haveFailed, isStopped } from "./inbox.ts";
import { type OutboxRow, readPart, sentAfter, sentFor } from "./outbox.ts";

export class WebClients implements WebSink {
  readonly #ctx: DurableObjectState;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  /** Accepts an upgrade. The oldest socket is closed when there are too many (1013: try again later). */
  accept(): Response {
    const sockets = this.#ctx.getWebSockets();
    if (sockets.length >= INBOUND_BOUNDS.socketsMax) sockets[0]?.close(TRY_AGAIN_LATER, "too many connections");
    const pair = new WebSocketPair();
    this.#ctx.acceptWebSocket(pair[1]);
    return new Response(null, { status: 101, webSocket: pair[0] });
  }

  /** Reads one frame: sends what the client missed, then takes its message. `take` stores it before it returns. */
  async receive(
    socket: WebSocket,
    data: string | ArrayBuffer,
    channel: OpenChannel,
    take: (inbound: Inbound) => Promise<AcceptReceipt>,
  ): Promise<void> {
    if (typeof data !== "string" || data.length > INBOUND_BOUNDS.socketFrameMax) {
      return sendFrame(socket, {
        type: "error",
        code: "frame_too_large",
        message: "send text frames of up to 256 KiB",
      });
    }
    const frame = parseClientFrame(data);
    if (!frame.ok) return sendFrame(socket, MALFORMED);
    if (frame.value.afterSeq !== undefined) this.#replay(socket, frame.value.afterSeq);
    const intake = await channel.receive({ headers: new Headers(), body: new TextEncoder().encode(data) });
    if (!intake.ok || intake.value.kind !== "messages") return;
    try {
      for (const message of intake.value.messages) await this.#take(socket, message, frame.value.id, take);
    } catch {
      const message = "the message could not be stored; send it again";
      sendFrame(socket, { type: "error", id: frame.value.id, code: "not_accepted", message });
    }
  }

  broadcast(frame: ServerFrame): void {
    for (const socket of this.#ctx.getWebSockets()) sendFrame(socket, frame);
  }

  /** Says that nothing will answer these messages. */
  tellStopped(ids: readonly InboundId[]): void {
    for (const id of ids) this.broadcast({ ...STOPPED, id: clientIdOf(id) });
  }

  /** Says that these messages wait, perhaps for long: nobody need wait with them. */
  tellParked(ids: readonly InboundId[]): void {
    if (this.#ctx.getWebSockets().length === 0) return;
    for (const id of ids) this.broadcast({ ...PARKED, id: clientIdOf(id) });
  }

  describe(deliveryId: string): FinalFrame | null {
    const row = readPart(this.#ctx.storage.sql, Number(deliveryId.slice(deliveryId.lastIndexOf("/") + 1)));
    return row && this.#describe(row);
  }

  now(): number {
    return Date.now();
  }

  async #take(
    socket: WebSocket,
    message: Inbound,
    id: string,
    take: (inbound: Inbound) => Promise<AcceptReceipt>,
  ): Promise<void> {
    const receipt = await take(message);
    sendFrame(socket, { type: "accepted", id });
    if (receipt === "accepted") return;
    // Sent again by a client that lost its socket: if the answer is there, it need not ask for it by number.
    for (const row of sentFor(this.#ctx.storage.sql, message.id)) this.#sendFinal(socket, row);
    if (isStopped(this.#ctx.storage.sql, message.id)) sendFrame(socket, { ...STOPPED, id });
  }

  #sendFinal(socket: WebSocket, row: OutboxRow): void {
    sendFrame(socket, { type: "final", ...this.#describe(row), text: row.markdown });
  }

  #describe({ seq, inboundIds, part, parts }: OutboxRow): FinalFrame {
    const failed = haveFailed(this.#ctx.storage.sql, inboundIds);
    return { seq, ids: inboundIds.map(clientIdOf), failed, last: part === parts };
  }

  /**
   * Sends what a client missed. Of more than one go can hold, the oldest come first and the socket is closed (1013):
   * its client comes back with the number it has then, and no later answer has come in between.
   */
  #replay(socket: WebSocket, afterSeq: number): void {
    const { answersShownAgainMax: max, charactersShownAgainMax } = OBJECT_BOUNDS;
    let charactersLeft = charactersShownAgainMax;
    for (let after = afterSeq; ;) {
      const rows = sentAfter(this.#ctx.storage.sql, after, max);
      for (const row of rows) {
        this.#sendFinal(socket, row);
        charactersLeft -= row.markdown.length;
        if (charactersLeft < 0)
          return closeSocket(socket, TRY_AGAIN_LATER, "there is more; come back with the last seq");
      }
      const last = rows.at(-1);
      if (!last || rows.length < max) return;
      after = last.seq;
    }
  }
}

const STOPPED = { type: "error", code: "stopped", message: "it was stopped, and nothing answers it" } as const;

const PARKED = {
  type: "error",
  code: "parked",
  message: "the budget is used up; it is kept, and answered later",
} as const;

const MALFORMED = {
  type: "error",
  code: "malformed_frame",
  message: 'frames look like {"type":"send","id":"1","text":"hello"}',
} as const;

type FinalFrame = NonNullable<ReturnType<WebSink["describe"]>>;

/** Sends one frame; a socket that is gone is no error, its client comes back and asks (workerd #1187). */
function sendFrame(socket: WebSocket, frame: ServerFrame): void {
  try {
    socket.send(JSON.stringify(frame));
  } catch {
    // see above
  }
}

/** No status was given (RFC 6455, 7.4.1): such a code may be reported but not sent. */
const NO_STATUS = 1005;
/** The connection broke: there is nobody to answer. */
const ABNORMAL = 1006;

/** Answers a client's close frame, so that it need not wait for one. */
export function closeSocket(socket: WebSocket, code: number, reason: string): void {
  if (code === ABNORMAL) return;
  try {
    socket.close(code === NO_STATUS ? 1000 : code, reason);
  } catch {
    // The runtime has answered it already.
  }
}
