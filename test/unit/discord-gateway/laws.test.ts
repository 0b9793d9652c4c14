import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GATEWAY_BOUNDS } from "../../../durable-objects/discord-gateway/bounds.ts";
import {
  type Context,
  dueAt,
  type Effect,
  EMPTY_STATE,
  type Event,
  type State,
} from "../../../durable-objects/discord-gateway/gateway-state.ts";
import { step } from "../../../durable-objects/discord-gateway/machine.ts";
import { Play } from "./play.ts";

/** What happens, before it is known which connection is the present one. */
type Happening =
  | { readonly kind: "event"; readonly event: Event; readonly isLate: boolean }
  | { readonly kind: "time"; readonly ms: number }
  | { readonly kind: "alarm" }
  | { readonly kind: "restart" }
  | { readonly kind: "settings"; readonly wanted: string | null };

const code = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(null, 1000, 1001, 1006, 4000, 4001, 4002, 4003, 4005, 4007, 4008, 4009) },
  { weight: 1, arbitrary: fc.constantFrom(4004, 4010, 4011, 4012, 4013, 4014) },
);
const seq = fc.integer({ min: 1, max: 50 });
const connection = -1;
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    kind: fc.constant("located" as const),
    url: fc.constant("wss://g"),
    remaining: fc.nat(2),
    resetAfterMs: fc.nat(1e6),
    connection: fc.constant(connection),
  }),
  fc.record({
    kind: fc.constant("not_located" as const),
    isTokenRefused: fc.boolean(),
    retryAfterMs: fc.nat(1e5),
    connection: fc.constant(connection),
  }),
  fc.record({
    kind: fc.constantFrom("opened" as const, "opened" as const, "not_opened" as const),
    connection: fc.constant(connection),
  }),
  fc.record({
    kind: fc.constant("hello" as const),
    intervalMs: fc.integer({ min: 1, max: 100_000 }),
    connection: fc.constant(connection),
  }),
  fc.constant({ kind: "ready" as const, ...Play.READY, connection }),
  fc.record({ kind: fc.constant("resumed" as const), seq, connection: fc.constant(connection) }),
  fc.record({
    kind: fc.constant("dispatched" as const),
    seq,
    isStored: fc.boolean(),
    connection: fc.constant(connection),
  }),
  fc.record({
    kind: fc.constantFrom("heartbeat_asked" as const, "acked" as const, "reconnect" as const, "not_stored" as const),
    connection: fc.constant(connection),
  }),
  fc.record({
    kind: fc.constant("invalid_session" as const),
    isResumable: fc.boolean(),
    connection: fc.constant(connection),
  }),
  fc.record({ kind: fc.constant("closed" as const), code, connection: fc.constant(connection) }),
  fc.constant({ kind: "stop" as const }),
);
/** The settings want no connection, and so nothing that was missed. */
const isUnwanted = ({ kind }: Event, { phase }: State) => kind === "wake" && phase === "off";
/** The way to READY is long: most scripts would never get there by chance alone. */
const toReady: readonly Happening[] = [
  { kind: "alarm" },
  ...[
    { kind: "located", url: "wss://g", remaining: 5, resetAfterMs: 0, connection } as const,
    { kind: "opened", connection } as const,
    { kind: "hello", intervalMs: 41_250, connection } as const,
    { kind: "ready", ...Play.READY, connection } as const,
    { kind: "resumed", seq: 9, connection } as const,
  ].map((one) => ({ kind: "event", event: one, isLate: false }) as const),
];
const happening: fc.Arbitrary<readonly Happening[]> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant("event" as const), event, isLate: fc.boolean() }).map((one) => [one]),
  },
  { weight: 3, arbitrary: fc.constant([{ kind: "alarm" as const }]) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(1, 100, 4_000, 41_250, 90_000, 3_600_000).map((ms) => [{ kind: "time" as const, ms }]),
  },
  { weight: 1, arbitrary: fc.constant([{ kind: "restart" as const }]) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("a", "a", "b", null).map((wanted) => [{ kind: "settings" as const, wanted }]),
  },
  { weight: 4, arbitrary: fc.constant(toReady) },
);
const script = fc
  .record({
    happenings: fc.array(happening, { maxLength: 60 }),
    random: fc.double({ min: 0, max: 0.999, noNaN: true }),
  })
  .map(({ happenings, random }) => ({ happenings: happenings.flat(), random }));

type Seen = {
  readonly before: State;
  readonly after: State;
  readonly event: Event;
  readonly effects: readonly Effect[];
  readonly now: number;
};

/** Plays a script. What comes late is of the connection before. */
function run(happenings: readonly Happening[], random: number): readonly Seen[] {
  const seen: Seen[] = [];
  let state = EMPTY_STATE;
  let now = 1_900_000_000_000;
  let wanted: string | null = "a";
  let isHeld = true;
  const play = (one: Event) => {
    const context: Context = { now, random, wanted, hasRoom: true };
    const { state: after, effects } = step(state, one, context);
    seen.push({ before: state, after, event: one, effects, now });
    // What is not committed is not known to the next instance.
    state = after;
    if (effects.some(({ kind }) => kind === "locate" || kind === "connect")) isHeld = true;
  };
  for (const one of happenings) {
    switch (one.kind) {
      case "event":
        play(
          "connection" in one.event ? { ...one.event, connection: state.connection - (one.isLate ? 1 : 0) } : one.event,
        );
        break;
      case "time":
        now += one.ms;
        break;
      case "alarm":
        now = Math.max(now, dueAt(state) ?? now);
        play({ kind: "wake", isHeld });
        break;
      case "restart":
        isHeld = false;
        state = { ...state, seen: state.seq };
        break;
      case "settings":
        ({ wanted } = one);
        play({ kind: "wake", isHeld });
        break;
    }
  }
  return seen;
}

const always = (holds: (seen: readonly Seen[]) => void) =>
  fc.assert(
    fc.property(script, ({ happenings, random }) => holds(run(happenings, random))),
    { numRuns: 1_000 },
  );

const payloads = ({ effects }: Seen) => effects.flatMap((effect) => (effect.kind === "send" ? [effect.payload] : []));
const ENDS_SESSION = new Set([4003, 4007, 4009, 4004, 4010, 4011, 4012, 4013, 4014]);

describe("whatever happens in whatever order", () => {
  it("IDENTIFY is at least five seconds from the last one, and never more than the budget", () => {
    always((seen) => {
      const at = seen.filter((one) => payloads(one).some(({ kind }) => kind === "identify")).map(({ now }) => now);
      for (const [index, time] of at.slice(1).entries()) expect(time - (at[index] ?? 0)).toBeGreaterThanOrEqual(5_000);
      for (const { after } of seen) expect(after.identifies.count).toBeLessThanOrEqual(GATEWAY_BOUNDS.identifiesMax);
    });
  });

  it("nothing is sent before Hello, and IDENTIFY only where no session can be resumed", () => {
    always((seen) => {
      for (const one of seen) {
        for (const payload of payloads(one)) {
          expect(one.after.heartbeat).not.toBeNull();
          if (payload.kind === "identify") expect(one.before.session).toBeNull();
          if (payload.kind === "resume") expect(payload.seq).toBe(one.before.seen);
        }
      }
    });
  });

  it("no heartbeat is sent unasked while the last one has no answer", () => {
    always((seen) => {
      for (const one of seen) {
        const isOwn = one.event.kind !== "heartbeat_asked";
        const beats = payloads(one).filter(({ kind }) => kind === "heartbeat");
        if (isOwn && beats.length > 0) expect(one.before.heartbeat?.isOutstanding).toBe(false);
        expect(beats.length).toBeLessThanOrEqual(1);
      }
    });
  });

  it("a terminal state asks for nothing until there are other settings", () => {
    always((seen) => {
      for (const { before, after, event: cause, effects } of seen) {
        if (before.phase !== "terminal" || after.settings !== before.settings) continue;
        if (cause.kind === "stop" || after.phase === "off") continue;
        expect(after.phase).toBe("terminal");
        expect(effects).toEqual([]);
        expect(dueAt(after)).toBeNull();
      }
    });
  });

  it("the number never goes back while a session lasts, and never passes one that was not seen", () => {
    always((seen) => {
      for (const { before, after } of seen) {
        expect(after.seq ?? 0).toBeLessThanOrEqual(after.seen ?? 0);
        if (before.session && after.session === before.session) {
          expect(after.seq ?? 0).toBeGreaterThanOrEqual(before.seq ?? 0);
          expect(after.seen ?? 0).toBeGreaterThanOrEqual(before.seen ?? 0);
        }
      }
    });
  });

  it("a session ends only by what says so, and then what was missed is read", () => {
    always((seen) => {
      for (const { before, after, event: cause } of seen) {
        if (before.session === null || after.session !== null) continue;
        const isByDiscord =
          (cause.kind === "closed" && ENDS_SESSION.has(cause.code ?? 0)) ||
          (cause.kind === "invalid_session" && !cause.isResumable) ||
          (cause.kind === "not_located" && cause.isTokenRefused);
        const isByUs = cause.kind === "stop" || cause.kind === "wake";
        expect(isByDiscord || isByUs).toBe(true);
        expect(after.hasGap).toBe(!isUnwanted(cause, after));
      }
    });
  });

  it("whatever is left has another number from then on, so that nothing of it counts any more", () => {
    always((seen) => {
      for (const { before, after, effects } of seen) {
        const isLeft =
          effects.some(({ kind }) => kind === "close") || (before.phase === "ready" && after.phase !== "ready");
        if (isLeft) expect(after.connection).toBeGreaterThan(before.connection);
        expect(after.connection).toBeGreaterThanOrEqual(before.connection);
      }
    });
  });

  it("something is always due, but where it is over", () => {
    always((seen) => {
      for (const { after } of seen) {
        const isOver = after.phase === "off" || after.phase === "terminal";
        expect(dueAt(after) === null).toBe(isOver);
      }
    });
  });

  it("a wait is never longer than a day, and a connection never silent for longer than 45 s", () => {
    always((seen) => {
      for (const { after, now } of seen) {
        const waitMs = (dueAt(after) ?? now) - now;
        expect(waitMs).toBeLessThanOrEqual(after.heartbeat ? 45_000 : 86_400_000);
      }
    });
  });
});
