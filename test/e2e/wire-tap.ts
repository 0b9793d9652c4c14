/** Stands between a client and a server on the loopback, and keeps the request bodies as they went over the wire. */
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";

export class WireTap {
  readonly #server = createServer((incoming, response) => void this.#pass(incoming, response));
  readonly #target: URL;
  /** Every body so far, in order. */
  readonly bodies: string[] = [];

  private constructor(target: URL) {
    this.#target = target;
  }

  static async start(target: string): Promise<WireTap> {
    const tap = new WireTap(new URL(target));
    await new Promise<void>((resolve) => tap.#server.listen(0, "127.0.0.1", resolve));
    return tap;
  }

  get url(): string {
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) throw new Error("the tap is not listening");
    return `http://127.0.0.1:${address.port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
    const body = Buffer.concat(chunks);
    this.bodies.push(body.toString());
    const { hostname, port } = this.#target;
    const { method, headers, url } = incoming;
    const onward = request({ hostname, port, method, headers, path: url }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    onward.end(body);
  }
}
