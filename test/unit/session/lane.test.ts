import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  EMPTY_LANE,
  type Lane,
  type LaneEvent,
  type LaneReply,
  stepLane,
} from "../../../durable-objects/agent-directory/lane.ts";
import { RUNTIME_BOUNDS, TURN_BOUNDS } from "../../../protocol/bounds.ts";
import { isTurnId, type TurnId } from "../../../protocol/ids.ts";
import { formatSessionKey } from "../../../protocol/session-key.ts";

const session = (chatId: string) =>
  formatSessionKey({ agent: "main", channel: "telegram", chatKind: "direct", chatId });
const [A, B, C] = [session("1"), session("2"), session("3")];

function turn(name: string): TurnId {
  const id = `turn-${name}`.padEnd(8, "0");
  if (!isTurnId(id)) throw new Error(id);
  return id;
}

function run(lane: Lane, event: LaneEvent, now = 0) {
  return stepLane(lane, event, now);
}

describe("stepLane", () => {
  it("grants a free lane and keeps a second session waiting until the first is done", () => {
    const first = run(EMPTY_LANE, { kind: "begin", turnId: turn("a"), session: A, above: 0 });
    expect(first.reply).toEqual({ kind: "granted", fence: 1, epoch: 0 });
    const second = run(first.lane, { kind: "begin", turnId: turn("b"), session: B, above: 0 });
    expect(second.reply).toMatchObject({ kind: "busy", holder: A });
    const ended = run(second.lane, { kind: "end", turnId: turn("a"), fence: 1 });
    expect(ended.wake).toBe(B);
    expect(ended.lane.holder).toBeNull();
  });

  it("wakes waiting sessions in the order in which they came", () => {
    const held = run(EMPTY_LANE, { kind: "begin", turnId: turn("a"), session: A, above: 0 }).lane;
    const b = run(held, { kind: "begin", turnId: turn("b"), session: B, above: 0 }).lane;
    const c = run(b, { kind: "begin", turnId: turn("c"), session: C, above: 0 }).lane;
    const freed = run(c, { kind: "end", turnId: turn("a"), fence: 1 });
    expect(freed.wake).toBe(B);
    const again = run(freed.lane, { kind: "begin", turnId: turn("b"), session: B, above: 0 });
    expect(run(again.lane, { kind: "end", turnId: turn("b"), fence: 2 }).wake).toBe(C);
  });

  it("wakes the next one when the first that was woken does not want the lane any more", () => {
    const held = run(EMPTY_LANE, { kind: "begin", turnId: turn("a"), session: A, above: 0 }).lane;
    const b = run(held, { kind: "begin", turnId: turn("b"), session: B, above: 0 }).lane;
    const c = run(b, { kind: "begin", turnId: turn("c"), session: C, above: 0 }).lane;
    const freed = run(c, { kind: "end", turnId: turn("a"), fence: 1 });
    expect(run(freed.lane, { kind: "pass" }).wake).toBe(C);
    const taken = run(freed.lane, { kind: "begin", turnId: turn("b"), session: B, above: 0 }).lane;
    expect(run(taken, { kind: "pass" })).toMatchObject({ lane: taken, wake: null });
  });

  it("grants the same turn again with a higher fence after a crash, and the old fence is lost", () => {
    const first = run(EMPTY_LANE, { kind: "begin", turnId: turn("a"), session: A, above: 0 });
    const again = run(first.lane, { kind: "begin", turnId: turn("a"), session: A, above: 0 });
    expect(again.reply).toEqual({ kind: "granted", fence: 2, epoch: 0 });
    expect(run(again.lane, { kind: "renew", turnId: turn("a"), fence: 1 }).reply).toEqual({ kind: "lost" });
    expect(run(again.lane, { kind: "end", turnId: turn("a"), fence: 1 }).reply).toEqual({ kind: "lost" });
  });

  it("gives the lane to another session only when the lease is over", () => {
    const held = run(EMPTY_LANE, { kind: "begin", turnId: turn("a"), session: A, above: 0 }).lane;
    const ask: LaneEvent = { kind: "begin", turnId: turn("b"), session: B, above: 0 };
    expect(run(held, ask, TURN_BOUNDS.leaseMs - 1).reply.kind).toBe("busy");
    expect(run(held, ask, TURN_BOUNDS.leaseMs).reply).toMatchObject({ kind: "granted", fence: 2 });
  });

  it("raises the fence when the lane is revoked, so that the old turn can end nothing", () => {
    const held = run(EMPTY_LANE, { kind: "begin", turnId: turn("a"), session: A, above: 0 }).lane;
    const revoked = run(held, { kind: "revoke" });
    expect(revoked.lane).toMatchObject({ fence: 2, holder: null });
    expect(run(revoked.lane, { kind: "renew", turnId: turn("a"), fence: 1 }).reply.kind).toBe("lost");
  });

  it("takes the lane from a turn that is over, whatever its last grant was, and from no other", () => {
    const first = run(EMPTY_LANE, { kind: "begin", turnId: turn("a"), session: A, above: 0 }).lane;
    const again = run(first, { kind: "begin", turnId: turn("a"), session: A, above: 0 }).lane;
    const busy = run(again, { kind: "begin", turnId: turn("b"), session: B, above: 0 }).lane;
    const left = run(busy, { kind: "leave", turnId: turn("a") });
    expect(left).toMatchObject({ lane: { fence: 2, holder: null }, reply: { kind: "done" }, wake: B });
    expect(run(left.lane, { kind: "leave", turnId: turn("a") })).toEqual({
      lane: left.lane,
      reply: { kind: "lost" },
      wake: null,
    });
    const taken = run(left.lane, { kind: "begin", turnId: turn("b"), session: B, above: 0 }).lane;
    expect(run(taken, { kind: "leave", turnId: turn("a") })).toEqual({
      lane: taken,
      reply: { kind: "lost" },
      wake: null,
    });
  });

  it("leaves fences out that the agent has seen already, but never very many at once", () => {
    const jumped = run(EMPTY_LANE, { kind: "begin", turnId: turn("a"), session: A, above: 41 });
    expect(jumped.reply).toMatchObject({ fence: 42 });
    const lied = run(jumped.lane, { kind: "begin", turnId: turn("a"), session: A, above: Number.MAX_SAFE_INTEGER });
    expect(lied.lane.fence).toBe(42 + TURN_BOUNDS.grantJumpMax + 1);
  });

  it("leaves no more fences out at once than the agent takes", () => {
    expect(TURN_BOUNDS.grantJumpMax).toBeLessThan(RUNTIME_BOUNDS.fenceJumpMax);
  });

  it("hands out a new epoch after /new, and only then", () => {
    const next = run(EMPTY_LANE, { kind: "new_epoch" }).lane;
    expect(run(next, { kind: "begin", turnId: turn("a"), session: A, above: 0 }).reply).toMatchObject({ epoch: 1 });
  });

  it("never lets two turns hold the lane, and never repeats a fence, whatever the order of events", () => {
    const sessions = fc.constantFrom(A, B, C);
    const turns = fc.constantFrom(turn("a"), turn("b"), turn("c"), turn("d"));
    const fence = fc.integer({ min: 1, max: 12 });
    const event: fc.Arbitrary<LaneEvent> = fc.oneof(
      fc.record({ kind: fc.constant("begin" as const), turnId: turns, session: sessions, above: fc.nat(30) }),
      fc.record({ kind: fc.constant("renew" as const), turnId: turns, fence }),
      fc.record({ kind: fc.constant("end" as const), turnId: turns, fence }),
      fc.record({ kind: fc.constant("leave" as const), turnId: turns }),
      fc.constant({ kind: "revoke" as const }),
      fc.constant({ kind: "new_epoch" as const }),
    );
    const timed = fc.array(fc.tuple(event, fc.integer({ min: 0, max: TURN_BOUNDS.leaseMs })), {
      maxLength: 60,
      size: "max",
    });
    fc.assert(
      fc.property(timed, (events) => {
        let lane: Lane = EMPTY_LANE;
        let now = 0;
        let highest = 0;
        for (const [next, pause] of events) {
          now += pause;
          const before = lane;
          const { lane: after, reply } = stepLane(lane, next, now);
          lane = after;
          expect(lane.fence).toBeGreaterThanOrEqual(highest);
          checkGrant(before, next, reply, now, highest);
          checkHolder(before, lane, next);
          highest = lane.fence;
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** A grant needs a free lane, or the same session, or a lease that is over; and it always has a fence of its own. */
function checkGrant(before: Lane, event: LaneEvent, reply: LaneReply, now: number, highest: number) {
  if (reply.kind !== "granted" || event.kind !== "begin") return;
  expect(reply.fence).toBeGreaterThan(highest);
  const { holder } = before;
  expect(holder === null || holder.session === event.session || holder.leaseUntil <= now).toBe(true);
}

/** Only its own end, a revocation and another grant take the lane from a turn. */
function checkHolder({ holder, fence }: Lane, after: Lane, event: LaneEvent) {
  if (!holder || after.holder?.turnId === holder.turnId) return;
  if (event.kind === "end" || event.kind === "leave") expect(event.turnId).toBe(holder.turnId);
  if (event.kind === "end") expect(event.fence).toBe(fence);
  expect(["begin", "end", "leave", "revoke"]).toContain(event.kind);
}
