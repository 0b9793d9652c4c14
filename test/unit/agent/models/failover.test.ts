import {
  createAssistantMessageEventStream,
  isContextOverflow,
  isRetryableAssistantError,
  normalizeContext,
  type AssistantMessageEvent,
} from "@earendil-works/pi-ai";
import { emptyAssistantMessage } from "../model-messages.ts";
import { describe, expect, it } from "vitest";
import { LOOP_BOUNDS } from "../../../../agent-container/src/agent/bounds.ts";
import type { OpenModel } from "../../../../agent-container/src/agent/models/providers.ts";
import { selectCandidates } from "../../../../agent-container/src/agent/models/candidates.ts";
import { CAUSES } from "../../../../agent-container/src/agent/models/causes.ts";
import { Cooldowns } from "../../../../agent-container/src/agent/models/cooldowns.ts";
import { type Failover, streamWithFailover } from "../../../../agent-container/src/agent/models/failover.ts";
import { plainFailure } from "../../../../agent-container/src/agent/models/failure.ts";

const CONTEXT = normalizeContext({ messages: [{ role: "user", content: "hi", timestamp: 0 }] });
const KEYS = { anthropic: { apiKey: "a" }, openai: { apiKey: "o" } };

const UNHEARD = { note: () => undefined, billed: () => undefined };

/** What a model does when it is called: it fails (before or after its first word), or it says something. */
type Act =
  | { readonly fails: string; readonly after?: string; readonly rawStopReason?: string; readonly retryAfter?: string }
  | { readonly says: string }
  /** It takes in so many tokens, and then has no room for a word. */
  | { readonly fillsUpAt: number }
  /** The stream ends there, without a word of why. */
  | { readonly stopsAfter: string };

function eventsOf(act: Act): AssistantMessageEvent[] {
  const partial = emptyAssistantMessage({});
  const word = (delta: string): AssistantMessageEvent => ({ type: "text_delta", contentIndex: 0, delta, partial });
  if ("says" in act)
    return [
      { type: "start", partial },
      word(act.says),
      { type: "done", reason: "stop", message: emptyAssistantMessage({}) },
    ];
  if ("fillsUpAt" in act) {
    const { usage } = partial;
    const message = emptyAssistantMessage({ stopReason: "length", usage: { ...usage, input: act.fillsUpAt } });
    return [
      { type: "start", partial },
      { type: "done", reason: "length", message },
    ];
  }
  if ("stopsAfter" in act)
    return [{ type: "start", partial }, ...(act.stopsAfter === "" ? [] : [word(act.stopsAfter)])];
  const raw = act.rawStopReason === undefined ? {} : { rawStopReason: act.rawStopReason };
  const error = emptyAssistantMessage({ stopReason: "error", errorMessage: act.fails, ...raw });
  const before = act.after === undefined ? [] : [word(act.after)];
  return [{ type: "start", partial }, ...before, { type: "error", reason: "error", error }];
}

/** Runs one call of one model and collects what came of it. */
async function collect(open: OpenModel): Promise<readonly AssistantMessageEvent[]> {
  const candidates = selectCandidates({ model: "anthropic/claude-sonnet-5", fallbacks: [] }, KEYS);
  if (!candidates.ok) throw new Error(candidates.error.message);
  const sleep = () => Promise.resolve();
  const failover = { candidates: candidates.value, cooldowns: new Cooldowns(), open, now: () => 0, sleep, ...UNHEARD };
  const events: AssistantMessageEvent[] = [];
  for await (const event of streamWithFailover(failover, CONTEXT, {})) events.push(event);
  return events;
}

/** Runs one call over anthropic and its fallbacks, each with a script of what it does. */
async function call(
  scripts: Readonly<Record<string, readonly Act[]>>,
  signal?: AbortSignal,
  context = CONTEXT,
  fallbacks = ["openai/gpt-5.5"],
) {
  const calls: string[] = [];
  const slept: number[] = [];
  let now = 0;
  const candidates = selectCandidates({ model: "anthropic/claude-sonnet-5", fallbacks }, KEYS);
  if (!candidates.ok) throw new Error(candidates.error.message);
  const failover: Failover = {
    candidates: candidates.value,
    cooldowns: new Cooldowns(),
    open: ({ provider, model }, _context, { onResponse }) => {
      const act = scripts[provider]?.[calls.filter((name) => name === provider).length];
      calls.push(provider);
      if (act === undefined) throw new Error("connection refused");
      if ("fails" in act && act.retryAfter !== undefined) {
        void onResponse?.({ status: 429, headers: { "retry-after": act.retryAfter } }, model);
      }
      const stream = createAssistantMessageEventStream();
      for (const event of eventsOf(act)) stream.push(event);
      stream.end();
      return stream;
    },
    now: () => now,
    sleep: (ms) => {
      slept.push(ms);
      now += ms;
      return Promise.resolve();
    },
    ...UNHEARD,
  };
  const events: AssistantMessageEvent[] = [];
  for await (const event of streamWithFailover(failover, context, signal ? { signal } : {})) events.push(event);
  const said = events.map((event) => (event.type === "text_delta" ? event.delta : event.type)).join(" ");
  const last = events.at(-1);
  return { calls, slept, said, error: last?.type === "error" ? last.error : undefined };
}

describe("streamWithFailover", () => {
  it("forwards the first model's answer", async () => {
    expect(await call({ anthropic: [{ says: "hello" }] })).toMatchObject({
      said: "start hello done",
      calls: ["anthropic"],
    });
  });

  it("tries a passing failure again with pauses when there is no other model, and leaves no trace of it", async () => {
    const overloaded = { fails: "overloaded_error" };
    const result = await call({ anthropic: [overloaded, overloaded, { says: "hello" }] }, undefined, CONTEXT, []);
    expect(result).toMatchObject({ said: "start hello done", slept: [500, 1_000] });
  });

  it("pauses as long as ever when the provider wants to be asked again at once", async () => {
    const busy = { fails: "429 rate limit", retryAfter: "0" };
    const result = await call({ anthropic: [busy, busy, busy, busy, busy] }, undefined, CONTEXT, []);
    expect(result).toMatchObject({ said: "error", slept: [500, 1_000, 2_000, 4_000] });
  });

  it("takes a stream that simply ends for one that broke off, and never waits for the rest", async () => {
    const silent = [{ stopsAfter: "" }, { says: "hello" }];
    const alone = await call({ anthropic: silent }, undefined, CONTEXT, []);
    expect(alone).toMatchObject({ said: "start hello done", slept: [500] });
    const { said, error } = await call({ anthropic: [{ stopsAfter: "hel" }] });
    expect(said).toBe("start hel error");
    expect(error && isRetryableAssistantError(error)).toBe(true);
  });

  it("goes to the fallback at once, and back to the first model only when the fallback fails as well", async () => {
    const busy = { fails: "429 rate limit" };
    expect(await call({ anthropic: [busy], openai: [{ says: "from openai" }] })).toMatchObject({
      calls: ["anthropic", "openai"],
      slept: [],
      said: "start from openai done",
    });
    expect(await call({ anthropic: [busy, { says: "hello" }], openai: [{ fails: "401 no key" }] })).toMatchObject({
      calls: ["anthropic", "openai", "anthropic"],
      slept: [500],
      said: "start hello done",
    });
  });

  it("ends with plain words about the first model when all fail, also when a provider throws", async () => {
    const { error, calls } = await call({ anthropic: [{ fails: "403 sk-secret is not allowed" }] });
    expect(calls).toEqual(["anthropic", ...Array.from({ length: CAUSES.unreachable.triesMax }, () => "openai")]);
    expect(error).toMatchObject({
      stopReason: "error",
      errorMessage: "The model anthropic/claude-sonnet-5 refused the key.",
    });
  });

  it("passes on a failure after the first word: what was shown cannot be taken back here", async () => {
    const result = await call({ anthropic: [{ fails: "socket hang up", after: "half" }], openai: [{ says: "no" }] });
    expect(result).toMatchObject({ said: "start half error", calls: ["anthropic"] });
    expect(result.error && isRetryableAssistantError(result.error)).toBe(true);
    expect(plainFailure(result.error?.errorMessage)).toBe("The model anthropic/claude-sonnet-5 could not be reached.");
  });

  it("passes on a transcript that is too long, so that it is shortened instead of sent elsewhere", async () => {
    const result = await call({ anthropic: [{ fails: "prompt is too long: 300000 tokens > 200000 maximum" }] });
    expect(result.calls).toEqual(["anthropic"]);
    expect(result.error && isContextOverflow(result.error)).toBe(true);
  });

  it.each(["refusal", "content_filtered", "incomplete.content_filter"])(
    "passes on a refusal (%s) in plain words, with no other try and no other model",
    async (rawStopReason) => {
      const openai = [{ says: "no" }];
      const refused = {
        stopReason: "error",
        errorMessage: "The model anthropic/claude-sonnet-5 declined to answer this.",
      };
      const early = await call({ anthropic: [{ fails: "secret 503", rawStopReason }], openai });
      expect(early).toMatchObject({ calls: ["anthropic"], error: refused });
      const late = await call({ anthropic: [{ fails: "secret 503", after: "half", rawStopReason }], openai });
      expect(late).toMatchObject({ calls: ["anthropic"], error: refused, said: "start half error" });
    },
  );

  it("takes a request that filled the window of the model that was asked for one that is too long", async () => {
    const window = 1_000_000;
    const full = await call({ anthropic: [{ fillsUpAt: window }] });
    expect(full).toMatchObject({ said: "error", calls: ["anthropic"] });
    expect(full.error && isContextOverflow(full.error)).toBe(true);
    const half = await call({ anthropic: [{ fillsUpAt: window / 2 }], openai: [{ says: "hello" }] });
    expect(half).toMatchObject({ said: "start hello done", calls: ["anthropic", "openai"] });
  });

  it("hangs up on a model that says more than an answer can hold, and ends the message as cut", async () => {
    const most = LOOP_BOUNDS.callTextMax;
    let signal: AbortSignal | undefined;
    const stream = createAssistantMessageEventStream();
    const events = collect((_candidate, _context, options) => {
      ({ signal } = options);
      return stream;
    });
    const text = "x".repeat(most + 7);
    const partial = emptyAssistantMessage({ content: [{ type: "text", text }] });
    stream.push({ type: "start", partial });
    stream.push({ type: "text_delta", contentIndex: 0, delta: text.slice(0, most - 3), partial });
    stream.push({ type: "text_delta", contentIndex: 0, delta: text.slice(most - 3), partial });
    const got = await events;
    const shown = got.flatMap((event) => (event.type === "text_delta" ? [event.delta] : [])).join("");
    expect(shown).toHaveLength(most);
    expect(got.at(-1)).toMatchObject({ type: "done", reason: "length", message: { content: [{ text: shown }] } });
    expect(signal?.aborted).toBe(true);
  });

  it("does nothing more once the turn is stopped", async () => {
    const result = await call({ anthropic: [{ fails: "429" }], openai: [{ says: "no" }] }, AbortSignal.abort());
    expect(result.calls).toEqual(["anthropic"]);
  });
});

describe("a fallback with a smaller window", () => {
  /** 300,000 tokens by pi's count: too many for GPT-5.5, which takes in 272,000. */
  const WIDE = normalizeContext({
    messages: Array.from({ length: 150 }, (_, timestamp) => ({ role: "user", content: "x".repeat(8_000), timestamp })),
  });

  it("is not asked about what it cannot take in while another one may answer", async () => {
    const busy = { fails: "overloaded" };
    const anthropic = [busy, busy, { says: "hello" }];
    expect(await call({ anthropic, openai: [{ says: "no" }] }, undefined, WIDE)).toMatchObject({
      calls: ["anthropic", "anthropic", "anthropic"],
      said: "start hello done",
    });
  });

  it("is what the transcript is summed up for when no other one is left", async () => {
    const { calls, error } = await call({ anthropic: [{ fails: "401 no key" }] }, undefined, WIDE);
    expect(calls).toEqual(["anthropic"]);
    expect(error && isContextOverflow(error)).toBe(true);
    expect(plainFailure(error?.errorMessage)).toBe("The model openai/gpt-5.5 was given more than it can take in.");
  });

  it("that finds the transcript too long after all says nothing about the first one", async () => {
    const anthropic = [{ fails: "overloaded" }, { says: "hello" }];
    expect(await call({ anthropic, openai: [{ fails: "prompt is too long" }] })).toMatchObject({
      calls: ["anthropic", "openai", "anthropic"],
      said: "start hello done",
    });
  });
});
