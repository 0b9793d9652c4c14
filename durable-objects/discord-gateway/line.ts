/** One try to connect and, if it leads to one, its socket. What comes of it is told in events that carry its number. */
import { errorFields, log } from "../../worker/log.ts";
import { GATEWAY_BOUNDS } from "./bounds.ts";
import { CLOSE_FOR_GOOD } from "./close-codes.ts";

/** What a line tells. */
export type LineEvents = {
  readonly opened: () => void;
  readonly notOpened: () => void;
  readonly received: (text: string) => void;
  readonly closed: (code: number | null) => void;
};

/** What an end without a close frame is reported as (RFC 6455, 7.1.5): no code was sent. */
const WITHOUT_CODE: ReadonlySet<number> = new Set([1005, 1006, 1015]);

export class Line {
  readonly connection: number;
  #socket: WebSocket | null = null;
  #isOver = false;

  constructor(connection: number) {
    this.connection = connection;
  }

  /** Connects to a URL that Discord has named. Never rejects. */
  async open(url: string, events: LineEvents): Promise<void> {
    const socket = await upgrade(url);
    if (this.#isOver) return end(socket, CLOSE_FOR_GOOD);
    if (!socket) return events.notOpened();
    this.#socket = socket;
    events.opened();
    socket.addEventListener("message", ({ data }) => {
      if (!this.#isOver && typeof data === "string") events.received(data);
    });
    socket.addEventListener("close", ({ code }) => {
      if (!this.#isOver) events.closed(WITHOUT_CODE.has(code) ? null : code);
      end(socket, code);
      this.#isOver = true;
    });
    socket.addEventListener("error", () => {
      if (!this.#isOver) events.closed(null);
      this.#isOver = true;
    });
    socket.accept();
  }

  /** A socket that is gone takes nothing; whoever holds it is told by its end. */
  send(text: string): void {
    try {
      this.#socket?.send(text);
    } catch (error) {
      log("info", "gateway_send_failed", { connection: this.connection, ...errorFields(error) });
    }
  }

  /** Lets it go. It tells nothing any more. */
  close(code: number): void {
    this.#isOver = true;
    end(this.#socket, code);
  }
}

/** Null: there was no 101 in time. */
async function upgrade(url: string): Promise<WebSocket | null> {
  const address = addressOf(url);
  if (address === null) {
    log("error", "gateway_url_refused");
    return null;
  }
  const controller = new AbortController();
  // Cancelled as soon as there is an answer: a signal that fires after the upgrade cuts the socket.
  const timer = setTimeout(() => controller.abort(), GATEWAY_BOUNDS.connectMs);
  try {
    const response = await fetch(address, { headers: { upgrade: "websocket" }, signal: controller.signal });
    if (!response.webSocket) {
      log("warn", "gateway_not_opened", { status: response.status });
      await response.body?.cancel();
    }
    return response.webSocket;
  } catch (error) {
    log("warn", "gateway_not_opened", errorFields(error));
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/** What `fetch` takes for it; null: the token would be sent in the clear. */
function addressOf(named: string): string | null {
  const url = URL.parse(named);
  if (!url) return null;
  const isLoopback = url.hostname === "127.0.0.1" || url.hostname === "localhost";
  if (url.protocol !== "wss:" && !(url.protocol === "ws:" && isLoopback)) return null;
  url.searchParams.set("v", "10");
  url.searchParams.set("encoding", "json");
  return url.href.replace(/^ws/u, "http");
}

/** Answers a close, or asks for one. Codes that only a runtime may use are answered without one. */
function end(socket: WebSocket | null, code: number): void {
  try {
    if (WITHOUT_CODE.has(code)) socket?.close();
    else socket?.close(code);
  } catch {
    // It is closed already.
  }
}
