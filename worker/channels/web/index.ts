/**
 * The web socket as a channel. It has no platform behind it: the sockets belong to the session, which passes them in
 * as a `WebSink`, and an answer counts as delivered once it is numbered and stored, since a client fetches what it
 * missed by number. Who may connect is decided when the socket opens (`worker/web-socket.ts`).
 */
import { ChannelError } from "../../../protocol/errors.ts";
import { isInboundId } from "../../../protocol/ids.ts";
import type { Inbound } from "../../../protocol/inbound.ts";
import { err, ok } from "../../../protocol/result.ts";
import { formatSessionKey } from "../../../protocol/session-key.ts";
import { type ClientFrame, parseClientFrame, type ServerFrame } from "../../../protocol/web-frame.ts";
import type { Channel, Intake } from "../channel.ts";
import { parseCommand, parseStopWord } from "../text/command.ts";

/** The web clients of one session. */
export type WebSink = {
  /** Sends a frame to every connected client; clients that are gone are skipped. */
  broadcast(frame: ServerFrame): void;
  /** The stored number and the client message ids of the part that is being delivered. */
  describe(
    deliveryId: string,
  ): { readonly seq: number; readonly ids: readonly string[]; readonly failed: boolean; readonly last: boolean } | null;
  now(): number;
};

/** The one web chat of an agent: the owner's, proven by the admin token. */
export const WEB_SESSION = formatSessionKey({ agent: "main", channel: "web", chatKind: "direct", chatId: "owner" });

/** Longest text of one frame. */
const TEXT_MAX = 100_000;
/** Nothing is shown of it, so nothing has to be shown again. */
const BUSY_EVERY_MS = 60_000;
const INBOUND_PREFIX = "web:";

/** The web socket channel over the sockets of one session. */
export function createWebChannel(sink: WebSink): Channel<ClientFrame> {
  return {
    id: "web",
    limits: {
      textMax: TEXT_MAX,
      linesMax: null,
      captionMax: TEXT_MAX,
      filesMax: 1,
      fileMaxBytes: 0,
      showsButtons: false,
      overheardMax: 0,
      previewMode: () => "draft",
      previewEveryMs: () => 50,
      busyEveryMs: BUSY_EVERY_MS,
      sendIsIdempotent: () => true,
      rates: null,
    },

    async verify({ body }) {
      const frame = parseClientFrame(new TextDecoder().decode(body));
      return frame.ok ? ok(frame.value) : err({ kind: "malformed", why: frame.error });
    },

    parse(frame) {
      return parseFrame(frame, sink.now());
    },

    async send(to, message) {
      const described = sink.describe(message.deliveryId);
      if (!described) {
        throw new ChannelError("channel_refused", { channel: to.channel, method: "final" }, "no such delivery");
      }
      sink.broadcast({ type: "final", ...described, text: message.markdown });
      return { messageId: String(described.seq) };
    },

    download() {
      throw new ChannelError("channel_refused", { channel: "web", method: "download" }, "web clients send no files");
    },

    async acknowledge() {
      // A client sees by `accepted` that its message is there, and has no buttons.
    },

    async preview(_to, { turnId, text, handle }) {
      const shown = handle?.shownText ?? "";
      const grows = text.startsWith(shown);
      const more = grows ? text.slice(shown.length) : text;
      if (more !== "") sink.broadcast({ type: "delta", text: more, reset: !grows, turnId });
      return { shownText: text };
    },
  };
}

/** The client's own id of a message, from the id it has in the session. */
export function clientIdOf(inboundId: string): string {
  return inboundId.slice(INBOUND_PREFIX.length);
}

function parseFrame(frame: ClientFrame, now: number): Intake {
  const text = frame.text.trim();
  const id = `${INBOUND_PREFIX}${frame.id}`;
  if (text === "" || !isInboundId(id)) return { kind: "ignore", why: "no text" };
  const command = parseCommand(text) ?? parseStopWord(text);
  const message: Inbound = {
    id,
    dedupeKeys: [`web:message:${frame.id}`],
    session: WEB_SESSION,
    channel: "web",
    chat: { kind: "direct", id: "owner" },
    sender: { id: "owner", name: "owner" },
    text,
    ...(command && { command }),
    attachments: [],
    replyTo: { channel: "web", chatId: "owner", chatKind: "direct" },
    sentAt: now,
  };
  return { kind: "messages", messages: [message] };
}
