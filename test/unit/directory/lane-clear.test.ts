import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EMPTY_LANE, type LaneEvent, stepLane } from "../../../durable-objects/agent-directory/lane.ts";
import { isTurnId, type TurnId } from "../../../protocol/ids.ts";
import { formatSessionKey } from "../../../protocol/session-key.ts";

const session = (chatId: string) =>
  formatSessionKey({ agent: "main", channel: "telegram", chatKind: "direct", chatId });

function turn(name: string): TurnId {
  const id = `turn-of-${name}`;
  return isTurnId(id) ? id : expect.fail(id);
}

describe("a lane that is cleared", () => {
  it("has a higher fence and epoch than all before, and nothing that names anybody", () => {
    const event: fc.Arbitrary<LaneEvent> = fc.oneof(
      fc.record({
        kind: fc.constant("begin" as const),
        turnId: fc.constantFrom(turn("a"), turn("b")),
        session: fc.constantFrom(session("1"), session("2")),
        above: fc.nat(5),
      }),
      fc.constant({ kind: "new_epoch" as const }),
      fc.constant({ kind: "import_begins" as const, digest: "d" }),
      fc.constant({ kind: "clear" as const }),
    );
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const before = events.reduce((lane, next) => stepLane(lane, next, 0).lane, EMPTY_LANE);
        const { lane, reply, wake } = stepLane(before, { kind: "clear" }, 0);
        const epoch = Math.max(before.epoch, before.importing?.epoch ?? 0) + 1;
        expect(lane).toEqual({ ...EMPTY_LANE, fence: before.fence + 1, epoch });
        expect([reply.kind, wake]).toEqual(["done", null]);
        const { holder, fence } = before;
        if (!holder) return;
        for (const kind of ["renew", "end"] as const) {
          expect(stepLane(lane, { kind, turnId: holder.turnId, fence }, 0).reply).toEqual({ kind: "lost" });
        }
      }),
    );
  });

  it("grants the next turn above the fence that it was cleared with", () => {
    const { lane } = stepLane(EMPTY_LANE, { kind: "clear" }, 0);
    const begin: LaneEvent = { kind: "begin", turnId: turn("a"), session: session("1"), above: 0 };
    expect(stepLane(lane, begin, 0).reply).toMatchObject({ kind: "granted", fence: 2 });
  });
});
