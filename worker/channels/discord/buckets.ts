/**
 * What is known of Discord's rate limits ("Rate Limits"): each answer names the bucket of its route, how many calls of the
 * bucket are left for a top-level resource, and until when. Pure: the time comes in.
 */
import { OUTBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import type { Route } from "./rest-route.ts";

/** What the headers of an answer tell. */
export type RateFacts = {
  readonly bucket: string;
  readonly limit: number;
  readonly remaining: number;
  /** Epoch ms by Discord's clock: names the window. */
  readonly window: number;
  /** How long the window lasts from the answer on. */
  readonly resetAfterMs: number;
};

/** A place of a call that is on its way; give it back with what the answer told. */
export type Taken = { readonly key: string; readonly resource: string; readonly bucket: Bucket };

type Bucket = {
  limit: number;
  /** Until `resetAt`, those that are on their way not yet taken off. */
  remaining: number;
  resetAt: number;
  /** The newest that was told, and how long one lasts as far as we have seen. */
  window: number;
  windowMs: number;
  underWay: number;
  /** Calls that no answer came to since the last reset: they may have counted, and no answer says whether. */
  lost: number;
  /** No call leaves before, whatever is left. */
  blockedUntil: number;
};

/** Buckets and routes that are remembered, each, the last used. */
const KNOWN_MAX = 1_000;
/** When all calls that a new window allows are on their way. */
const UNDER_WAY_WAIT_MS = 1_000;

const UNKNOWN: Bucket = {
  limit: Infinity,
  remaining: Infinity,
  resetAt: 0,
  window: 0,
  windowMs: 0,
  underWay: 0,
  lost: 0,
  blockedUntil: 0,
};

export class Buckets {
  /** The bucket of a route at a resource, by name. */
  readonly #names = new Map<string, string>();
  readonly #buckets = new Map<string, Bucket>();

  /**
   * Takes a place for a call, or says how many ms to wait for one. What nothing is known of has places. `kept`: so many
   * are left to other calls, of those that a bucket has more than.
   */
  take({ method, template, resource }: Route, now: number, kept = 0): Taken | number {
    const key = `${method} ${template}|${resource}`;
    const bucket = this.#bucket(this.#names.get(key) ?? key, resource);
    if (now < bucket.blockedUntil) return bucket.blockedUntil - now;
    renew(bucket, now);
    const left = bucket.remaining - bucket.underWay - bucket.lost - Math.min(kept, bucket.limit - 1);
    if (left <= 0) return now >= bucket.resetAt ? UNDER_WAY_WAIT_MS : bucket.resetAt - now;
    bucket.underWay += 1;
    return { key, resource, bucket };
  }

  /** Gives a place back. `facts`: what the answer told; null when none came, so that the call may have counted. */
  settle({ key, resource, bucket }: Taken, facts: RateFacts | null, now: number): void {
    bucket.underWay -= 1;
    if (facts) {
      remember(this.#names, key, facts.bucket);
      learn(this.#bucket(facts.bucket, resource), facts, now);
      return;
    }
    // It may have been the first one of a window that nobody told us of.
    renew(bucket, now);
    bucket.lost += 1;
    bucket.resetAt = Math.max(bucket.resetAt, now + bucket.windowMs);
  }

  /** The route has no more calls until then, as a 429 says. */
  block({ key, resource }: Taken, waitMs: number, now: number): void {
    const bucket = this.#bucket(this.#names.get(key) ?? key, resource);
    bucket.blockedUntil = Math.max(bucket.blockedUntil, now + waitMs);
  }

  #bucket(name: string, resource: string): Bucket {
    const key = `${name}|${resource}`;
    const known = this.#buckets.get(key);
    const bucket = known ?? { ...UNKNOWN };
    remember(this.#buckets, key, bucket);
    return bucket;
  }
}

/** After the reset all is there again. */
function renew(bucket: Bucket, now: number): void {
  if (now < bucket.resetAt) return;
  bucket.remaining = bucket.limit;
  bucket.lost = 0;
}

/** Answers can overtake each other: within a window the fewest count, and what an older one tells is over. */
function learn(bucket: Bucket, { limit, remaining, window, resetAfterMs }: RateFacts, now: number): void {
  if (window < bucket.window) return;
  const isNew = window > bucket.window;
  bucket.limit = Math.max(1, limit);
  bucket.remaining = isNew ? remaining : Math.min(bucket.remaining, remaining);
  const leftMs = Math.min(resetAfterMs, OUTBOUND_BOUNDS.retryAfterMaxMs);
  const resetAt = now + leftMs;
  bucket.windowMs = Math.max(bucket.windowMs, leftMs);
  bucket.resetAt = isNew ? resetAt : Math.max(bucket.resetAt, resetAt);
  bucket.window = window;
}

/** The headers of an answer; null where they tell nothing. */
export function rateFacts(headers: Headers): RateFacts | null {
  const bucket = headers.get("x-ratelimit-bucket");
  const [limit, remaining, reset, resetAfter] = ["limit", "remaining", "reset", "reset-after"].map((name) =>
    Number(headers.get(`x-ratelimit-${name}`) ?? Number.NaN),
  );
  const isWhole = [limit, remaining, reset, resetAfter].every((value) => value !== undefined && value >= 0);
  if (bucket === null || !isWhole) return null;
  return {
    bucket,
    limit: limit ?? 0,
    remaining: remaining ?? 0,
    window: Math.round((reset ?? 0) * 1000),
    resetAfterMs: Math.ceil((resetAfter ?? 0) * 1000),
  };
}

/** The last used are kept. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.size > KNOWN_MAX ? map.keys() : [];
  if (oldest !== undefined) map.delete(oldest);
}
