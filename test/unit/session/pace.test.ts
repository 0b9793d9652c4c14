import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CallUse, type SlotRequest, takeSlot } from "../../../durable-objects/agent-directory/pace.ts";

const BOT = { burst: 5, everyMs: 40 };
const DIRECT = { burst: 8, everyMs: 1_050 };
const GROUP = { burst: 5, everyMs: 4_000 };

type Ask = { readonly chat: number; readonly use: CallUse; readonly afterMs: number };
const isGroup = (chat: number) => chat % 2 === 1;
const requestOf = ({ chat, use }: Pick<Ask, "chat" | "use">): SlotRequest => ({
  channel: "telegram",
  bot: BOT,
  chat: { id: String(chat), rate: isGroup(chat) ? GROUP : DIRECT },
  use,
  messages: 1,
});

/** Everybody asks as soon as they may; returns when each call left. */
function play(asks: readonly Ask[], pausedUntil = 0): { readonly ask: Ask; readonly leftAt: number }[] {
  const arrivals = new Map<string, number>();
  let clock = 0;
  const queue = asks.map((ask) => ({ ask, at: (clock += ask.afterMs) }));
  const left: { ask: Ask; leftAt: number }[] = [];
  for (let next = queue.shift(); next; next = queue.sort((a, b) => a.at - b.at).shift()) {
    const { slot, taken } = takeSlot(arrivals, requestOf(next.ask), pausedUntil, next.at);
    for (const [key, arrival] of taken) arrivals.set(key, arrival);
    if (slot.kind === "taken") left.push({ ask: next.ask, leftAt: next.at + slot.inMs });
    else if (next.ask.use === "send") queue.push({ ask: next.ask, at: next.at + slot.inMs });
  }
  return left.sort((a, b) => a.leftAt - b.leftAt);
}

/** Most calls of some that left within any `windowMs`. */
function most(left: readonly { readonly leftAt: number }[], windowMs: number): number {
  return Math.max(
    0,
    ...left.map(({ leftAt }) => left.filter((o) => o.leftAt >= leftAt && o.leftAt < leftAt + windowMs).length),
  );
}

const asks = fc.array(
  fc.record({
    chat: fc.integer({ min: 0, max: 5 }),
    use: fc.constantFrom<CallUse>("send", "edit", "sign"),
    afterMs: fc.integer({ min: 0, max: 300 }),
  }),
  { maxLength: 120 },
);

describe("the pace of a bot", () => {
  it("never goes beyond Telegram's limits, whoever asks for what", () => {
    fc.assert(
      fc.property(asks, (all) => {
        const left = play(all);
        expect(most(left, 1_000)).toBeLessThanOrEqual(30);
        for (const chat of new Set(all.map((ask) => ask.chat))) {
          const counted = left.filter(({ ask }) => ask.chat === chat && ask.use !== "sign");
          if (isGroup(chat)) expect(most(counted, 60_000)).toBeLessThanOrEqual(20);
          else expect(most(counted, 1_000)).toBeLessThanOrEqual(9);
        }
      }),
    );
  });

  it("lets every message leave in the end, and keeps those of one chat in order", () => {
    fc.assert(
      fc.property(asks, (all) => {
        const left = play(all).filter(({ ask }) => ask.use === "send");
        expect(left).toHaveLength(all.filter((ask) => ask.use === "send").length);
      }),
    );
  });

  it("lets a message leave at once when nothing did lately", () => {
    expect(takeSlot(new Map(), requestOf({ chat: 0, use: "send" }), 0, 5_000).slot).toEqual({ kind: "taken", inMs: 0 });
  });

  it("lets nothing leave before a pause is over, and takes no slot meanwhile", () => {
    const { slot, taken } = takeSlot(new Map(), requestOf({ chat: 0, use: "send" }), 7_000, 5_000);
    expect(slot).toEqual({ kind: "later", inMs: 2_000 });
    expect(taken.size).toBe(0);
  });

  it("waits no longer than it may when the clock was set back", () => {
    const { taken } = takeSlot(new Map(), requestOf({ chat: 0, use: "send" }), 0, 90_000_000);
    expect(takeSlot(taken, requestOf({ chat: 0, use: "send" }), 90_000_000, 0).slot.inMs).toBeLessThanOrEqual(
      3_600_000,
    );
    expect(takeSlot(taken, requestOf({ chat: 0, use: "send" }), 0, 0).slot.inMs).toBeLessThanOrEqual(60_000);
  });

  it("counts each file of an album", () => {
    const album = { ...requestOf({ chat: 1, use: "send" }), messages: 6 };
    const { taken } = takeSlot(new Map(), album, 0, 0);
    expect(takeSlot(taken, requestOf({ chat: 1, use: "send" }), 0, 0).slot).toEqual({ kind: "later", inMs: 8_000 });
  });

  it("leaves signs out before messages have to wait", () => {
    const arrivals = new Map<string, number>();
    const uses = Array.from({ length: 5 }, (): CallUse => "sign");
    const kinds = uses.map((use) => {
      const { slot, taken } = takeSlot(arrivals, requestOf({ chat: 0, use }), 0, 0);
      for (const [key, arrival] of taken) arrivals.set(key, arrival);
      return slot.kind;
    });
    expect(kinds).toEqual(["taken", "taken", "later", "later", "later"]);
    expect(takeSlot(arrivals, requestOf({ chat: 0, use: "send" }), 0, 0).slot).toEqual({ kind: "taken", inMs: 0 });
  });

  it("lets a busy chat wait without holding up the others", () => {
    const busy = Array.from({ length: 20 }, () => ({ chat: 1, use: "send", afterMs: 0 }) as const);
    const left = play([...busy, { chat: 0, use: "send", afterMs: 0 }]);
    expect(left.find(({ ask }) => ask.chat === 0)?.leftAt).toBeLessThanOrEqual(40 * 2);
  });
});
