/** Counts the requests that reach a server of this process, whoever sends them and whatever becomes of them. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";

const CHANNEL = "http.server.request.start";

export class RequestCount {
  readonly #port: () => number | null;
  #count = 0;

  /** `port` is asked at each request: a server can come back on another one. */
  constructor(port: () => number | null) {
    this.#port = port;
    subscribe(CHANNEL, this.#see);
  }

  get count(): number {
    return this.#count;
  }

  stop(): void {
    unsubscribe(CHANNEL, this.#see);
  }

  readonly #see = (message: unknown): void => {
    const { request } = message as { readonly request: IncomingMessage };
    if (request.socket.localPort === this.#port()) this.#count += 1;
  };
}
