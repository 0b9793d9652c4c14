import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { step } from "../../../durable-objects/channel-session/machine.ts";
import {
  type Context,
  EMPTY_STATE,
  type Event,
  type State,
} from "../../../durable-objects/channel-session/turn-state.ts";
import type { QueueMode } from "../../../protocol/access.ts";
import { TURN_BOUNDS } from "../../../protocol/bounds.ts";
import { inbound, MAIN, newTurnId, PERSON, turnId } from "./names.ts";
import { type Climate, ROUGH, SLOW } from "./laws.ts";
import { runScript, World } from "./world.ts";

const NOW = 1_000_000;
const { turnMaxMs } = TURN_BOUNDS;
const context: Context = { now: NOW, nextTurnId: turnId("next"), queue: "steer", turnMaxMs, release: "r-1" };
const message = (id: string): Event => ({ kind: "message", id: inbound(id), conversation: MAIN });

function play(events: readonly Event[], now = NOW, queue: QueueMode = "steer"): { state: State; kinds: string[] } {
  let state = EMPTY_STATE;
  const kinds: string[] = [];
  for (const [index, event] of events.entries()) {
    const next = step(state, event, { ...context, now, nextTurnId: newTurnId(index), queue });
    state = next.state;
    kinds.push(...next.effects.map((effect) => effect.kind));
  }
  return { state, kinds };
}

const grant = (index: number, fence: number): Event => ({
  kind: "granted",
  conversation: MAIN,
  turnId: newTurnId(index),
  fence,
  epoch: 0,
});
/** The runs of the first turn. */
const run = (fence: number) => ({ turnId: newTurnId(0), fence });
const final = (fence: number, consumed: string[]): Event => ({
  kind: "final",
  ...run(fence),
  text: "answer",
  consumed: consumed.map(inbound),
});
const unavailable = { code: "agent_unavailable", retry: "after", reached: false } as const;
const crashed = { code: "agent_stream_broken", retry: "after", reached: true } as const;

describe("step", () => {
  it("asks for the lane as soon as a message is there, and runs it when granted", () => {
    const { state, kinds } = play([message("1"), grant(0, 1)]);
    expect(kinds).toEqual(["ask_lane", "mark", "run"]);
    expect(state.open).toEqual([{ id: "1", conversation: MAIN, state: "leased" }]);
  });

  it("keeps the release that a turn began under, for its runs, for what is steered and for its end", () => {
    const newer = { ...context, release: "r-2" };
    const begun = play([message("1"), grant(0, 1), { kind: "begun", ...run(1) }]).state;
    const steered = step(begun, message("2"), newer);
    const woken = step(steered.state, { kind: "wake", reading: false }, newer);
    const resumed = step(woken.state, grant(0, 2), newer);
    const stopped = step(resumed.state, { kind: "stop", ids: [inbound("1"), inbound("2")] }, newer);
    const asked = [...steered.effects, ...resumed.effects, ...stopped.effects].flatMap((effect) =>
      effect.kind === "steer" || effect.kind === "run" || effect.kind === "abort"
        ? [[effect.kind, effect.turn.release]]
        : [],
    );
    expect(asked).toEqual([
      ["steer", "r-1"],
      ["run", "r-1"],
      ["abort", "r-1"],
    ]);
  });

  it("begins a turn that waited for its lane under the release that is there when it has it", () => {
    const waiting = play([message("1")]).state;
    expect(step(waiting, grant(0, 1), { ...context, release: "r-2" }).state.turn?.release).toBe("r-2");
  });

  it("goes on with a turn that says nothing of its release as one of the release that is there", () => {
    const running = play([message("1"), grant(0, 1), { kind: "begun", ...run(1) }]).state;
    if (!running.turn) throw new Error("no turn runs");
    const { release: _, ...turn } = running.turn;
    const woken = step({ ...running, turn }, { kind: "wake", reading: false }, context);
    expect(step(woken.state, grant(0, 2), { ...context, release: "r-2" }).state.turn?.release).toBe("r-2");
  });

  it("answers a message that wants an answer of its own in a turn of its own", () => {
    const alone = (id: string): Event => ({ kind: "message", id: inbound(id), conversation: MAIN, isAlone: true });
    const { state } = play([message("1"), message("2"), alone("3"), message("4"), grant(0, 1)]);
    expect(state.open.map((open) => open.state)).toEqual(["leased", "leased", "accepted", "accepted"]);
    const next = play([alone("1"), message("2"), alone("3"), grant(0, 1)]);
    expect(next.state.open.map((open) => open.state)).toEqual(["leased", "accepted", "accepted"]);
    const begun = play([alone("1"), message("2"), alone("3"), grant(0, 1), { kind: "begun", ...run(1) }, alone("4")]);
    expect(begun.state.open.map((open) => open.state)).toEqual(["running", "leased", "accepted", "accepted"]);
  });

  it("gives a command for the agent a turn that nothing joins", () => {
    const compact: Event = { kind: "message", id: inbound("1"), conversation: MAIN, isAlone: true, isCommand: true };
    const begun: Event = { kind: "begun", ...run(1) };
    const states = (...events: Event[]) => play(events).state.open.map((open) => open.state);
    expect(states(compact, message("2"), grant(0, 1), begun, message("3"))).toEqual([
      "running",
      "accepted",
      "accepted",
    ]);
    const late = { ...compact, id: inbound("2") };
    expect(states(message("1"), grant(0, 1), begun, late, message("3"))).toEqual(["running", "accepted", "leased"]);
  });

  it("takes all messages that wait into one turn, up to the bound", () => {
    const many = Array.from({ length: TURN_BOUNDS.messagesPerTurnMax + 5 }, (_, index) => message(String(index)));
    const { state } = play([...many, grant(0, 1)]);
    const leased = state.open.filter((open) => open.state === "leased");
    expect(leased).toHaveLength(TURN_BOUNDS.messagesPerTurnMax);
  });

  it("answers as a reply to the message that the agent names, if the answer covers it", () => {
    const { state } = play([message("1"), grant(0, 1), { kind: "begun", ...run(1) }, message("2")]);
    const answerTo = (named: string) => {
      const said: Event = {
        kind: "final",
        ...run(1),
        text: "answer",
        consumed: [inbound("1")],
        replyTo: inbound(named),
      };
      return step(state, said, context).effects.find(({ kind }) => kind === "answer");
    };
    expect(answerTo("1")).toMatchObject({ replyTo: "1" });
    expect(answerTo("2")).not.toHaveProperty("replyTo");
  });

  it("steers a later message into the running turn, and answers both with one final", () => {
    const { state, kinds } = play([
      message("1"),
      grant(0, 1),
      { kind: "begun", ...run(1) },
      message("2"),
      final(1, ["1", "2"]),
    ]);
    expect(kinds.filter((kind) => kind === "steer")).toHaveLength(1);
    expect(kinds.filter((kind) => kind === "answer")).toHaveLength(1);
    expect(state).toEqual(EMPTY_STATE);
  });

  it("gives a message that came too late for the turn a turn of its own", () => {
    const { state } = play([message("1"), grant(0, 1), { kind: "begun", ...run(1) }, message("2"), final(1, ["1"])]);
    expect(state.open).toEqual([{ id: "2", conversation: MAIN, state: "accepted" }]);
    expect(state.turn?.phase).toBe("waiting");
  });

  it("ignores what an older fence says", () => {
    const taken: Event[] = [message("1"), grant(0, 1), { kind: "wake", reading: false }, grant(0, 2)];
    const before = play(taken);
    expect(play([...taken, final(1, ["1"])]).state).toEqual(before.state);
  });

  it("goes on trying while the agent cannot be reached, without counting it against the turn", () => {
    let state = play([message("1"), grant(0, 1)]).state;
    for (let fence = 1; fence < 30; fence += 1) {
      state = step(state, { kind: "run_ended", ...run(fence), failure: unavailable, progressed: false }, context).state;
      expect(state.turn).toMatchObject({ phase: "parked", attempts: 0 });
      expect((state.turn?.wakeAt ?? 0) - NOW).toBeLessThanOrEqual(TURN_BOUNDS.retryMaxMs);
      state = step(state, { kind: "wake", reading: false }, { ...context, now: NOW + TURN_BOUNDS.retryMaxMs }).state;
      const again: Event = { ...grant(0, fence + 1), kind: "granted" } as Extract<Event, { kind: "granted" }>;
      state = step(state, again, context).state;
    }
  });

  it("gives up on a message that crashes the agent every time, and says so", () => {
    let state = play([message("1"), grant(0, 1)]).state;
    const kinds: string[] = [];
    for (let fence = 1; state.turn && fence < 20; fence += 1) {
      const ended = step(state, { kind: "run_ended", ...run(fence), failure: crashed, progressed: false }, context);
      kinds.push(...ended.effects.map((effect) => effect.kind));
      const woken = step(ended.state, { kind: "wake", reading: false }, { ...context, now: NOW + 60_000 });
      state = step(woken.state, grant(0, fence + 1), context).state;
    }
    expect(state).toEqual(EMPTY_STATE);
    expect(kinds).toContain("notice");
  });

  it("asks above the fence that the agent has seen, and not for ever", () => {
    const lost = { code: "fence_lost", retry: "never", reached: true, passedBy: 17 } as const;
    let state = play([message("1"), grant(0, 1)]).state;
    const asked: number[] = [];
    for (let fence = 1; state.turn && fence < 20; fence += 1) {
      const failed = step(state, { kind: "failed", ...run(fence), failure: lost }, context).state;
      const woken = step(failed, { kind: "wake", reading: false }, { ...context, now: NOW + 60_000 });
      for (const effect of woken.effects) if (effect.kind === "ask_lane") asked.push(effect.above);
      state = step(woken.state, grant(0, fence + 1), context).state;
    }
    expect(asked.slice(0, 2)).toEqual([17, 17]);
    expect(asked.length).toBeLessThan(TURN_BOUNDS.runAttemptsMax);
    expect(state).toEqual(EMPTY_STATE);
  });

  it("closes what the transcript has taken in when it gives up, and runs only the rest again", () => {
    const taken: Event[] = [message("1"), grant(0, 1), { kind: "begun", ...run(1) }, message("2"), message("3")];
    const failure = {
      code: "agent_refused",
      retry: "never",
      reached: true,
      soFar: { text: "About the first.", consumed: [inbound("1"), inbound("2")] },
    } as const;
    const ended = step(play(taken).state, { kind: "failed", ...run(1), failure }, context);
    expect(ended.state.open).toEqual([{ id: "3", conversation: MAIN, state: "accepted" }]);
    expect(ended.effects).toContainEqual(
      expect.objectContaining({
        kind: "notice",
        ids: ["1", "2"],
        notice: expect.objectContaining({ text: "About the first." }),
      }),
    );
  });

  it("keeps messages that came after /stop", () => {
    const { state, kinds } = play([message("1"), grant(0, 1), message("2"), { kind: "stop", ids: [inbound("1")] }]);
    expect(kinds).toContain("abort");
    expect(state.open).toEqual([{ id: "2", conversation: MAIN, state: "accepted" }]);
  });

  it("gives back a lane that was granted to a turn that is over", () => {
    const { kinds } = play([message("1"), { kind: "stop", ids: [inbound("1")] }, grant(0, 1)]);
    expect(kinds.at(-1)).toBe("release_lane");
  });
});

describe("the queue mode collect", () => {
  const running: Event[] = [message("1"), grant(0, 1), { kind: "begun", ...run(1) }];
  const collect = (events: readonly Event[]) => play(events, NOW, "collect");

  it("lets what comes while a turn runs wait, and answers it together in the next", () => {
    const during = collect([...running, message("2"), message("3")]);
    expect(during.kinds).not.toContain("steer");
    const { state } = collect([...running, message("2"), message("3"), final(1, ["1"]), grant(5, 2)]);
    expect(state.open).toEqual([
      { id: "2", conversation: MAIN, state: "leased" },
      { id: "3", conversation: MAIN, state: "leased" },
    ]);
    expect(state.turn?.turnId).toBe(newTurnId(5));
  });

  it("takes into a turn that has not begun what waits for it anyway", () => {
    const { state } = collect([message("1"), message("2"), grant(0, 1)]);
    expect(state.open.map((open) => open.state)).toEqual(["leased", "leased"]);
  });

  it("lets what came between the grant and the beginning wait as well", () => {
    const { state, kinds } = collect([message("1"), grant(0, 1), message("2"), { kind: "begun", ...run(1) }]);
    expect(kinds).not.toContain("steer");
    expect(state.open.map((open) => open.state)).toEqual(["running", "accepted"]);
  });

  it("hands on again what was steered before it was set, since a resumed turn may have lost it", () => {
    const steered = play([...running, message("2")]).state;
    const woken = step(steered, { kind: "wake", reading: false }, { ...context, queue: "collect" });
    const granted = step(woken.state, grant(0, 2), { ...context, queue: "collect" });
    const again = step(granted.state, { kind: "begun", ...run(2) }, { ...context, queue: "collect" });
    expect(again.effects).toContainEqual(expect.objectContaining({ kind: "steer", id: "2" }));
  });
});

describe("events that come too late", () => {
  it("does not take a run of another conversation for its own, though their fences are equal", () => {
    const begun: Event[] = [message("1"), grant(0, 1), { kind: "stop", ids: [inbound("1")] }];
    const second: Event[] = [{ kind: "message", id: inbound("2"), conversation: PERSON }, grant(3, 1)];
    const before = play([...begun, ...second]);
    expect(before.state.turn).toMatchObject({ turnId: newTurnId(3), fence: 1 });
    expect(play([...begun, ...second, final(1, ["2"])]).state).toEqual(before.state);
  });

  it("keeps a message that an earlier run was too late for and that this run has", () => {
    const taken: Event[] = [message("1"), grant(0, 1), { kind: "begun", ...run(1) }, message("2")];
    const resumed: Event[] = [{ kind: "wake", reading: false }, grant(0, 2), { kind: "begun", ...run(2) }];
    const tooLate: Event = { kind: "steered", ...run(1), id: inbound("2"), status: "not_running" };
    const { state } = play([...taken, ...resumed, tooLate]);
    expect(state.open.map((open) => open.state)).toEqual(["running", "leased"]);
  });

  it("takes no message from a turn that has not begun, since nothing was steered into it", () => {
    const refused: Event = { kind: "steered", ...run(1), id: inbound("1"), status: "not_running" };
    const { state } = play([message("1"), grant(0, 1), refused]);
    expect(state.open.map((open) => open.state)).toEqual(["leased"]);
  });

  it("goes over to a later grant of its own turn, since the lane knows no other", () => {
    const { state, kinds } = play([message("1"), { kind: "lane_free" }, grant(0, 1), grant(0, 2)]);
    expect(state.turn).toMatchObject({ phase: "running", fence: 2 });
    expect(kinds.filter((kind) => kind === "run")).toHaveLength(2);
  });

  it("does not count the wait for the lane as part of the turn", () => {
    const waiting = play([message("1")]).state;
    const later = { ...context, now: NOW + 2 * TURN_BOUNDS.turnMaxMs };
    const running = step(waiting, grant(0, 1), later).state;
    const ended = step(running, { kind: "run_ended", ...run(1), failure: crashed, progressed: false }, later);
    expect(ended.state.turn?.phase).toBe("parked");
  });
});

describe("an instance that dies while it reads a turn", () => {
  const gone: Event = { kind: "wake", reading: false };
  const rounds = (count: number) =>
    Array.from(
      { length: count },
      (_, index) => [grant(0, index + 1), { kind: "begun", ...run(index + 1) }, gone] as const,
    );

  it("is followed by another one, so many times in a row; then the message fails, since it may be what kills them", () => {
    const often = play([message("1"), ...rounds(TURN_BOUNDS.takeoversMax).flat()]);
    expect(often.state.turn).toMatchObject({ phase: "waiting", takeovers: TURN_BOUNDS.takeoversMax });
    const tooOften = play([message("1"), ...rounds(TURN_BOUNDS.takeoversMax + 1).flat(), message("2")]);
    expect(tooOften.kinds).toContain("notice");
    expect(tooOften.state.open.map(({ id }) => id)).toEqual(["2"]);
  });

  it("is forgotten once a run comes to an end of its own", () => {
    const fences = TURN_BOUNDS.takeoversMax;
    const cut: Event = { kind: "run_ended", ...run(fences + 1), failure: crashed, progressed: true };
    const { state } = play([message("1"), ...rounds(fences).flat(), grant(0, fences + 1), cut]);
    expect(state.turn).toMatchObject({ takeovers: 0 });
  });

  it("and is not followed for a night does not use up the turn's time", () => {
    const running = play([message("1"), grant(0, 1), { kind: "begun", ...run(1) }]).state;
    const night = { ...context, now: NOW + 10 * TURN_BOUNDS.turnMaxMs };
    const woken = step(running, gone, night).state;
    const resumed = step(woken, grant(0, 2), night).state;
    const ended = step(resumed, { kind: "run_ended", ...run(2), failure: crashed, progressed: false }, night).state;
    expect(ended.turn?.phase).toBe("parked");
  });
});

describe("two sessions that share conversations", () => {
  const script = fc.array(fc.nat(9_999_999), { maxLength: 160, size: "max" });
  const holdsIn = (climate: Climate, numRuns: number, queue: QueueMode | "changing" = "steer") =>
    fc.assert(
      fc.property(fc.noBias(script), (choices) => {
        const world = new World(climate, queue);
        runScript(world, choices);
        world.settle();
        expect(world.problems).toEqual([]);
      }),
      { numRuns },
    );

  it("cover every message once and settle within the bound, whatever is lost or killed between two steps", () => {
    holdsIn(ROUGH, 2_000);
  });

  it("do the same when messages are collected", () => {
    holdsIn(ROUGH, 1_000, "collect");
    holdsIn(ROUGH, 500, "changing");
    holdsIn(SLOW, 500, "collect");
  });

  it("never wait for a lease or a retry while messages are only late or out of order", () => {
    holdsIn(SLOW, 1_500);
  });
});
