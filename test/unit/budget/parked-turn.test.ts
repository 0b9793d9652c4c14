import { describe, expect, it } from "vitest";
import { isWaiting, step } from "../../../durable-objects/channel-session/machine.ts";
import {
  type Context,
  type Effect,
  EMPTY_STATE,
  type Event,
  type Failure,
  type State,
} from "../../../durable-objects/channel-session/turn-state.ts";
import { TURN_BOUNDS } from "../../../protocol/bounds.ts";
import { BUDGET_BOUNDS } from "../../../protocol/own-work-bounds.ts";
import { inbound, MAIN, newTurnId, turnId, UNPAID } from "../session/names.ts";

const MINUTE = 60_000;
const NEXT_DAY = UNPAID.until;
const NEEDS = { microUsd: 7, tokens: 9 };
const SHORT: Failure = { code: "budget_short", retry: "after", reached: true, needs: NEEDS };

class Play {
  state: State = EMPTY_STATE;
  now = 0;

  do(event: Event): readonly Effect[] {
    const context: Context = {
      now: this.now,
      nextTurnId: this.state.turn ? turnId("next") : newTurnId(0),
      queue: "steer",
      turnMaxMs: TURN_BOUNDS.turnMaxMs,
      release: "r-1",
    };
    const { state, effects } = step(this.state, event, context);
    this.state = state;
    return effects;
  }

  say(id: string): readonly Effect[] {
    return this.do({ kind: "message", id: inbound(id), conversation: MAIN });
  }

  grant(fence: number): readonly Effect[] {
    return this.do({ kind: "granted", conversation: MAIN, turnId: newTurnId(0), fence, epoch: 0 });
  }

  unpaid(isFinal = false): readonly Effect[] {
    return this.do({ kind: "unpaid", turnId: newTurnId(0), unpaid: UNPAID, isFinal });
  }

  short(fence: number, progressed: boolean): readonly Effect[] {
    return this.do({ kind: "failed", turnId: newTurnId(0), fence, failure: SHORT, progressed });
  }
}

const kinds = (effects: readonly Effect[]) => effects.map(({ kind }) => kind);

function parked(): Play {
  const play = new Play();
  play.say("1");
  expect(kinds(play.unpaid())).toEqual(["parked"]);
  return play;
}

describe("a turn that is not paid for", () => {
  it("keeps its messages, tells the chat once, and asks again and again", () => {
    const play = parked();
    expect(play.state.open).toMatchObject([{ state: "accepted" }]);
    play.say("2");
    expect(play.state.turn?.wakeAt).toBe(BUDGET_BOUNDS.askAgainMs);
    play.now = BUDGET_BOUNDS.askAgainMs;
    expect(kinds(play.do({ kind: "wake", reading: false }))).toEqual(["ask_lane"]);
    expect(kinds(play.unpaid())).toEqual([]);
    play.now = NEXT_DAY - MINUTE;
    play.do({ kind: "wake", reading: false });
    play.unpaid();
    expect(play.state.turn?.wakeAt).toBe(NEXT_DAY);
  });

  it("asks at once when somebody says that there is something left, and takes all that waits", () => {
    const play = parked();
    play.say("2");
    expect(isWaiting(play.state.turn)).toBe(true);
    expect(kinds(play.do({ kind: "lane_free" }))).toEqual(["ask_lane"]);
    expect(kinds(play.grant(1))).toEqual(["mark", "run"]);
    expect(play.state.open).toMatchObject([{ state: "leased" }, { state: "leased" }]);
    expect(isWaiting(play.state.turn)).toBe(false);
  });

  it("can be stopped", () => {
    const play = parked();
    expect(kinds(play.do({ kind: "stop", ids: [inbound("1")] }))).toEqual(["mark", "turn_ended"]);
    expect(play.state).toEqual(EMPTY_STATE);
  });

  it("fails at once when nobody waits for it", () => {
    const play = new Play();
    play.say("1");
    const effects = play.unpaid(true);
    expect(effects).toContainEqual(
      expect.objectContaining({ kind: "notice", notice: { kind: "failed", code: "budget_spent" } }),
    );
  });
});

describe("a run that has used up its share", () => {
  it("asks for what it needs, is parked if that is not there, and goes on where it was, with its time", () => {
    const play = new Play();
    play.say("1");
    play.grant(1);
    play.do({ kind: "begun", turnId: newTurnId(0), fence: 1 });
    play.now = MINUTE;
    expect(play.short(1, true)).toMatchObject([{ kind: "ask_lane", needs: NEEDS }]);
    expect(kinds(play.unpaid())).toEqual(["parked"]);
    play.now = 5 * 3_600_000;
    expect(play.do({ kind: "lane_free" })).toMatchObject([{ kind: "ask_lane", needs: NEEDS }]);
    const [run] = play.grant(2);
    expect(run).toMatchObject({ kind: "run", resume: true, turn: { fence: 2, startedAt: play.now - MINUTE } });
    expect(play.state.turn).not.toHaveProperty("needs");
    expect(play.state.open).toMatchObject([{ state: "running" }]);
  });

  it("may do so as often as it gets on, and is given up if it does not", () => {
    const play = new Play();
    play.say("1");
    play.grant(1);
    for (let fence = 1; fence <= 3 * TURN_BOUNDS.runAttemptsMax; fence += 1) {
      expect(kinds(play.short(fence, true))).toEqual(["ask_lane"]);
      play.grant(fence + 1);
    }
    let fence = play.state.turn?.fence ?? 0;
    while (play.state.turn?.turnId === newTurnId(0) && fence < 1_000) {
      const effects = play.short(fence, false);
      if (effects.some(({ kind }) => kind === "notice")) break;
      fence += 1;
      play.grant(fence);
    }
    expect(play.state.open).toEqual([]);
  });

  it("does not ask twice when its end is told twice", () => {
    const play = new Play();
    play.say("1");
    play.grant(1);
    play.short(1, true);
    expect(play.short(1, true)).toEqual([]);
  });
});
