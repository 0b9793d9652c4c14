/** One address of the Gateway: takes web sockets on loopback, or refuses them as it is told. */
import { once } from "node:events";
import { createServer, type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";

export type Arrival = { readonly web: WebSocket; readonly tcp: Duplex; readonly query: URLSearchParams };
/** What becomes of a request for a web socket: it is taken, gets a status, or no answer at all. */
export type Verdict = "take" | "hang" | number;

/** More than a client may send: what is longer than 4096 bytes is to get its own close code. */
const READ_BYTES_MAX = 1_024 * 1_024;

export class Listener {
  readonly #http = createServer((_request, response) => response.writeHead(426).end());
  readonly #upgrades = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: READ_BYTES_MAX });
  readonly #sockets = new Set<Duplex>();

  constructor(judge: (query: URLSearchParams) => Verdict, taken: (arrival: Arrival) => void) {
    this.#http.on("upgrade", (request: IncomingMessage, tcp: Duplex, head: Buffer) => {
      tcp.on("error", () => {});
      const { searchParams: query } = new URL(request.url ?? "/", "http://gateway");
      const verdict = judge(query);
      if (verdict === "hang") return;
      if (verdict !== "take") {
        tcp.end(`HTTP/1.1 ${verdict} ${STATUS_CODES[verdict] ?? ""}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
        return;
      }
      this.#upgrades.handleUpgrade(request, tcp, head, (web) => taken({ web, tcp, query }));
    });
    this.#http.on("connection", (tcp) => {
      this.#sockets.add(tcp);
      tcp.on("close", () => this.#sockets.delete(tcp));
    });
  }

  /** Throws before `listen` and after `close`. */
  get url(): string {
    const address = this.#http.address();
    if (address === null || typeof address === "string") throw new Error("the Gateway does not listen");
    return `ws://127.0.0.1:${address.port}`;
  }

  async listen(port: number): Promise<void> {
    this.#http.listen(port, "127.0.0.1");
    await once(this.#http, "listening");
  }

  async close(): Promise<void> {
    for (const tcp of this.#sockets) tcp.destroy();
    this.#http.close();
    await once(this.#http, "close");
  }
}
