import {
  type AssistantMessageEvent,
  type AssistantMessageEventStream,
  createAssistantMessageEventStream,
  normalizeContext,
} from "@earendil-works/pi-ai";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Candidate, Candidates } from "../../../../agent-container/src/agent/models/candidates.ts";
import { type Cause, CAUSES, isFinalCause } from "../../../../agent-container/src/agent/models/causes.ts";
import { Cooldowns } from "../../../../agent-container/src/agent/models/cooldowns.ts";
import { type Failover, streamWithFailover } from "../../../../agent-container/src/agent/models/failover.ts";
import { RETRY_BOUNDS } from "../../../../agent-container/src/agent/models/next-try.ts";
import { TURN_MODEL } from "../../../../agent-container/src/agent/models/turn-models.ts";
import { emptyAssistantMessage } from "../model-messages.ts";

const CONTEXT = normalizeContext({ messages: [{ role: "user", content: "hi", timestamp: 0 }] });

/** What one call does: it answers, or fails with this text and status, before or after its first words. */
type Outcome = {
  readonly kind: "answers" | "fails" | "breaks_off" | "says_nothing" | "calls_wrongly" | "throws" | "ends";
  readonly text: string;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly refuses: boolean;
  readonly takesMs: number;
};

const outcome: fc.Arbitrary<Outcome> = fc.record({
  kind: fc.constantFrom(
    "answers",
    "fails",
    "fails",
    "fails",
    "breaks_off",
    "says_nothing",
    "calls_wrongly",
    "throws",
    "ends",
  ),
  text: fc.constantFrom("overloaded", "x", "invalid x-api-key", "credit balance", "fetch failed", "prompt is too long"),
  status: fc.constantFrom(undefined, 400, 401, 404, 429, 500, 529),
  retryAfterMs: fc.option(fc.constantFrom(0, 200, 3_000, 30_000, 500_000), { nil: undefined, freq: 2 }),
  refuses: fc.boolean(),
  takesMs: fc.constantFrom(0, 10, 2_000, 6_000, 120_000),
});

const causes = Object.keys(CAUSES).filter((key): key is Cause => key in CAUSES);
const scenario = fc.record({
  models: fc.integer({ min: 1, max: 4 }),
  outcomes: fc.array(outcome, { maxLength: 24 }),
  /** Failures of models, by number, before the call. */
  before: fc.array(fc.tuple(fc.nat({ max: 3 }), fc.constantFrom(...causes)), { maxLength: 4 }),
});

function candidateOf(number: number): Candidate {
  const model = { ...TURN_MODEL, id: `m${String(number)}`, contextWindow: 200_000 };
  return { name: `anthropic/m${String(number)}`, provider: "anthropic", model, keyId: "key" };
}

function play(stream: AssistantMessageEventStream, { kind, text, refuses }: Outcome, call: number): void {
  const usage = { ...emptyAssistantMessage().usage, input: 1, totalTokens: 1 };
  const partial = emptyAssistantMessage({ usage });
  const words = `words of call ${String(call)}`;
  const push = (event: AssistantMessageEvent) => {
    stream.push(event);
  };
  push({ type: "start", partial });
  if (kind === "answers" || kind === "breaks_off") push({ type: "text_delta", contentIndex: 0, delta: words, partial });
  if (kind === "answers") {
    const message = { ...partial, content: [{ type: "text" as const, text: words }] };
    push({ type: "done", reason: "stop", message });
  } else if (kind === "says_nothing") push({ type: "done", reason: "stop", message: partial });
  else if (kind === "calls_wrongly") {
    push({ type: "done", reason: "toolUse", message: { ...partial, stopReason: "toolUse" } });
  } else if (kind === "fails" || kind === "breaks_off") {
    const refusal = refuses && text === "x" ? { rawStopReason: "refusal" } : {};
    push({
      type: "error",
      reason: "error",
      error: { ...partial, stopReason: "error", errorMessage: text, ...refusal },
    });
  }
  stream.end();
}

/** Runs one call through a scenario, and tells everything that happened. */
async function run({ models, outcomes, before }: typeof scenario extends fc.Arbitrary<infer T> ? T : never) {
  let now = 1_000_000;
  const startedAt = now;
  const cooldowns = new Cooldowns();
  const candidates: Candidates = [candidateOf(0), ...Array.from({ length: models - 1 }, (_, n) => candidateOf(n + 1))];
  for (const [number, cause] of before) cooldowns.fail(candidateOf(number), cause, now);
  const pauses: number[] = [];
  const begun: {
    readonly at: number;
    readonly model: Candidate;
    readonly resting: boolean;
    readonly awake: readonly string[];
  }[] = [];
  const failed: { readonly model: string; readonly cause: Cause }[] = [];
  let reported = 0;
  let billed = 0;
  const failover: Failover = {
    candidates,
    cooldowns,
    open: (model, _context, options) => {
      const awake = candidates.filter((one) => !cooldowns.rests(one, now)).map(({ name }) => name);
      begun.push({ at: now, model, resting: cooldowns.rests(model, now), awake: awake.filter((name) => isOpen(name)) });
      const act = outcomes[begun.length - 1];
      now += act?.takesMs ?? 0;
      if (act === undefined || act.kind === "throws") throw new Error("connection refused");
      const stream = createAssistantMessageEventStream();
      const headers = act.retryAfterMs === undefined ? {} : { "retry-after-ms": String(act.retryAfterMs) };
      if (act.status !== undefined) void options.onResponse?.({ status: act.status, headers }, model.model);
      if (act.kind !== "ends") reported += 1;
      play(stream, act, begun.length);
      return stream;
    },
    now: () => now,
    sleep: (ms) => {
      pauses.push(ms);
      now += ms;
      return Promise.resolve();
    },
    note: (note) => {
      if (note.event === "model_try_failed") failed.push({ model: note.model, cause: note.cause });
    },
    billed: ({ inputTokens }) => {
      billed += inputTokens;
    },
  };
  /** Whether the model may still be tried, for all that is known of this call. */
  function isOpen(name: string): boolean {
    const own = failed.filter(({ model }) => model === name);
    const last = own.at(-1);
    return last === undefined || own.length < CAUSES[last.cause].triesMax;
  }
  const events: AssistantMessageEvent[] = [];
  for await (const event of streamWithFailover(failover, CONTEXT, {})) events.push(event);
  return { startedAt, candidates, events, begun, failed, pauses, reported, billed };
}

const HOLDS = { numRuns: 400 };
const law = (check: (happened: Awaited<ReturnType<typeof run>>) => void) =>
  fc.assert(
    fc.asyncProperty(scenario, async (played) => {
      check(await run(played));
    }),
    HOLDS,
  );

describe("one call over any models, whatever they do", () => {
  it("passes on one answer at most, and ends once", () =>
    law(({ events }) => {
      const ends = events.filter(({ type }) => type === "done" || type === "error");
      expect(ends).toEqual([events.at(-1)]);
      const words = events.flatMap((event) => (event.type === "text_delta" ? [event.delta] : []));
      expect(new Set(words).size).toBeLessThanOrEqual(1);
      expect(events.filter(({ type }) => type === "start").length).toBeLessThanOrEqual(1);
    }));

  it("is bounded in tries, pauses and time", () =>
    law(({ begun, pauses, candidates, startedAt }) => {
      const triesMax = Math.max(...Object.values(CAUSES).map((policy) => policy.triesMax));
      for (const { name } of candidates) {
        expect(begun.filter(({ model }) => model.name === name).length).toBeLessThanOrEqual(triesMax);
      }
      for (const ms of pauses) expect(ms).toBeLessThanOrEqual(RETRY_BOUNDS.pauseMaxMs);
      expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(RETRY_BOUNDS.pausesMaxMs);
      for (const { at } of begun) expect(at - startedAt).toBeLessThan(RETRY_BOUNDS.callMaxMs);
    }));

  it("asks no model in its rest while another one is awake that may still be tried", () =>
    law(({ begun }) => {
      for (const { resting, awake } of begun) expect(resting && awake.length > 0).toBe(false);
    }));

  it("asks nobody after an answer, a refusal, words that were shown, or a transcript that is too long", () =>
    law(({ begun, failed, events }) => {
      const lasting = failed.slice(0, -1);
      expect(lasting.every(({ cause }) => !isFinalCause(cause))).toBe(true);
      const isAnswered = events.at(-1)?.type === "done";
      if (!isAnswered) expect(failed).toHaveLength(begun.length);
    }));

  it("counts what every try has cost, once", () =>
    law(({ events, reported, billed }) => {
      const last = events.at(-1);
      const passedOn = last?.type === "done" ? last.message : last?.type === "error" ? last.error : undefined;
      expect(billed + (passedOn?.usage.input ?? 0)).toBe(reported);
    }));

  it("answers when any model that it asks does", () =>
    law(({ events, begun, failed }) => {
      if (failed.length < begun.length) expect(events.at(-1)?.type).toBe("done");
    }));
});
