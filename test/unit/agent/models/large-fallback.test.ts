import { afterEach, describe, expect, it } from "vitest";
import type { Reply } from "../scripted-model.ts";
import { chatter, endOf, SmallTalk } from "../small-talk.ts";
import { WINDOW_TOKENS } from "../small-window.ts";

const LARGE = "anthropic/claude-sonnet-5";

describe("an answer to more than the first model takes in", () => {
  let talk: SmallTalk;
  afterEach(() => talk.agents.close());

  /** The provider counts more tokens than the window of the first model has. */
  async function open(before: () => void, answer: () => Reply = () => ({ text: "I see." })) {
    talk = await SmallTalk.open({
      windowTokens: Number.MAX_SAFE_INTEGER,
      charsPerToken: 2,
      answer,
      before: (kind) => {
        if (kind === "step") before();
      },
    });
  }

  async function sayWithFallback(said: string) {
    const asked = talk.turn(said);
    const models = { ...asked.grants.models, anthropic: { apiKey: "key" } };
    const [life] = await talk.agents.liveOn(
      [{ ...asked, settings: { ...asked.settings, fallbacks: [LARGE] }, grants: { ...asked.grants, models } }],
      undefined,
    );
    return endOf(life);
  }

  it("counts when a fallback has given it: it is neither asked for twice nor a failure", async () => {
    let steps = 0;
    await open(() => {
      steps += 1;
      if (steps === 3) throw new Error("429 rate limit: slow down");
    });
    await talk.say("hello", "hello again");
    const end = await sayWithFallback(`${chatter(3 * WINDOW_TOKENS)} Which one?`);
    expect(end).toMatchObject({ kind: "final", text: "I see." });
    expect(steps).toBe(4);
    expect(talk.compactions).toBe(0);
  });

  it("counts when the model itself has given it after all", async () => {
    await open(
      () => undefined,
      () => ({ text: "I see.", tokens: WINDOW_TOKENS + 7_000 }),
    );
    const lives = await talk.say("one");
    expect(lives.map(endOf)).toMatchObject([{ kind: "final", text: "I see." }]);
    expect(talk.model.asks.map(({ kind }) => kind)).toEqual(["step"]);
  });
});
