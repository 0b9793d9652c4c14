/** Stands for Telegram and the Worker, in a test of what is between them: polling. */
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import * as v from "valibot";
import type { LogLine } from "../../../local/log.ts";

export const TOKEN = "4711:SECRET-token";
/** What Telegram shows of the updates that nobody confirmed. */
const WINDOW = 100;
const posted = v.object({
  update_id: v.number(),
  message: v.optional(v.object({ chat: v.object({ id: v.number() }) })),
});

const getUpdates = v.object({ offset: v.number(), timeout: v.number(), allowed_updates: v.unknown() });

type Send = (status: number, answer: object) => void;

/** Telegram and the Worker in one small server: what each was asked, and what each answers. */
export class Fake {
  /** Updates that Telegram has, oldest first; those below a confirmed offset are forgotten. */
  queue: { update_id: number }[] = [];
  webhook = "";
  /** Refusals that Telegram still has to give. */
  refusals: { readonly error_code: number; readonly parameters?: object }[] = [];
  /** Pages of a captive portal that still come instead of Telegram's answers, by status. */
  pages: number[] = [];
  /** Statuses that the Worker still has to give; 200 afterwards. */
  statuses: number[] = [];
  /** Chats that the Worker answers 503 for as long as they are here. */
  readonly broken = new Set<number>();
  /** The Worker takes what it is sent and never answers. */
  isDeaf = false;
  /** Answers the poll that is held open. */
  wake = (): void => {};
  readonly calls: string[] = [];
  readonly offsets: number[] = [];
  readonly kinds: unknown[] = [];
  readonly delivered: { readonly id: number; readonly secret: unknown; readonly status: number }[] = [];
  readonly log: LogLine[] = [];
  readonly #server: Server = createServer((request, response) => {
    void json(request).then((body) => this.#answer(request.url ?? "", body, request.headers, response));
  });

  async open(): Promise<string> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
    const address = this.#server.address();
    return typeof address === "object" && address ? `http://127.0.0.1:${address.port}` : "";
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(path: string, body: unknown, headers: Record<string, unknown>, response: ServerResponse): void {
    const send: Send = (status, answer) => void response.writeHead(status).end(JSON.stringify(answer));
    if (path === "/telegram/webhook") {
      this.#work(body, headers["x-telegram-bot-api-secret-token"], send);
      return;
    }
    const method = path.replace(`/bot${TOKEN}/`, "");
    this.calls.push(method);
    const page = this.pages.shift();
    if (page === undefined) this.#serve(method, body, send);
    else response.writeHead(page).end("<html>");
  }

  #work(body: unknown, secret: unknown, send: Send): void {
    const { update_id: id, message } = v.parse(posted, body);
    const given = message && this.broken.has(message.chat.id) ? 503 : (this.statuses.shift() ?? 200);
    const status = this.isDeaf ? 0 : given;
    this.delivered.push({ id, secret, status });
    if (status !== 0) send(status, {});
  }

  #serve(method: string, body: unknown, send: Send): void {
    const refusal = this.refusals.shift();
    if (refusal) return send(refusal.error_code, { ok: false, description: `no ${TOKEN.length}`, ...refusal });
    if (method === "getWebhookInfo") return send(200, { ok: true, result: { url: this.webhook } });
    if (this.webhook !== "") return send(409, { ok: false, error_code: 409, description: "Conflict: a webhook" });
    const { offset, timeout, allowed_updates } = v.parse(getUpdates, body);
    this.offsets.push(offset);
    this.kinds.push(allowed_updates);
    this.queue = this.queue.filter(({ update_id }) => update_id >= offset);
    this.wake = () => {
      if (this.webhook === "") send(200, { ok: true, result: this.queue.slice(0, WINDOW) });
      else send(409, { ok: false, error_code: 409, description: "Conflict: a webhook" });
    };
    // A poll without news is held open, as Telegram does.
    if (this.queue.length > 0 || timeout === 0) this.wake();
  }
}
