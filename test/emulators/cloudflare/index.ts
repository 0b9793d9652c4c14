/**
 * A Cloudflare account on the loopback, for the real wrangler: Workers with versions, deployments and secrets. The live
 * version of a Worker runs in workerd. What is not emulated is refused and noted in `unknown`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import type { LogLine } from "../../../local/log.ts";
import { CloudflareFailure } from "./failure.ts";
import { answerCall, type Call } from "./routes.ts";
import { RunningWorker } from "./running.ts";
import type { CloudflareState, Version } from "./state.ts";

export type CloudflareOptions = {
  readonly accountId: string;
  readonly token: string;
  readonly subdomain?: string;
  /** Where Workers' objects are kept. */
  readonly folder: string;
  /** The port on which a Worker answers, by its name; null: it is kept, and does not run. */
  readonly portOf: (name: string) => number | null;
  readonly now?: () => number;
};

export type RecordedCall = { readonly method: string; readonly path: string; readonly status: number };

const BODY_MAX_BYTES = 64 * 1_048_576;

export class Cloudflare {
  readonly state: CloudflareState = { scripts: {} };
  readonly calls: RecordedCall[] = [];
  /** Addresses that are not emulated. */
  readonly unknown: string[] = [];
  /** What Workers logged. */
  readonly log: LogLine[] = [];
  /** Called before a call is answered; a test can hold it, or kill what asks. */
  onCall: (call: Pick<Call, "method" | "path">) => void | Promise<void> = () => {};
  readonly #options: CloudflareOptions;
  readonly #running = new Map<string, RunningWorker>();
  readonly #server = createServer((incoming, response) => void this.#serve(incoming, response));

  constructor(options: CloudflareOptions) {
    this.#options = options;
  }

  /** Starts it and returns the base URL of its API. */
  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, "127.0.0.1", resolve);
    });
    return this.url;
  }

  get url(): string {
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) throw new Error("Cloudflare is not listening");
    return `http://127.0.0.1:${address.port}/client/v4`;
  }

  /** Ends the API and every Worker. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await Promise.all([...this.#running.values()].map((worker) => worker.stop(false)));
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on("error", () => {});
    const url = new URL(incoming.url ?? "/", "http://127.0.0.1");
    const path = url.pathname.replace(/^\/client\/v4/, "");
    const method = incoming.method ?? "GET";
    const { status, body } = await this.#answer(incoming, { method, path, query: url.searchParams });
    this.calls.push({ method, path, status });
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }

  async #answer(incoming: IncomingMessage, head: Pick<Call, "method" | "path" | "query">) {
    try {
      const body = await readAll(incoming);
      if (incoming.headers.authorization !== `Bearer ${this.#options.token}`) {
        throw new CloudflareFailure(401, 10000, "Authentication error");
      }
      await this.onCall(head);
      const contentType = incoming.headers["content-type"] ?? "";
      return { status: 200, body: success(await this.#result({ ...head, contentType, body })) };
    } catch (error) {
      const failure =
        error instanceof CloudflareFailure
          ? error
          : new CloudflareFailure(500, 10013, error instanceof Error ? error.message : "unknown");
      return { status: failure.status, body: failed(failure) };
    }
  }

  // oxlint-disable-next-line complexity -- one branch an address
  async #result(call: Call): Promise<unknown> {
    const { accountId } = this.#options;
    const account = { id: accountId, name: "Owner's account" };
    if (call.method === "GET" && call.path === "/user") return { id: "user", email: "owner@example.com" };
    if (call.method === "GET" && call.path === "/accounts") return [account];
    if (call.method === "GET" && call.path === "/memberships") return [{ id: "member", account, status: "accepted" }];
    if (call.method === "GET" && call.path === "/user/tokens/verify") return { id: "token", status: "active" };
    const [, , given, ...rest] = call.path.split("/");
    if (call.path.startsWith("/accounts/") && given !== accountId) {
      throw new CloudflareFailure(403, 9109, "Unauthorized to access requested resource");
    }
    const cloud = {
      state: this.state,
      subdomain: this.#options.subdomain ?? "owner",
      now: this.#options.now ?? Date.now,
      run: (name: string, version: Version | null) => this.#run(name, version),
    };
    const answered = await answerCall(cloud, { ...call, path: `/${rest.join("/")}` });
    if (answered) return answered.result;
    this.unknown.push(`${call.method} ${call.path}`);
    throw new CloudflareFailure(
      404,
      7003,
      `Could not route to ${call.path}, perhaps your object identifier is invalid?`,
    );
  }

  async #run(name: string, version: Version | null): Promise<void> {
    const port = this.#options.portOf(name);
    if (port === null) return;
    const folder = join(this.#options.folder, name);
    const worker =
      this.#running.get(name) ?? new RunningWorker({ name, folder, port, log: (line) => void this.log.push(line) });
    this.#running.set(name, worker);
    if (version === null) await worker.stop(true);
    else await worker.run(version);
  }
}

async function readAll(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError("the stream has an encoding");
    bytes += chunk.byteLength;
    if (bytes > BODY_MAX_BYTES) throw new CloudflareFailure(413, 10027, "too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function success(result: unknown) {
  return {
    success: true,
    errors: [],
    messages: [],
    result,
    result_info: { page: 1, per_page: 50, count: 1, total_pages: 1, total_count: 1 },
  };
}

function failed(failure: CloudflareFailure) {
  return { success: false, errors: [{ code: failure.code, message: failure.message }], messages: [], result: null };
}
