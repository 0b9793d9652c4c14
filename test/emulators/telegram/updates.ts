/** Updates on their way to the bot: kept until confirmed, by a webhook's 2xx or by the offset of getUpdates. */
import { request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { ApiFailure } from "./failure.ts";

export type Update = { readonly update_id: number } & Readonly<Record<string, unknown>>;
export type Webhook = {
  readonly url: string;
  readonly secret: string | undefined;
  readonly maxConnections: number;
};
/** One POST to the webhook. `status` is 0 when no answer came. */
export type WebhookPost = {
  readonly updateId: number;
  readonly attempt: number;
  readonly status: number;
  readonly at: number;
};

type Pending = { readonly update: Update; attempts: number; dueAt: number; isInFlight: boolean };

/** "setWebhook": empty allowed_updates means all but these. */
const NOT_BY_DEFAULT: ReadonlySet<string> = new Set(["chat_member", "message_reaction", "message_reaction_count"]);
const POST_TIMEOUT_MS = 60_000;
const POLL_MAX_S = 50;
/** Telegram's schedule of repeats is not published; this one is short so that tests are. */
const REPEAT_FIRST_MS = 100;
const REPEAT_MAX_MS = 2_000;

export class Updates {
  readonly posts: WebhookPost[] = [];
  readonly #pending = new Map<number, Pending>();
  readonly #stopped = new AbortController();
  #webhook: Webhook | null = null;
  #allowed: readonly string[] = [];
  #nextId = 700_000_001;
  #lastError: { at: number; message: string } | null = null;
  #poll: AbortController | null = null;
  #timer: NodeJS.Timeout | undefined;
  #cuts = 0;

  /**
   * Queues an update under the next id, or under its own. Kinds that the bot did not ask for are dropped, and so is what
   * it may not see.
   */
  push(content: Readonly<Record<string, unknown>>, isSeen = true): Update {
    const own = content["update_id"];
    const update = { ...content, update_id: typeof own === "number" ? own : this.#nextId };
    this.#nextId = Math.max(this.#nextId, update.update_id) + 1;
    const kind = Object.keys(content).find((key) => key !== "update_id") ?? "";
    const isAllowed = this.#allowed.length > 0 ? this.#allowed.includes(kind) : !NOT_BY_DEFAULT.has(kind);
    if (isAllowed && isSeen) this.#pending.set(update.update_id, { update, attempts: 0, dueAt: 0, isInFlight: false });
    this.#poll?.abort("update");
    this.#deliver();
    return update;
  }

  allow(kinds: readonly string[] | undefined): void {
    this.#allowed = kinds ?? this.#allowed;
  }

  setWebhook(webhook: Webhook | null, dropPending: boolean): void {
    this.#webhook = webhook;
    this.#lastError = null;
    if (dropPending) this.#pending.clear();
    if (webhook) this.#poll?.abort("webhook");
    this.#deliver();
  }

  /** Updates that the bot has not taken yet. */
  get left(): number {
    return this.#pending.size;
  }

  webhookInfo(): object {
    return {
      url: this.#webhook?.url ?? "",
      has_custom_certificate: false,
      pending_update_count: this.#pending.size,
      ...(this.#webhook && { max_connections: this.#webhook.maxConnections }),
      ...(this.#allowed.length > 0 && { allowed_updates: this.#allowed }),
      ...(this.#lastError && {
        last_error_date: Math.floor(this.#lastError.at / 1000),
        last_error_message: this.#lastError.message,
      }),
    };
  }

  /** Updates from `offset` on, waiting up to `timeoutS` for the first. Throws a 409 while a webhook is set. */
  async poll(offset: number, limit: number, timeoutS: number): Promise<readonly Update[]> {
    this.#refuseWhileWebhook();
    this.#poll?.abort("other");
    for (const id of this.#pending.keys()) if (id < offset) this.#pending.delete(id);
    const waiting = new AbortController();
    this.#poll = waiting;
    if (this.#pending.size === 0 && timeoutS > 0) {
      const signal = AbortSignal.any([waiting.signal, this.#stopped.signal]);
      await pause(Math.min(timeoutS, POLL_MAX_S) * 1000, null, { signal }).catch(() => null);
    }
    if (waiting.signal.reason === "other") {
      throw new ApiFailure(409, "Conflict: terminated by other getUpdates request");
    }
    if (this.#poll === waiting) this.#poll = null;
    this.#refuseWhileWebhook();
    return this.#inOrder()
      .slice(0, limit)
      .map(({ update }) => update);
  }

  /** How many posts are still to be cut. */
  get cutsLeft(): number {
    return this.#cuts;
  }

  /** The connections of the next posts break when the update is sent: no answer to them is seen. */
  cutNextPosts(count: number): void {
    this.#cuts += count;
  }

  stop(): void {
    this.#stopped.abort();
    clearTimeout(this.#timer);
    this.#webhook = null;
  }

  #refuseWhileWebhook(): void {
    if (!this.#webhook) return;
    const what = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";
    throw new ApiFailure(409, `Conflict: ${what}`);
  }

  #inOrder(): Pending[] {
    return [...this.#pending.values()].sort((a, b) => a.update.update_id - b.update.update_id);
  }

  /** Starts as many posts as are allowed at once; an update that waits for its repeat is overtaken by later ones. */
  #deliver(): void {
    const webhook = this.#webhook;
    if (!webhook) return;
    clearTimeout(this.#timer);
    const all = this.#inOrder();
    let free = webhook.maxConnections - all.filter((pending) => pending.isInFlight).length;
    for (const pending of all) {
      if (free <= 0 || pending.isInFlight || pending.dueAt > Date.now()) continue;
      free -= 1;
      pending.isInFlight = true;
      void this.#post(webhook, pending);
    }
    const due = all.filter((pending) => !pending.isInFlight).map((pending) => pending.dueAt);
    if (due.length > 0 && free > 0) this.#timer = setTimeout(() => this.#deliver(), Math.min(...due) - Date.now());
  }

  async #post(webhook: Webhook, pending: Pending): Promise<void> {
    const { update } = pending;
    pending.attempts += 1;
    const status = await this.#request(webhook, update);
    this.posts.push({ updateId: update.update_id, attempt: pending.attempts, status, at: Date.now() });
    pending.isInFlight = false;
    if (status >= 200 && status < 300) {
      if (this.#pending.get(update.update_id) === pending) this.#pending.delete(update.update_id);
    } else {
      pending.dueAt = Date.now() + Math.min(REPEAT_MAX_MS, REPEAT_FIRST_MS * 2 ** (pending.attempts - 1));
      const message = status === 0 ? "Connection refused" : `Wrong response from the webhook: ${status}`;
      this.#lastError = { at: Date.now(), message };
    }
    this.#deliver();
  }

  async #request({ url, secret }: Webhook, update: Update): Promise<number> {
    const headers = {
      "content-type": "application/json",
      ...(secret && { "x-telegram-bot-api-secret-token": secret }),
    };
    const body = JSON.stringify(update);
    if (this.#cuts > 0) {
      this.#cuts -= 1;
      await postAndLeave(url, headers, body);
      return 0;
    }
    const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(POST_TIMEOUT_MS)]);
    try {
      const response = await fetch(url, { method: "POST", headers, body, signal });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return 0;
    }
  }
}

/** Resolves when the request is sent and its connection closed. Never rejects. */
function postAndLeave(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<void> {
  return new Promise((resolve) => {
    const post = request(url, { method: "POST", headers });
    post.on("error", () => {}).on("close", resolve);
    post.end(body, () => post.destroy());
  });
}
