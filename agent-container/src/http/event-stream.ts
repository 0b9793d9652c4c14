/** Writes the events of a turn as server-sent events, one message each, numbered by `id`. */
import type { ServerResponse } from "node:http";
import type { TurnEvent } from "../../../protocol/turn-event.ts";
import type { Subscriber } from "../turn/turn-log.ts";

/** A reader that lets this many bytes pile up is cut off; it comes back by `resume`. */
const BACKLOG_MAX_BYTES = 8_388_608;

/** Starts the stream. Sending to a connection that is gone does nothing. */
export function openEventStream(response: ServerResponse): Subscriber {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  response.flushHeaders();
  return {
    send: (event) => {
      if (response.writableEnded || response.destroyed) return;
      response.write(formatEvent(event));
      if (response.writableLength > BACKLOG_MAX_BYTES) response.destroy();
    },
    close: () => {
      response.end();
    },
  };
}

/** JSON has no raw line breaks, so the data is always one line. */
function formatEvent(event: TurnEvent): string {
  return `id: ${String(event.seq)}\ndata: ${JSON.stringify(event)}\n\n`;
}
