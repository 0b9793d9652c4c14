import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { GrowingAnswer, type Screen } from "../../../durable-objects/channel-session/growing-answer.ts";
import { ChannelError } from "../../../protocol/errors.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A screen that notes what it is shown, and when, in seconds. */
function screenOf(fields: Partial<Screen> = {}) {
  const shown: [text: string, atS: number][] = [];
  const begin = Date.now();
  const screen: Screen = {
    textFrom: 1,
    replyTo: () => undefined,
    showsBusy: true,
    everyMs: 1_000,
    busyEveryMs: 4_500,
    seenToAt: null,
    show: async (text) => {
      shown.push([text, (Date.now() - begin) / 1_000]);
      return { shownText: text };
    },
    ...fields,
  };
  return { screen, shown };
}

describe("an answer that grows", () => {
  it("shows at once that we are busy, and again before the sign is gone, for two minutes at most", async () => {
    const { screen, shown } = screenOf();
    const answer = new GrowingAnswer(screen);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(shown).toEqual([
      ["", 0],
      ["", 4.5],
      ["", 9],
    ]);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(shown.at(-1)?.[1]).toBeLessThanOrEqual(125);
    answer.stop();
  });

  it("does not leave on the screen what was taken back, however little there is instead", async () => {
    const { screen, shown } = screenOf({ textFrom: 30, showsBusy: false });
    const answer = new GrowingAnswer(screen);
    answer.append("This is long enough to be seen, and wrong.");
    await vi.advanceTimersByTimeAsync(2_000);
    answer.replace("");
    await vi.advanceTimersByTimeAsync(2_000);
    answer.replace("Right.");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(shown.map(([text]) => text)).toEqual(["This is long enough to be seen, and wrong.", "…", "Right."]);
    answer.stop();
  });

  it("shows its first words at once, more at most once a second, and a draft again every 20 s", async () => {
    const { screen, shown } = screenOf({ showsBusy: false });
    const answer = new GrowingAnswer(screen);
    for (const word of ["a", "b", "c"]) {
      answer.append(word);
      await vi.advanceTimersByTimeAsync(100);
    }
    await vi.advanceTimersByTimeAsync(45_000);
    expect(shown.map(([text]) => text)).toEqual(["a", "abc", "abc", "abc"]);
    const [, second, third, fourth] = shown.map(([, atS]) => atS);
    expect(second).toBeGreaterThanOrEqual(1);
    expect((third ?? 0) - (second ?? 0)).toBe(20);
    expect((fourth ?? 0) - (third ?? 0)).toBe(20);
    answer.stop();
  });

  it("shows no text before it is long enough, and none at all where none can be shown", async () => {
    const message = screenOf({ showsBusy: false, textFrom: 5 });
    const none = screenOf({ showsBusy: false, textFrom: null });
    const answers = [message, none].map(({ screen }) => new GrowingAnswer(screen));
    for (const answer of answers) answer.append("abcd");
    await vi.advanceTimersByTimeAsync(1_000);
    for (const answer of answers) answer.append("e");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(message.shown.map(([text]) => text)).toEqual(["abcde"]);
    expect(none.shown).toEqual([]);
    for (const answer of answers) answer.stop();
  });

  it("tries what could not be shown now no sooner than the next text", async () => {
    const tries: string[] = [];
    const show = async (text: string) => {
      tries.push(text);
      return null;
    };
    const answer = new GrowingAnswer(screenOf({ showsBusy: false, show }).screen);
    answer.append("a");
    await vi.advanceTimersByTimeAsync(3_500);
    expect(tries).toHaveLength(4);
    answer.stop();
  });

  it("is shown no more once the platform has refused it, and when it is over", async () => {
    const refused = new ChannelError("channel_rate_limited", { channel: "telegram", method: "x" }, "no");
    const show = vi.fn(async () => Promise.reject(refused));
    const answer = new GrowingAnswer(screenOf({ show }).screen);
    answer.append("a");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(show).toHaveBeenCalledTimes(1);
    const over = screenOf();
    const ended = new GrowingAnswer(over.screen);
    ended.stop();
    ended.append("a");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(over.shown).toEqual([]);
  });
});
