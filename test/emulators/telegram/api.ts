/** The HTTP side of the emulated Bot API: reads calls, lets faults and limits strike, answers, and keeps a record. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { ApiFailure, badRequest } from "./failure.ts";
import { type Fault, Faults } from "./faults.ts";
import { METHODS } from "./methods.ts";
import type { Uploads } from "./multipart.ts";
import { Rates } from "./rates.ts";
import { type Call, type Params, readCall } from "./request.ts";
import { checkCall, type Schema } from "./schema.ts";
import type { World } from "./world.ts";

/** A call of the bot as it came in. `status` is the HTTP status that it got, 0 when it got no whole answer. */
export type RecordedCall = {
  /** `file` for the download of one. */
  readonly method: string;
  readonly params: Params;
  readonly files: Uploads;
  /** Epoch ms with a fraction, by the real clock. */
  readonly at: number;
  readonly status: number;
  /** Why it was refused. */
  readonly description?: string;
};

export type ApiOptions = {
  readonly token: string;
  readonly schema: Schema;
  readonly now: () => number;
  /** Whether Telegram's rates are enforced. */
  readonly rates: boolean;
};

type Outcome = { readonly result: unknown } | { readonly page: number } | { readonly content: Uint8Array } | ApiFailure;
type Answered = { readonly outcome: Outcome; readonly isTooEarly: boolean };

const NOT_SEEN: Answered = { outcome: { page: 0 }, isTooEarly: false };
/** Calls that come so soon after a 429 were under way when it was sent. */
const UNDER_WAY_MS = 250;

export class BotApiServer {
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #options: ApiOptions;
  readonly #world: World;
  readonly #faults = new Faults();
  readonly #rates: Rates | null;
  readonly #listeners = new Set<(call: RecordedCall) => void>();
  readonly calls: RecordedCall[] = [];
  readonly tooEarly: RecordedCall[] = [];
  #refused = { since: 0, until: 0 };

  constructor(options: ApiOptions, world: World) {
    this.#options = options;
    this.#world = world;
    this.#rates = options.rates ? new Rates() : null;
  }

  /** Throws before `listen` and after `close`. */
  get port(): number {
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) throw new Error("the emulator is not listening");
    return address.port;
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, "127.0.0.1", resolve);
    });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  fail(fault: Fault): void {
    this.#faults.add(fault);
  }

  get faultsLeft(): number {
    return this.#faults.left;
  }

  heal(): void {
    this.#faults.clear();
    this.#refused = { since: 0, until: 0 };
  }

  onCall(listener: (call: RecordedCall) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = performance.timeOrigin + performance.now();
    const call = await readCall(request, this.#options.schema).catch(() => null);
    if (!call) {
      respond(response, new ApiFailure(404, "Not Found"));
      return;
    }
    const fault = call.token === this.#options.token ? this.#faults.take(call.method, call.params) : null;
    const silence = silenceAfter(fault);
    const { outcome, isTooEarly } = fault?.kind === "cut_before" ? NOT_SEEN : await this.#answer(call, fault);
    const { method, params, files } = call;
    const status = silence === null ? statusOf(outcome) : 0;
    const why = outcome instanceof ApiFailure && { description: outcome.message };
    this.#record({ method, params, files, at, status, ...why }, isTooEarly);
    if (silence === null) respond(response, outcome);
    else if ("content" in outcome) breakOff(response, outcome.content, silence);
    else if (silence === "cut") request.socket.destroy();
  }

  async #answer(call: Call, fault: Fault | null): Promise<Answered> {
    if (fault?.kind === "page") return { outcome: { page: fault.status }, isTooEarly: false };
    const leftMs = call.method === "file" ? 0 : this.#refused.until - this.#options.now();
    const isTooEarly = leftMs > 0 && this.#options.now() - this.#refused.since >= UNDER_WAY_MS;
    try {
      if (call.token !== this.#options.token) throw unknownToken(call);
      if (leftMs > 0) throw tooMany(Math.ceil(leftMs / 1000));
      if (call.problem) throw call.problem;
      this.#strike(call, fault);
      return { outcome: await this.#run(call), isTooEarly };
    } catch (error) {
      if (error instanceof ApiFailure) return { outcome: error, isTooEarly };
      throw error;
    }
  }

  /** Throws what a scripted fault or the rates refuse. */
  #strike({ method, params }: Call, fault: Fault | null): void {
    if (fault?.kind === "status") throw new ApiFailure(fault.status, fault.description ?? "Emulated fault");
    const now = this.#options.now();
    const waitS = fault?.kind === "too_many" ? fault.retryAfterS : (this.#rates?.take(method, params, now) ?? null);
    if (waitS === null) return;
    this.#refused = { since: now, until: now + waitS * 1000 };
    throw tooMany(waitS);
  }

  async #run({ method, params, files }: Call): Promise<Outcome> {
    if (method === "file") {
      const content = this.#world.files.open(params["path"]);
      if (!content) throw new ApiFailure(404, "Not Found");
      return { content };
    }
    const run = METHODS.get(method);
    if (!run) throw new ApiFailure(404, "Not Found: method not found");
    const problems = checkCall(this.#options.schema, method, params);
    if (problems.length > 0) throw badRequest(problems.join("; "));
    return { result: await run(params, this.#world, files) };
  }

  #record(call: RecordedCall, isTooEarly: boolean): void {
    this.calls.push(call);
    if (isTooEarly) this.tooEarly.push(call);
    for (const listener of this.#listeners) listener(call);
  }
}

/** How a fault keeps back the answer, if it does. */
function silenceAfter(fault: Fault | null): "cut" | "hang" | null {
  if (fault?.kind === "cut_before" || fault?.kind === "cut_after") return "cut";
  return fault?.kind === "hang" ? "hang" : null;
}

function unknownToken({ method }: Call): ApiFailure {
  return method === "file" ? new ApiFailure(404, "Not Found") : new ApiFailure(401, "Unauthorized");
}

function tooMany(retryAfterS: number): ApiFailure {
  return new ApiFailure(429, `Too Many Requests: retry after ${retryAfterS}`, { retry_after: retryAfterS });
}

function statusOf(outcome: Outcome): number {
  if (outcome instanceof ApiFailure) return outcome.code;
  return "page" in outcome ? outcome.page : 200;
}

function respond(response: ServerResponse, outcome: Outcome): void {
  if ("content" in outcome) {
    writeFileHead(response, outcome.content);
    response.end(outcome.content);
    return;
  }
  const isPage = "page" in outcome;
  response.writeHead(statusOf(outcome), { "content-type": isPage ? "text/html" : "application/json" });
  if (isPage) response.end("<html>not Telegram</html>");
  else if (outcome instanceof ApiFailure) response.end(JSON.stringify(outcome.toBody()));
  else response.end(JSON.stringify({ ok: true, result: outcome.result }));
}

/** Sends half of a file; then the connection breaks, or nothing more comes. */
function breakOff(response: ServerResponse, content: Uint8Array, silence: "cut" | "hang"): void {
  writeFileHead(response, content);
  response.write(content.subarray(0, Math.floor(content.length / 2)), () => silence === "cut" && response.destroy());
}

function writeFileHead(response: ServerResponse, content: Uint8Array): void {
  response.writeHead(200, { "content-type": "application/octet-stream", "content-length": content.length });
}
