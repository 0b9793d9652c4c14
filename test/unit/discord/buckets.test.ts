import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Buckets, rateFacts, type Taken } from "../../../worker/channels/discord/buckets.ts";
import { INVALID_MAX, InvalidRequests } from "../../../worker/channels/discord/invalid-requests.ts";
import { route } from "../../../worker/channels/discord/rest-route.ts";

const post = (channel: string) => route("POST", "/channels/{channel}/messages", { channel });
const typing = (channel: string) => route("POST", "/channels/{channel}/typing", { channel });
const facts = (remaining: number, window = 10_000, resetAfterMs = 5_000) => ({
  bucket: "b",
  limit: 5,
  remaining,
  window,
  resetAfterMs,
});
const taken = (place: Taken | number): Taken => {
  if (typeof place === "number") throw new Error(`wait ${place} ms`);
  return place;
};

describe("Buckets", () => {
  it("lets calls go of which nothing is known", () => {
    const buckets = new Buckets();
    for (let index = 0; index < 100; index += 1) expect(buckets.take(post("1"), 0)).toBeTypeOf("object");
  });

  it("says exactly how long an empty bucket stays empty", () => {
    const buckets = new Buckets();
    buckets.settle(taken(buckets.take(post("1"), 1_000)), facts(0), 1_200);
    expect(buckets.take(post("1"), 1_200)).toBe(5_000);
    expect(buckets.take(post("1"), 6_199)).toBe(1);
    expect(buckets.take(post("1"), 6_200)).toBeTypeOf("object");
  });

  it("counts calls that are on their way", () => {
    const buckets = new Buckets();
    buckets.settle(taken(buckets.take(post("1"), 0)), facts(2), 0);
    const [first, second] = [taken(buckets.take(post("1"), 1)), taken(buckets.take(post("1"), 1))];
    expect(buckets.take(post("1"), 1)).toBe(4_999);
    buckets.settle(first, facts(1), 2);
    buckets.settle(second, null, 3); // it may have counted
    expect(buckets.take(post("1"), 4)).toBe(4_999);
  });

  it("shares a bucket among routes of the same channel, and among no others", () => {
    const buckets = new Buckets();
    for (const at of [typing("1"), typing("2")]) buckets.settle(taken(buckets.take(at, 0)), facts(4), 0);
    buckets.settle(taken(buckets.take(post("1"), 0)), facts(0), 0);
    expect(buckets.take(typing("1"), 1)).toBe(4_999);
    expect(buckets.take(typing("2"), 1)).toBeTypeOf("object");
    expect(buckets.take(post("2"), 1)).toBeTypeOf("object");
  });

  it("knows a webhook by its token, and what is no channel's by its route alone", () => {
    const hook = (token: string) => route("POST", "/webhooks/{application}/{token}", { application: "1", token });
    expect([hook("a").resource, hook("b").resource, post("7").resource]).toEqual([
      "/webhooks/1/a",
      "/webhooks/1/b",
      "/channels/7",
    ]);
    expect(route("GET", "/users/@me").resource).toBe("");
    const reaction = { channel: "7", message: "8", emoji: "👀" };
    expect(route("PUT", "/channels/{channel}/messages/{message}/reactions/{emoji}/@me", reaction)).toMatchObject({
      resource: "/channels/7",
      path: "/channels/7/messages/8/reactions/%F0%9F%91%80/@me",
    });
  });

  it("lets no interaction wait for another one, since nobody waits longer than 3 s for a first answer", () => {
    const callback = (token: string) =>
      route("POST", "/interactions/{interaction}/{token}/callback", { interaction: "1", token });
    const buckets = new Buckets();
    buckets.settle(taken(buckets.take(callback("a"), 0)), facts(0), 0);
    expect(buckets.take(callback("b"), 1)).toBeTypeOf("object");
  });

  it("is not misled by answers that come late", () => {
    const buckets = new Buckets();
    const places = [1, 2, 3].map(() => taken(buckets.take(post("1"), 0)));
    buckets.settle(taken(buckets.take(post("1"), 0)), facts(0), 10);
    buckets.settle(places[0] ?? taken(0), facts(3), 20);
    expect(buckets.take(post("1"), 30)).toBeTypeOf("number");
    buckets.settle(places[1] ?? taken(0), facts(4, 20_000), 6_000);
    buckets.settle(places[2] ?? taken(0), facts(0, 10_000), 6_001); // of the window before
    expect(buckets.take(post("1"), 6_002)).toBeTypeOf("object");
  });

  it("blocks the bucket of a call that was too many, until it may be called again", () => {
    const buckets = new Buckets();
    const place = taken(buckets.take(post("1"), 0));
    buckets.settle(place, null, 0);
    buckets.block(place, 2_500, 0);
    expect(buckets.take(post("1"), 1_000)).toBe(1_500);
    expect(buckets.take(post("2"), 1_000)).toBeTypeOf("object");
    expect(buckets.take(post("1"), 2_500)).toBeTypeOf("object");
  });

  it("never calls before the reset that it was told, and is never refused by a server that counts honestly", () => {
    const step = fc.record({
      waitMs: fc.integer({ min: 0, max: 3_000 }),
      latencyMs: fc.integer({ min: 0, max: 800 }),
      channel: fc.constantFrom("1", "2"),
      isLost: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 80 }), (limit, steps) => {
        const server = new HonestServer(limit, 5_000);
        const buckets = new Buckets();
        const answers: { readonly at: number; readonly deliver: () => void }[] = [];
        const told = new Map<string, number>();
        let now = 0;
        const deliverUntil = (until: number) => {
          answers.sort((one, other) => one.at - other.at);
          while (answers[0] && answers[0].at <= until) answers.shift()?.deliver();
        };
        for (const channel of ["1", "2"]) {
          // The first call of a channel tells of its bucket before the next one leaves.
          buckets.settle(taken(buckets.take(post(channel), now)), server.count(channel, now), now);
        }
        for (const { waitMs, latencyMs, channel, isLost } of steps) {
          now += waitMs;
          deliverUntil(now);
          const place = buckets.take(post(channel), now);
          if (typeof place === "number") {
            expect(place).toBeGreaterThan(0);
            continue;
          }
          expect(now).toBeGreaterThanOrEqual(told.get(channel) ?? 0);
          const arrival = now + latencyMs / 2;
          const counted = server.count(channel, arrival);
          expect(counted.remaining).toBeGreaterThanOrEqual(0);
          const at = now + latencyMs;
          const facts = isLost ? null : { ...counted };
          answers.push({
            at,
            deliver: () => {
              if (facts?.remaining === 0) told.set(channel, Math.max(told.get(channel) ?? 0, at + facts.resetAfterMs));
              buckets.settle(place, facts, at);
            },
          });
        }
      }),
      { numRuns: 300 },
    );
  });

  it("reads the headers of an answer, and makes nothing of half of them", () => {
    const headers = {
      "X-RateLimit-Bucket": "abcd",
      "X-RateLimit-Limit": "5",
      "X-RateLimit-Remaining": "0",
      "X-RateLimit-Reset": "1470173023.123",
      "X-RateLimit-Reset-After": "64.5711",
    };
    expect(rateFacts(new Headers(headers))).toEqual({
      bucket: "abcd",
      limit: 5,
      remaining: 0,
      window: 1_470_173_023_123,
      resetAfterMs: 64_572,
    });
    for (const name of Object.keys(headers)) {
      const half = new Headers(headers);
      half.delete(name);
      expect(rateFacts(half)).toBeNull();
    }
    expect(rateFacts(new Headers({ ...headers, "X-RateLimit-Limit": "many" }))).toBeNull();
  });
});

describe("InvalidRequests", () => {
  it("pauses everything until the window ends when there were too many, and then counts anew", () => {
    const invalid = new InvalidRequests();
    for (let index = 1; index < INVALID_MAX; index += 1) invalid.record(1_000);
    expect(invalid.pauseMs(2_000)).toBe(0);
    invalid.record(301_000);
    expect(invalid.pauseMs(301_000)).toBe(300_000);
    expect(invalid.pauseMs(601_000)).toBe(0);
    invalid.record(601_000);
    expect(invalid.pauseMs(601_001)).toBe(0);
  });
});

/** Counts calls in windows that begin with their first call. */
class HonestServer {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #windows = new Map<string, { count: number; start: number }>();

  constructor(limit: number, windowMs: number) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  /** `remaining` is below 0 for a call that is refused. */
  count(channel: string, at: number) {
    const known = this.#windows.get(channel);
    const window = known && at < known.start + this.#windowMs ? known : { count: 0, start: at };
    this.#windows.set(channel, window);
    window.count += 1;
    const end = window.start + this.#windowMs;
    const remaining = this.#limit - window.count;
    return { bucket: "b", limit: this.#limit, remaining, window: end, resetAfterMs: end - at };
  }
}
