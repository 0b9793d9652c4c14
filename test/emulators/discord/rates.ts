/**
 * Discord's rate limits ("Rate Limits"): a bucket for each kind of call, each channel, guild and webhook by itself, and 50
 * calls a second of the bot in all, interactions left out. How large buckets are is told by headers only, and changes;
 * the sizes here are those that were seen. Switched off, buckets are so large that nobody fills them.
 */
import { createHash } from "node:crypto";
import type { RateScope } from "./faults.ts";

export type RateCall = {
  readonly method: string;
  readonly route: string;
  readonly params: Readonly<Record<string, string>>;
  /** The bot's token is in it, so that it counts for the bot. */
  readonly isBot: boolean;
};

/** A refusal, with what a 429 says. */
export type TooMany = { readonly retryAfterMs: number; readonly scope: RateScope; readonly code?: number };
export type Verdict = { readonly headers: Readonly<Record<string, string>>; readonly tooMany: TooMany | null };

type Size = { readonly limit: number; readonly windowMs: number };
type Window = { count: number; startedAt: number };
type Block = TooMany & { readonly until: number };

const GLOBAL: Size = { limit: 50, windowMs: 1_000 };
const DEFAULT_SIZE: Size = { limit: 10, windowMs: 10_000 };
const OFF_SIZE: Size = { limit: 1_000_000, windowMs: 1_000 };
const MESSAGES = "/channels/{channel_id}/messages";
const SIZES: Readonly<Record<string, Size>> = {
  [`POST ${MESSAGES}`]: { limit: 5, windowMs: 5_000 },
  [`GET ${MESSAGES}`]: { limit: 5, windowMs: 5_000 },
  [`PATCH ${MESSAGES}/{message_id}`]: { limit: 5, windowMs: 5_000 },
  [`PUT ${MESSAGES}/{message_id}/reactions/{emoji_name}/@me`]: { limit: 1, windowMs: 250 },
  "POST /channels/{channel_id}/typing": { limit: 5, windowMs: 5_000 },
};
/** All calls by one interaction token share a bucket. */
const WEBHOOK_SIZE: Size = { limit: 5, windowMs: 2_000 };

export class Rates {
  readonly #isOn: boolean;
  readonly #windows = new Map<string, Window>();
  readonly #blocks = new Map<string, Block>();

  constructor(isOn: boolean) {
    this.#isOn = isOn;
  }

  /** Counts a call, unless it comes too early. */
  take(call: RateCall, now: number): Verdict {
    const bucket = bucketOf(call);
    const blocked = this.#blocked("global", call, now) ?? this.#blocked(bucket.key, call, now);
    const size = this.#isOn ? bucket.size : OFF_SIZE;
    const window = this.#window(bucket.key, size, now);
    const leftMs = window.startedAt + size.windowMs - now;
    const isFull = window.count >= size.limit;
    const tooMany =
      blocked ??
      (call.isBot && this.#isOn ? this.#takeGlobal(now) : null) ??
      (isFull ? { retryAfterMs: leftMs, scope: "user" as const } : null);
    if (!tooMany) window.count += 1;
    const headers = {
      "x-ratelimit-bucket": bucket.hash,
      "x-ratelimit-limit": String(size.limit),
      "x-ratelimit-remaining": String(Math.max(0, size.limit - window.count)),
      "x-ratelimit-reset": ((now + leftMs) / 1000).toFixed(3),
      "x-ratelimit-reset-after": (leftMs / 1000).toFixed(3),
    };
    return { headers, tooMany };
  }

  /** From now on calls of the scope are refused for so long. */
  block(call: RateCall, tooMany: TooMany, now: number): void {
    const key = tooMany.scope === "global" ? "global" : bucketOf(call).key;
    this.#blocks.set(key, { ...tooMany, until: now + tooMany.retryAfterMs });
  }

  clear(): void {
    this.#blocks.clear();
    this.#windows.clear();
  }

  #blocked(key: string, { isBot }: RateCall, now: number): TooMany | null {
    const block = this.#blocks.get(key);
    if (!block || block.until <= now || (key === "global" && !isBot)) return null;
    const { scope, code, until } = block;
    return { retryAfterMs: until - now, scope, ...(code !== undefined && { code }) };
  }

  #takeGlobal(now: number): TooMany | null {
    const window = this.#window("every call", GLOBAL, now);
    if (window.count >= GLOBAL.limit) {
      return { retryAfterMs: window.startedAt + GLOBAL.windowMs - now, scope: "global" };
    }
    window.count += 1;
    return null;
  }

  #window(key: string, { windowMs }: Size, now: number): Window {
    const known = this.#windows.get(key);
    if (known && now - known.startedAt < windowMs) return known;
    const window = { count: 0, startedAt: now };
    this.#windows.set(key, window);
    return window;
  }
}

/** "Top-level resources": channel, guild, and a webhook with its token; and each interaction that is answered at once. */
function bucketOf({ method, route, params }: RateCall): {
  readonly key: string;
  readonly hash: string;
  readonly size: Size;
} {
  const { channel_id: channel, guild_id: guild, webhook_token: webhook, interaction_token: interaction } = params;
  const name = webhook === undefined ? `${method} ${route}` : "webhook";
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 32);
  const size = webhook === undefined ? (SIZES[name] ?? DEFAULT_SIZE) : WEBHOOK_SIZE;
  return { key: `${name} ${channel ?? guild ?? webhook ?? interaction ?? ""}`, hash, size };
}
