import { describe, expect, it } from "vitest";
import { GATEWAY_BOUNDS } from "../../../durable-objects/discord-gateway/bounds.ts";
import {
  type ConnectionEvent,
  dueAt,
  type Effect,
  EMPTY_STATE,
} from "../../../durable-objects/discord-gateway/gateway-state.ts";
import { step } from "../../../durable-objects/discord-gateway/machine.ts";
import { HELLO_MS, Play, RESUME_URL, URL } from "./play.ts";

const kindsOf = (effects: readonly Effect[]) =>
  effects.map((effect) => (effect.kind === "send" ? effect.payload.kind : effect.kind));

describe("a connection", () => {
  it("is asked for, greeted and identified, and then ready", () => {
    const play = new Play();
    expect(kindsOf(play.wake())).toEqual(["locate"]);
    expect(play.tell({ kind: "located", url: URL, remaining: 1, resetAfterMs: 0 })).toMatchObject([
      { kind: "connect", url: URL },
    ]);
    expect(play.tell({ kind: "opened" })).toEqual([]);
    expect(kindsOf(play.tell({ kind: "hello", intervalMs: HELLO_MS }))).toEqual(["identify"]);
    play.tell({ kind: "ready", ...Play.READY });
    expect(play.state).toMatchObject({ phase: "ready", failures: 0, seq: 1, session: { id: "session" } });
  });

  it("begins with a heartbeat after a part of the interval, then one each interval", () => {
    const play = Play.ready({ random: 0.5 });
    expect(dueAt(play.state)).toBe(play.now + HELLO_MS / 2);
    play.pass(HELLO_MS / 2);
    expect(play.wake()).toEqual([{ kind: "send", payload: { kind: "heartbeat", seq: 1 } }]);
    expect(dueAt(play.state)).toBe(play.now + HELLO_MS);
  });

  it("has no interval above 45 s, so that the object is never evicted between two heartbeats", () => {
    const play = Play.ready({ random: 0.999, intervalMs: 3_600_000 });
    expect((dueAt(play.state) ?? 0) - play.now).toBeLessThanOrEqual(45_000);
  });

  it("answers a heartbeat that Discord asks for, and then waits a whole interval", () => {
    const play = Play.ready({ random: 0.5 });
    expect(kindsOf(play.tell({ kind: "heartbeat_asked" }))).toEqual(["heartbeat"]);
    expect(dueAt(play.state)).toBe(play.now + HELLO_MS);
  });

  it("does not answer more than Discord takes in a minute", () => {
    const play = Play.ready();
    const answered = Array.from({ length: 500 }, () => play.tell({ kind: "heartbeat_asked" })).flat();
    expect(answered).toHaveLength(GATEWAY_BOUNDS.askedHeartbeatsMax);
  });

  it("is a zombie when a heartbeat is due and the last one has no answer", () => {
    const play = Play.ready();
    play.wakeAtDue();
    expect(play.wakeAtDue()).toEqual([{ kind: "close", code: 4_900 }]);
    expect(play.state).toMatchObject({ phase: "idle", session: { id: "session" }, counts: { zombies: 1 } });
  });

  it("is taken up by RESUME at the session's own URL, with the last number that was seen", () => {
    const play = Play.ready();
    play.tell({ kind: "dispatched", seq: 7, isStored: false });
    play.tell({ kind: "closed", code: null });
    expect(play.wakeAtDue()).toMatchObject([{ kind: "connect", url: RESUME_URL }]);
    play.tell({ kind: "opened" });
    const [resume] = play.tell({ kind: "hello", intervalMs: HELLO_MS });
    expect(resume).toEqual({ kind: "send", payload: { kind: "resume", sessionId: "session", seq: 7 } });
    play.tell({ kind: "resumed", seq: 8 });
    expect(play.state).toMatchObject({ phase: "ready", seq: 8, counts: { resumes: 1, identifies: 1 } });
  });

  it("is looked for where the Gateway is when the session's own URL cannot be reached", () => {
    const play = Play.ready();
    play.tell({ kind: "closed", code: null });
    const seen: string[] = [];
    for (let tries = 0; tries <= GATEWAY_BOUNDS.resumeUrlTriesMax; tries += 1) {
      seen.push(...kindsOf(play.wakeAtDue()));
      play.tell({ kind: "not_opened" });
    }
    expect(seen.filter((kind) => kind === "connect")).toHaveLength(GATEWAY_BOUNDS.resumeUrlTriesMax);
    expect(seen.at(-1)).toBe("locate");
    expect(play.tell({ kind: "located", url: URL, remaining: 0, resetAfterMs: 1 })).toMatchObject([
      { kind: "connect", url: URL },
    ]);
  });

  it("is left and taken up at once when the instance that had it is gone", () => {
    const play = Play.ready();
    play.pass(5_000);
    expect(play.wake({ isHeld: false })).toEqual([]);
    expect(kindsOf(play.wake({ isHeld: false }))).toEqual(["connect"]);
  });
});

describe("what Discord closes with", () => {
  it.each([null, 1_000, 1_001, 4_000, 4_001, 4_002, 4_005, 4_008, 4_999])(
    "%s leaves the session to be resumed",
    (code) => {
      const play = Play.ready();
      play.tell({ kind: "closed", code });
      expect(play.state).toMatchObject({ phase: "idle", session: { id: "session" }, seq: 1, hasGap: false });
    },
  );

  it.each([4_003, 4_007, 4_009])("%s ends the session, and what came meanwhile is to be read", (code) => {
    const play = Play.ready();
    play.tell({ kind: "closed", code });
    expect(play.state).toMatchObject({ phase: "idle", session: null, seq: null, hasGap: true });
    play.pass(GATEWAY_BOUNDS.identifyEveryMs);
    play.connect();
    expect(play.tell({ kind: "ready", ...Play.READY })).toEqual([{ kind: "begin_backfill" }]);
    expect(play.state.hasGap).toBe(false);
  });

  it.each([
    [4_004, "authentication"],
    [4_010, "shard"],
    [4_011, "shard"],
    [4_012, "api_version"],
    [4_013, "invalid_intents"],
    [4_014, "disallowed_intents"],
  ] as const)("%s is the end (%s), and the owner is told", (code, reason) => {
    const play = Play.ready();
    expect(play.tell({ kind: "closed", code })).toEqual([{ kind: "tell_stopped", reason, code }]);
    expect(dueAt(play.state)).toBeNull();
    play.pass(7 * 86_400_000);
    expect(play.wake()).toEqual([]);
  });
});

describe("a terminal state", () => {
  it("is also reached when the API does not take the token", () => {
    const play = new Play();
    play.wake();
    const effects = play.tell({ kind: "not_located", isTokenRefused: true, retryAfterMs: 0 });
    expect(effects).toEqual([{ kind: "tell_stopped", reason: "authentication", code: null }]);
    expect(play.state.phase).toBe("terminal");
  });

  it("is left when other settings are there", () => {
    const play = Play.ready();
    play.tell({ kind: "closed", code: 4_014 });
    play.pass(GATEWAY_BOUNDS.identifyEveryMs);
    expect(kindsOf(play.wake({ wanted: "others" }))).toEqual(["locate"]);
    expect(play.state).toMatchObject({ stopped: null, settings: "others" });
  });
});

describe("op 9", () => {
  it("with true leads to another RESUME, after a pause", () => {
    const play = Play.ready();
    expect(play.tell({ kind: "invalid_session", isResumable: true })).toEqual([{ kind: "close", code: 4_900 }]);
    expect(play.state).toMatchObject({ phase: "idle", session: { id: "session" } });
    expect(dueAt(play.state)).toBeGreaterThan(play.now);
  });

  it.each([0, 0.5, 0.999])("with false ends the session and waits 1 to 5 s (%s)", (random) => {
    const play = Play.ready();
    play.random = random;
    play.tell({ kind: "invalid_session", isResumable: false });
    expect((dueAt(play.state) ?? 0) - play.now).toBeCloseTo(1_000 + random * 4_000);
    expect(play.state).toMatchObject({ session: null, hasGap: true });
  });
});

describe("tries that fail", () => {
  it("are further and further apart, up to five minutes", () => {
    const play = new Play();
    play.random = 0.999;
    const pauses: number[] = [];
    for (let tries = 0; tries < 12; tries += 1) {
      play.wakeAtDue();
      play.tell({ kind: "not_located", isTokenRefused: false, retryAfterMs: 0 });
      pauses.push(Math.round(((dueAt(play.state) ?? 0) - play.now) / 1_000));
    }
    expect(pauses).toEqual([1, 3, 6, 12, 24, 48, 96, 192, 300, 300, 300, 300]);
  });

  it("wait as long as Discord says", () => {
    const play = new Play();
    play.wake();
    play.tell({ kind: "not_located", isTokenRefused: false, retryAfterMs: 77_000 });
    expect(dueAt(play.state)).toBe(play.now + 77_000);
  });

  it.each(["locating", "connecting", "greeting", "identifying"] as const)(
    "are given up when they take too long: %s",
    (phase) => {
      const play = new Play();
      play.connectUpTo(phase);
      expect(play.state.phase).toBe(phase);
      play.pass(60_000);
      expect(play.wake()).toContainEqual({ kind: "close", code: 4_900 });
      expect(play.state).toMatchObject({ phase: "idle", failures: 1 });
    },
  );

  it("are none while Discord has no IDENTIFY left for us, but a session is resumed all the same", () => {
    const play = new Play();
    play.wake();
    expect(play.tell({ kind: "located", url: URL, remaining: 0, resetAfterMs: 7_200_000 })).toEqual([]);
    expect(dueAt(play.state)).toBe(play.now + 7_200_000);
    expect(kindsOf(play.wakeAtDue())).toEqual(["locate"]);
  });

  it("are none at all while no IDENTIFY is left today", () => {
    const play = new Play();
    play.state = {
      ...EMPTY_STATE,
      identifies: { windowStart: play.now, count: GATEWAY_BOUNDS.identifiesMax, lastAt: 0 },
    };
    expect(play.wake()).toEqual([]);
    expect(dueAt(play.state)).toBe(play.now + GATEWAY_BOUNDS.identifiesWindowMs);
    expect(kindsOf(play.wakeAtDue())).toEqual(["locate"]);
  });
});

describe("an event for which there is no room", () => {
  it("is left to Discord: the connection ends, and the next one is tried when there is room", () => {
    const play = Play.ready();
    play.tell({ kind: "dispatched", seq: 5, isStored: true });
    expect(play.tell({ kind: "not_stored" })).toEqual([{ kind: "close", code: 4_900 }]);
    play.hasRoom = false;
    expect(play.wakeAtDue()).toEqual([]);
    play.hasRoom = true;
    expect(kindsOf(play.wakeAtDue())).toEqual(["connect"]);
    expect(play.state).toMatchObject({ session: { id: "session" }, seq: 5 });
  });
});

describe("a READY that cannot be read or stored", () => {
  it("is asked for again after longer and longer pauses, since each costs an IDENTIFY", () => {
    const play = new Play();
    const began = play.now;
    for (let count = 1; count <= 20; count += 1) {
      // Where the pause is over before the next IDENTIFY may be sent, it is waited for besides.
      while (play.state.phase !== "locating") play.wakeAtDue();
      play.tell({ kind: "located", url: URL, remaining: 1, resetAfterMs: 0 });
      play.tell({ kind: "opened" });
      play.tell({ kind: "hello", intervalMs: HELLO_MS });
      expect(play.tell({ kind: "not_stored" })).toEqual([{ kind: "close", code: 4_900 }]);
    }
    expect(play.state).toMatchObject({ failures: 20, identifies: { count: 20 } });
    expect(play.now - began).toBeGreaterThan(3_000_000);
  });
});

describe("the number of the last event", () => {
  it("is committed with an event that is stored, or else with the next heartbeat", () => {
    const play = Play.ready();
    play.tell({ kind: "dispatched", seq: 2, isStored: false });
    expect(play.state).toMatchObject({ seq: 1, seen: 2 });
    play.tell({ kind: "dispatched", seq: 3, isStored: true });
    expect(play.state).toMatchObject({ seq: 3, seen: 3 });
    play.tell({ kind: "dispatched", seq: 4, isStored: false });
    expect(play.wakeAtDue()).toEqual([{ kind: "send", payload: { kind: "heartbeat", seq: 4 } }]);
    expect(play.state).toMatchObject({ seq: 4, seen: 4 });
  });
});

describe("a connection that is not wanted any more", () => {
  it("leaves nothing to be read when it is wanted again, also not of a session that was lost before", () => {
    const play = Play.ready();
    play.tell({ kind: "closed", code: 4_009 });
    play.wake({ wanted: null });
    play.pass(60_000);
    play.wake({ wanted: "settings" });
    play.connect();
    expect(play.tell({ kind: "ready", ...Play.READY })).toEqual([]);
  });

  it("is closed so that Discord shows us as away, and nothing is due any more", () => {
    const play = Play.ready();
    expect(play.wake({ wanted: null })).toEqual([{ kind: "close", code: 1_000 }]);
    expect(play.state).toMatchObject({ phase: "off", session: null, hasGap: false });
    expect(dueAt(play.state)).toBeNull();
  });

  it("is closed the same way when its settings change, and begun anew", () => {
    const play = Play.ready();
    play.pass(60_000);
    expect(kindsOf(play.wake({ wanted: "others" }))).toEqual(["close", "locate"]);
    expect(play.state).toMatchObject({ session: null, hasGap: true });
  });
});

describe("a connection that the owner begins anew", () => {
  it("after Discord has stopped it is followed by what came since", () => {
    const play = Play.ready();
    play.tell({ kind: "closed", code: 4_014 });
    play.play({ kind: "stop" });
    play.pass(GATEWAY_BOUNDS.identifyEveryMs);
    play.connect();
    expect(kindsOf(play.tell({ kind: "ready", ...Play.READY }))).toEqual(["begin_backfill"]);
  });

  it("is not, and nothing is read later, when the settings want none any more", () => {
    const play = Play.ready();
    play.play({ kind: "stop" });
    expect(play.wake({ wanted: null })).toEqual([]);
    expect(play.state).toMatchObject({ phase: "off", hasGap: false });
  });
});

describe("what comes of an earlier connection", () => {
  it.each([
    { kind: "closed", code: 4_004 },
    { kind: "ready", ...Play.READY },
    { kind: "invalid_session", isResumable: false },
    { kind: "hello", intervalMs: 1 },
  ] as const)("changes nothing: $kind", (event) => {
    const play = Play.ready();
    const late = { connection: play.state.connection - 1, ...event } satisfies ConnectionEvent;
    expect(step(play.state, late, play.context)).toEqual({ state: play.state, effects: [] });
  });
});
