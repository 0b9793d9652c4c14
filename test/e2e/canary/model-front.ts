/** Stands before the model: passes requests on, or is a provider that refuses a key and repeats it in its answer. */
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";

/** What the provider does: its work, refuse every key, or break. */
export type Mood = "works" | "refuses" | "breaks";

export class ModelFront {
  readonly #server = createServer((incoming, response) => this.#answer(incoming, response));
  readonly #target: URL;
  mood: Mood = "works";
  /** Requests that were refused so far. */
  refused = 0;

  private constructor(target: URL) {
    this.#target = target;
  }

  static async start(target: string): Promise<ModelFront> {
    const front = new ModelFront(new URL(target));
    await once(front.#server.listen(0, "127.0.0.1"), "listening");
    return front;
  }

  get port(): number {
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) throw new Error("the model's front is not listening");
    return address.port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await once(this.#server.close(), "close");
  }

  #answer(incoming: IncomingMessage, response: ServerResponse): void {
    if (this.mood === "works") {
      this.#pass(incoming, response);
      return;
    }
    this.refused += 1;
    const { "x-api-key": anthropic, authorization } = incoming.headers;
    const key = String(anthropic ?? authorization);
    const message = `Incorrect API key provided: ${key}. Request of ${incoming.url ?? ""}`;
    const type = this.mood === "refuses" ? "authentication_error" : "api_error";
    incoming.resume();
    response
      .writeHead(this.mood === "refuses" ? 401 : 500, { "content-type": "application/json" })
      .end(JSON.stringify({ type: "error", error: { type, message, code: "invalid_api_key" } }));
  }

  #pass(incoming: IncomingMessage, response: ServerResponse): void {
    const { hostname, port } = this.#target;
    const { method, headers, url } = incoming;
    const onward = request({ hostname, port, method, headers, path: url }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    incoming.pipe(onward);
  }
}
