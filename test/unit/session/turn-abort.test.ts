import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { abortTurn } from "../../../durable-objects/channel-session/turn-abort.ts";
import type { TurnRef } from "../../../durable-objects/channel-session/turn-state.ts";
import { TURN_BOUNDS } from "../../../protocol/bounds.ts";
import { AgentError } from "../../../protocol/errors.ts";
import type { AbortInvocation, AbortReply } from "../../../protocol/invocation.ts";
import type { RuntimeClient } from "../../../worker/agentcore/client.ts";
import { MAIN, newTurnId } from "./names.ts";

const TURN: TurnRef = { turnId: newTurnId(1), fence: 7, conversation: MAIN };
const SESSION = "runtime-session";

/** What a process does when it is asked: it ends the turn, is not there, or never answers. */
type Manner = "ends" | "unreachable" | "deaf";
type Told = readonly [number, "abort" | "stop", number?];

/** A runtime whose session has one process after the other: `stop` ends the one that runs. */
class Processes implements RuntimeClient {
  readonly told: Told[] = [];
  readonly #manners: Manner[];
  readonly #canStop: boolean;
  readonly #startedAt = Date.now();

  /** The manners of the processes, in order; the last one stays. `canStop`: whether a stop is obeyed and answered. */
  constructor(manners: readonly Manner[], canStop = true) {
    this.#manners = [...manners];
    this.#canStop = canStop;
  }

  abort(sessionId: string, { turnId, conversation, fence }: AbortInvocation): Promise<AbortReply> {
    expect([sessionId, turnId, conversation]).toEqual([SESSION, TURN.turnId, MAIN]);
    this.#note("abort", fence);
    if (this.#manners[0] === "unreachable") return Promise.reject(new AgentError("agent_unavailable", "not there"));
    if (this.#manners[0] === "deaf") return Promise.withResolvers<AbortReply>().promise;
    return Promise.resolve({ status: "aborted" });
  }

  async stop(sessionId: string): Promise<void> {
    expect(sessionId).toBe(SESSION);
    this.#note("stop");
    if (!this.#canStop) throw new AgentError("agent_unavailable", "not there");
    if (this.#manners.length > 1) this.#manners.shift();
  }

  /** The process is there from now on. */
  recover(): void {
    this.#manners[0] = "ends";
  }

  stream(): never {
    throw new Error("nothing is run here");
  }

  steer(): never {
    throw new Error("nothing is steered here");
  }

  query(): never {
    throw new Error("nothing is asked here");
  }

  forget(): never {
    throw new Error("nothing is forgotten here");
  }

  importTranscript(): never {
    throw new Error("nobody brings anything in");
  }

  #note(call: "abort" | "stop", fence?: number): void {
    const atMs = Date.now() - this.#startedAt;
    this.told.push(fence === undefined ? [atMs, call] : [atMs, call, fence]);
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, "warn").mockReturnValue();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Aborts the turn; returns a look at how far that is. */
function begin(runtime: RuntimeClient): () => string {
  let outcome = "under way";
  void abortTurn(runtime, SESSION, TURN, undefined).then(
    () => (outcome = "told"),
    (error: unknown) => (outcome = String(error)),
  );
  return () => outcome;
}

const { abortGraceMs, abortGiveUpMs, retryFirstMs } = TURN_BOUNDS;

describe("abortTurn", () => {
  it("tells the agent once, with a fence above the turn's, and leaves no timer behind", async () => {
    const runtime = new Processes(["ends"]);
    const outcome = begin(runtime);
    await vi.advanceTimersByTimeAsync(0);
    expect(outcome()).toBe("told");
    expect(runtime.told).toEqual([[0, "abort", TURN.fence + 1]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("tries again after a failure, without stopping the runtime session of others' turns", async () => {
    const runtime = new Processes(["unreachable"]);
    const outcome = begin(runtime);
    await vi.advanceTimersByTimeAsync(retryFirstMs - 1);
    expect(outcome()).toBe("under way");
    runtime.recover();
    await vi.advanceTimersByTimeAsync(1);
    expect(outcome()).toBe("told");
    expect(runtime.told).toEqual([
      [0, "abort", TURN.fence + 1],
      [retryFirstMs, "abort", TURN.fence + 1],
    ]);
  });

  it.each(["deaf", "unreachable"] as const)(
    "stops the runtime session of a process that is %s for too long, and tells the next one",
    async (manner) => {
      const runtime = new Processes([manner, "ends"]);
      const outcome = begin(runtime);
      await vi.advanceTimersByTimeAsync(abortGraceMs - 1);
      expect(outcome()).toBe("under way");
      expect(runtime.told.map(([, call]) => call)).not.toContain("stop");
      await vi.advanceTimersByTimeAsync(1);
      expect(outcome()).toBe("told");
      expect(runtime.told.slice(-2)).toEqual([
        [abortGraceMs, "stop"],
        [abortGraceMs, "abort", TURN.fence + 1],
      ]);
    },
  );

  it("asks on while the next process starts, and asks no process twice after that", async () => {
    const runtime = new Processes(["deaf", "unreachable"]);
    const outcome = begin(runtime);
    await vi.advanceTimersByTimeAsync(abortGraceMs + abortGiveUpMs / 2);
    expect(outcome()).toBe("under way");
    runtime.recover();
    await vi.advanceTimersByTimeAsync(TURN_BOUNDS.retryMaxMs);
    expect(outcome()).toBe("told");
    const asked = runtime.told.length;
    await vi.advanceTimersByTimeAsync(abortGiveUpMs);
    expect(runtime.told).toHaveLength(asked);
    expect(runtime.told.filter(([, call]) => call === "stop")).toHaveLength(1);
  });

  it("tells the agent also when its session could not be stopped", async () => {
    const runtime = new Processes(["unreachable"], false);
    const outcome = begin(runtime);
    await vi.advanceTimersByTimeAsync(abortGraceMs);
    expect(outcome()).toBe("under way");
    runtime.recover();
    await vi.advanceTimersByTimeAsync(TURN_BOUNDS.retryMaxMs);
    expect(outcome()).toBe("told");
    expect(runtime.told.at(-1)).toEqual([expect.any(Number), "abort", TURN.fence + 1]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each(["deaf", "unreachable"] as const)("says so when nobody could be told: %s", async (manner) => {
    const runtime = new Processes([manner]);
    const outcome = begin(runtime);
    await vi.advanceTimersByTimeAsync(abortGraceMs + abortGiveUpMs - 1);
    expect(outcome()).toBe("under way");
    await vi.advanceTimersByTimeAsync(1);
    expect(outcome()).toContain("could not be told");
    const asked = runtime.told.length;
    await vi.advanceTimersByTimeAsync(abortGiveUpMs);
    expect(runtime.told).toHaveLength(asked);
    expect(vi.getTimerCount()).toBe(0);
  });
});
