import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isExpired, lastTimeOfDay, type ResetRules } from "../../../durable-objects/agent-directory/auto-reset.ts";
import { EMPTY_LANE, type Lane, type LaneEvent, stepLane } from "../../../durable-objects/agent-directory/lane.ts";
import { TURN_BOUNDS } from "../../../protocol/bounds.ts";
import { isTurnId, type TurnId } from "../../../protocol/ids.ts";
import { formatSessionKey } from "../../../protocol/session-key.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const BERLIN = "Europe/Berlin";

const at = (iso: string) => new Date(iso).getTime();
const shown = (ms: number) => new Date(ms).toISOString();

/** What clocks show, by minutes: `2026-03-29 04:00`. */
function clock(timeZone: string): (ms: number) => string {
  const date = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
  const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone, ...date, ...time });
  return (ms) => format.format(ms);
}

/** The same by walking through two days, minute by minute, and looking at the clock. */
function byWalking(time: string, timeZone: string, now: number): number {
  const read = clock(timeZone);
  const start = Math.floor(now / MINUTE_MS) * MINUTE_MS - 50 * HOUR_MS;
  let [highest, found] = [read(start - MINUTE_MS), Number.NaN];
  for (let minute = start; minute <= now; minute += MINUTE_MS) {
    const wall = read(minute);
    if (wall <= highest) continue;
    const wanted = `${wall.slice(0, 10)} ${time}`;
    if (highest < wanted && wall >= wanted) found = minute;
    highest = wall;
  }
  return found;
}

/** Around every change of the clocks in zones that change them in different ways, and any day besides. */
const ZONES: Readonly<Record<string, readonly string[]>> = {
  [BERLIN]: ["2026-03-29T01:00Z", "2026-10-25T01:00Z"],
  "America/New_York": ["2026-03-08T07:00Z", "2026-11-01T06:00Z"],
  "Australia/Lord_Howe": ["2026-04-04T15:00Z", "2026-10-03T15:30Z"],
  "America/Santiago": ["2026-04-05T03:00Z", "2026-09-06T04:00Z"],
  "Africa/Cairo": ["2026-04-23T22:00Z", "2026-10-29T21:00Z"],
  "Asia/Kathmandu": ["2026-06-01T00:00Z"],
  UTC: ["2026-06-01T00:00Z"],
};
const moment = fc
  .constantFrom(...Object.entries(ZONES).flatMap(([zone, changes]) => changes.map((change) => [zone, change] as const)))
  .chain(([zone, change]) =>
    fc.record({
      zone: fc.constant(zone),
      now: fc.integer({ min: -30 * 60, max: 30 * 60 }).map((m) => at(change) + m * MINUTE_MS),
    }),
  );
const timeOfDay = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom(0, 1, 15, 30, 45, 59))
  .map(([hours, minutes]) => `${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`);

describe("lastTimeOfDay", () => {
  it.each([
    ["04:00", BERLIN, "2026-11-23T02:59Z", "2026-11-22T03:00Z"],
    ["04:00", BERLIN, "2026-11-23T03:00Z", "2026-11-23T03:00Z"],
    // The clocks jump from 02:00 to 03:00 at 01:00 UTC.
    ["02:30", BERLIN, "2026-03-29T12:00Z", "2026-03-29T01:00Z"],
    // They show 02:30 twice, first at 00:30 UTC.
    ["02:30", BERLIN, "2026-10-25T00:29Z", "2026-10-24T00:30Z"],
    ["02:30", BERLIN, "2026-10-25T01:45Z", "2026-10-25T00:30Z"],
    // There the day begins at 01:00.
    ["00:30", "America/Santiago", "2026-09-06T10:00Z", "2026-09-06T04:00Z"],
  ])("finds %s in %s at %s", (time, zone, now, expected) => {
    expect(shown(lastTimeOfDay(time, zone, at(now)))).toBe(shown(at(expected)));
  });

  it("is what one reads off the clock, on the days on which it changes too", () => {
    fc.assert(
      fc.property(timeOfDay, moment, (time, { zone, now }) => {
        expect(shown(lastTimeOfDay(time, zone, now))).toBe(shown(byWalking(time, zone, now)));
      }),
      { numRuns: 150 },
    );
  });
});

const RULES: ResetRules = { dailyReset: "04:00", idleResetMinutes: null, timezone: BERLIN };
const NEVER: ResetRules = { ...RULES, dailyReset: null };
const IDLE: ResetRules = { ...NEVER, idleResetMinutes: 60 };

describe("isExpired", () => {
  it("is never without a rule, nor where nothing was said", () => {
    expect(isExpired({ beganAt: 0, activeAt: 0 }, NEVER, 1_000 * DAY_MS)).toBe(false);
    expect(isExpired({ beganAt: null, activeAt: null }, { ...RULES, idleResetMinutes: 1 }, DAY_MS)).toBe(false);
  });

  it("is by whichever rule comes first", () => {
    const life = { beganAt: at("2026-11-22T22:00Z"), activeAt: at("2026-11-22T22:30Z") };
    const both = { ...RULES, idleResetMinutes: 60 };
    expect(isExpired(life, both, at("2026-11-22T23:29Z"))).toBe(false);
    expect(isExpired(life, both, at("2026-11-22T23:30Z"))).toBe(true);
    expect(isExpired({ ...life, activeAt: at("2026-11-23T02:59Z") }, both, at("2026-11-23T03:00Z"))).toBe(true);
    expect(isExpired({ ...life, beganAt: at("2026-11-23T03:00Z") }, RULES, at("2026-11-23T23:00Z"))).toBe(false);
  });
});

const session = (chatId: string) =>
  formatSessionKey({ agent: "main", channel: "telegram", chatKind: "direct", chatId });
const [A, B] = [session("1"), session("2")];

function turn(name: string): TurnId {
  const id = `turn-of-${name}`;
  return isTurnId(id) ? id : expect.fail(id);
}

const NIGHT = at("2026-11-22T22:00Z");
const MORNING = at("2026-11-23T07:00Z");

/** A begins turn `name` with a message; B does as well where it is said so. */
const opens = (name: string, rules: ResetRules, who = A): LaneEvent => ({
  kind: "begin",
  turnId: turn(name),
  session: who,
  above: 0,
  opening: rules,
});
const after = (lane: Lane, event: LaneEvent, now: number) => stepLane(lane, event, now).lane;

describe("a lane", () => {
  const talked = after(
    after(EMPTY_LANE, opens("first", RULES), NIGHT),
    { kind: "leave", turnId: turn("first") },
    NIGHT,
  );

  it("knows since when the conversation goes on, and begins it anew with the first message of the day, once", () => {
    expect(talked).toMatchObject({ epoch: 0, beganAt: NIGHT, activeAt: NIGHT });
    const named = after(talked, { kind: "name", name: "Lisbon" }, NIGHT);
    const granted = stepLane(named, opens("second", RULES), MORNING);
    expect(granted.reply).toMatchObject({ kind: "granted", epoch: 1 });
    expect(granted.lane).toMatchObject({ name: null, beganAt: MORNING });
    // The same turn, asked for again; another session's next one.
    expect(stepLane(granted.lane, opens("second", RULES), MORNING + DAY_MS).reply).toMatchObject({ epoch: 1 });
    const left = after(granted.lane, { kind: "leave", turnId: turn("second") }, MORNING);
    expect(stepLane(left, opens("third", RULES, B), MORNING + HOUR_MS).reply).toMatchObject({ epoch: 1 });
  });

  it("begins nothing anew for background work, which is no sign of life either", () => {
    const begin: LaneEvent = { kind: "begin", turnId: turn("job"), session: A, above: 0 };
    const worked = after(after(talked, begin, MORNING), { kind: "leave", turnId: turn("job") }, MORNING);
    expect(worked).toMatchObject({ epoch: 0, beganAt: NIGHT, activeAt: NIGHT, openedBy: turn("first") });
    expect(after(worked, opens("second", RULES), MORNING).epoch).toBe(1);
  });

  it("begins nothing anew while the turn of another session may come back", () => {
    const held = after(talked, opens("long", RULES, B), NIGHT);
    expect(stepLane(held, opens("second", RULES), NIGHT + 1).reply.kind).toBe("busy");
    const lease = NIGHT + TURN_BOUNDS.leaseMs;
    const until = (reset: number): ResetRules => ({ ...NEVER, idleResetMinutes: reset });
    const soon = stepLane(held, opens("second", until(1)), lease);
    expect(soon.reply).toMatchObject({ kind: "granted", epoch: 0 });
    expect(stepLane(held, opens("second", until(1)), lease + TURN_BOUNDS.turnMaxMs).reply).toMatchObject({ epoch: 1 });
  });

  it("counts what somebody's turn does as life, until its end", () => {
    const begun = after(EMPTY_LANE, opens("first", IDLE), 0);
    const renewed = after(begun, { kind: "renew", turnId: turn("first"), fence: 1 }, 50 * MINUTE_MS);
    const ended = after(renewed, { kind: "end", turnId: turn("first"), fence: 1 }, 55 * MINUTE_MS);
    expect(stepLane(ended, opens("second", IDLE), 114 * MINUTE_MS).reply).toMatchObject({ epoch: 0 });
    expect(stepLane(ended, opens("second", IDLE), 115 * MINUTE_MS).reply).toMatchObject({ epoch: 1 });
  });

  it("keeps a name that was given before anything was said", () => {
    const named = after(after(talked, { kind: "new_epoch" }, NIGHT), { kind: "name", name: "Lisbon" }, NIGHT);
    expect(after(named, opens("second", RULES), MORNING)).toMatchObject({ epoch: 1, name: "Lisbon", beganAt: MORNING });
  });

  it("never goes on in an epoch that an import fills, and fills the same one again after a break", () => {
    const begun = stepLane(talked, { kind: "import_begins", digest: "a" }, NIGHT).lane;
    expect(begun).toMatchObject({ fence: talked.fence + 1, epoch: 0, importing: { epoch: 1 } });
    expect(after(begun, { kind: "import_begins", digest: "a" }, NIGHT)).toMatchObject({ importing: { epoch: 1 } });
    expect(after(begun, { kind: "import_begins", digest: "b" }, NIGHT)).toMatchObject({ importing: { epoch: 2 } });
    const failed = after(begun, { kind: "import_fails" }, NIGHT);
    expect(after(failed, { kind: "import_begins", digest: "a" }, NIGHT)).toMatchObject({ importing: { epoch: 2 } });
    expect(after(begun, { kind: "new_epoch" }, NIGHT)).toMatchObject({ epoch: 2, importing: null });
    expect(after(begun, opens("second", RULES), MORNING)).toMatchObject({ epoch: 2, importing: null });
    expect(after(begun, { kind: "import_ends", epoch: 1 }, MORNING)).toMatchObject({
      epoch: 1,
      importing: null,
      beganAt: MORNING,
    });
    expect(
      stepLane(after(begun, { kind: "new_epoch" }, NIGHT), { kind: "import_ends", epoch: 1 }, NIGHT).reply.kind,
    ).toBe("lost");
  });

  it("gives a turn one epoch, and an epoch out once, whatever happens", () => {
    const name = fc.constantFrom("a", "b", "c");
    const event: fc.Arbitrary<LaneEvent> = fc.oneof(
      fc
        .tuple(name, fc.constantFrom(A, B), fc.constantFrom(RULES, IDLE, NEVER))
        .map(([n, who, rules]) => opens(n, rules, who)),
      name.map((n): LaneEvent => ({ kind: "leave", turnId: turn(n) })),
      fc.constantFrom<LaneEvent>({ kind: "new_epoch" }, { kind: "revoke" }, { kind: "import_fails" }),
      fc.constantFrom("x", "y").map((digest): LaneEvent => ({ kind: "import_begins", digest })),
      fc.nat(4).map((epoch): LaneEvent => ({ kind: "import_ends", epoch })),
    );
    const step = fc.record({ event, passes: fc.constantFrom(0, MINUTE_MS, HOUR_MS, DAY_MS) });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        let [lane, now] = [EMPTY_LANE, NIGHT];
        for (const { event: next, passes } of steps) {
          now += passes;
          const { lane: stepped, reply } = stepLane(lane, next, now);
          expect(stepped.epoch).toBeGreaterThanOrEqual(lane.epoch);
          expect(stepped.fence).toBeGreaterThanOrEqual(lane.fence);
          if (stepped.importing) expect(stepped.importing.epoch).toBeGreaterThan(stepped.epoch);
          const isAskedAgain = next.kind === "begin" && lane.openedBy === next.turnId;
          if (isAskedAgain) expect(stepped.epoch).toBe(lane.epoch);
          if (reply.kind === "busy") expect(stepped.epoch).toBe(lane.epoch);
          // What was begun to be filled is never the epoch of a turn before all of it is there.
          const isFilled = next.kind === "import_ends" && reply.kind !== "lost";
          if (lane.importing && !isFilled) expect(stepped.epoch).not.toBe(lane.importing.epoch);
          lane = stepped;
        }
      }),
    );
  });
});
