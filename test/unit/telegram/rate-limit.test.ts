import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isTurnId } from "../../../protocol/ids.ts";
import type { TelegramEmulator } from "../../emulators/telegram/index.ts";
import { ann, channelAt, failure, file, part, startEmulator, team } from "./outgoing.ts";

describe("a 429", () => {
  let emulator: TelegramEmulator;
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 1_000_000 });
    emulator = await startEmulator({ now: () => Date.now() });
  });
  afterEach(async () => {
    vi.useRealTimers();
    await emulator.close();
  });

  const growing = (text: string) => {
    const turnId = "turn-0001";
    if (!isTurnId(turnId)) throw new Error("not a turn id");
    return { turnId, text };
  };

  it("holds back every kind of call of the bot, in every chat, until its time is over", async () => {
    const same = channelAt(emulator.url);
    await same.send(team, part("growing"));
    emulator.fail({ kind: "too_many", retryAfterS: 30, method: "sendMessage" });
    const first = await failure(same.send(ann, part("x")));
    expect(first).toMatchObject({ code: "channel_rate_limited", retry: "after", retryAfterMs: 30_000 });
    const before = emulator.calls.length;
    vi.setSystemTime(1_010_000);
    const calls: readonly (() => Promise<unknown>)[] = [
      () => same.send(team, part("y")),
      () => same.send(team, part("| a |\n|---|\n| b |")),
      () => same.send(team, part("y", { edits: "100" })),
      () => same.send(team, part("", { files: [file("photo")] })),
      () => same.send(team, part("", { files: [file("photo"), file("photo")] })),
      () => same.preview(ann, growing("growing")),
      () => same.preview(team, growing("")),
      () => same.preview(team, { ...growing("more"), handle: { shownText: "", messageId: "100" } }),
      () => same.acknowledge(team, { kind: "seen", messageId: "100", emoji: "👀" }),
      () => same.acknowledge(team, { kind: "pressed", pressId: "1" }),
      () => same.acknowledge(team, { kind: "chosen", messageId: "100", label: "Yes" }),
      () => same.download({ kind: "document", platformId: "x" }),
    ];
    for (const call of calls) {
      expect(await failure(call())).toMatchObject({ code: "channel_rate_limited", retryAfterMs: 20_000 });
    }
    expect(emulator.calls).toHaveLength(before);
    vi.setSystemTime(1_030_000);
    await same.send(ann, part("now"));
    expect(emulator.answers(42).map((sent) => sent.text)).toEqual(["now"]);
    expect(emulator.tooEarly).toEqual([]);
  });

  it.each([
    ["a preview", "sendChatAction", (same: ReturnType<typeof channelAt>) => same.preview(team, growing(""))],
    ["a file", "getFile", (same: ReturnType<typeof channelAt>) => same.download({ kind: "document", platformId: "x" })],
    ["the question who we are", "getMe", (same: ReturnType<typeof channelAt>) => same.send(ann, part("x"))],
  ] as const)("holds back messages too when %s had it", async (_what, method, call) => {
    const same = channelAt(emulator.url);
    emulator.fail({ kind: "too_many", retryAfterS: 5, method });
    expect((await failure(call(same))).code).toBe("channel_rate_limited");
    const before = emulator.calls.length;
    const error = await failure(same.send(team, part("y")));
    expect(error).toMatchObject({ code: "channel_rate_limited", retryAfterMs: 5_000 });
    expect(emulator.calls).toHaveLength(before);
  });

  it("is no reason to send the same in another form", async () => {
    const same = channelAt(emulator.url);
    await same.send(ann, part("first"));
    for (const [method, message] of [
      ["sendRichMessage", part("- [ ] x")],
      ["sendPhoto", part("x", { files: [file("photo")] })],
    ] as const) {
      emulator.fail({ kind: "too_many", retryAfterS: 1, method });
      expect((await failure(same.send(ann, message))).code).toBe("channel_rate_limited");
      expect(emulator.calls.at(-1)?.method).toBe(method);
      vi.setSystemTime(Date.now() + 1_000);
    }
  });
});
