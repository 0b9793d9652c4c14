import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TurnId } from "../../../protocol/ids.ts";
import { isTurnId } from "../../../protocol/ids.ts";
import type { ReplyAddress } from "../../../protocol/outbound.ts";
import type { PreviewHandle } from "../../../worker/channels/channel.ts";
import { draftId } from "../../../worker/channels/telegram/preview.ts";
import type { TelegramEmulator } from "../../emulators/telegram/index.ts";
import { ann, channelAt, failure, part, startEmulator, team } from "./outgoing.ts";

function turn(text: string): TurnId {
  if (!isTurnId(text)) throw new Error("not a turn id");
  return text;
}

describe("preview", () => {
  let emulator: TelegramEmulator;
  beforeEach(async () => {
    emulator = await startEmulator();
  });
  afterEach(() => emulator.close());

  const channel = () => channelAt(emulator.url);
  const preview = (to: ReplyAddress, text: string, handle?: PreviewHandle) =>
    channel().preview(to, { turnId: turn("turn-0001"), text, ...(handle && { handle }) });

  it("shows a growing answer as one draft in a private chat, until the answer comes", async () => {
    expect(await preview(ann, "**Hel")).toEqual({ shownText: "**Hel" });
    await preview(ann, "**Hello** wor");
    expect(emulator.drafts(42).map((draft) => draft.text)).toEqual(["Hello wor"]);
    await channel().send(ann, part("**Hello** world"));
    expect(emulator.drafts(42)).toEqual([]);
    expect(emulator.messages(42).map((message) => message.text)).toEqual(["Hello world"]);
  });

  it("shows it in a message of ours in a group, in plain HTML, and hands the message's id on", async () => {
    const { messageId } = await channel().send(team, part("growing"));
    const handle = { shownText: "growing", messageId };
    const grown = await preview(team, "**growing**\n\n| a |\n|---|\n| 1 |", handle);
    expect(grown).toEqual({ shownText: "**growing**\n\n| a |\n|---|\n| 1 |", messageId });
    expect(emulator.answers(-100123)).toMatchObject([{ entities: [{ type: "bold" }, { type: "pre" }] }]);
    expect(emulator.calls.at(-1)?.params).toMatchObject({ chat_id: -100123, message_id: Number(messageId) });
    await preview(team, `${"word ".repeat(2_000)}the end`, grown);
    const shown = emulator.answers(-100123)[0]?.text ?? "";
    expect(shown).toMatch(/the end$/u);
    expect(shown.length).toBeGreaterThan(1_000);
  });

  it("is content when a message of ours looks like that already", async () => {
    const { messageId } = await channel().send(team, part("growing"));
    const handle = { shownText: "growing", messageId };
    expect(await preview(team, "growing", handle)).toEqual(handle);
    expect(await preview(team, "growing\n", handle)).toEqual({ shownText: "growing\n", messageId });
    expect(emulator.answers(-100123)).toHaveLength(1);
  });

  it("shows that we are busy where nothing is to be seen yet, also with a message of ours", async () => {
    const { messageId } = await channel().send(team, part("growing"));
    await preview(team, "", { shownText: "", messageId });
    await preview(team, "```\n", { shownText: "", messageId });
    expect(emulator.isTyping(-100123)).toBe(true);
    expect(emulator.answers(-100123)[0]?.text).toBe("growing");
  });

  it("throws nothing but channel errors", async () => {
    const handle = { shownText: "x", messageId: "99999" };
    expect((await failure(preview(team, "growing", handle))).code).toBe("channel_refused");
    expect((await failure(preview(team, "growing", { shownText: "", messageId: "x" }))).code).toBe("channel_refused");
    expect((await failure(preview({ ...ann, chatId: "x" }, "growing"))).code).toBe("channel_refused");
    emulator.fail({ kind: "cut_after", method: "sendMessageDraft" });
    expect((await failure(preview(ann, "growing"))).code).toBe("channel_outcome_unknown");
  });

  it("keeps drafts and typing in their topic", async () => {
    const thread = { kind: "topic", id: "9" } as const;
    await preview({ ...ann, thread }, "growing");
    await preview({ ...team, thread }, "");
    expect(emulator.calls.map((call) => call.params["message_thread_id"])).toEqual([9, 9]);
  });

  it("shows that we are busy for an empty text, and in groups for any", async () => {
    await preview(ann, "");
    await preview(ann, "\u200b");
    await preview(team, "growing");
    expect(emulator.isTyping(42)).toBe(true);
    expect(emulator.isTyping(-100123)).toBe(true);
    expect(emulator.calls.map((call) => call.method)).toEqual(Array.from({ length: 3 }, () => "sendChatAction"));
    await channel().preview({ ...ann, chatKind: "channel" }, { turnId: turn("turn-0001"), text: "x" });
    expect(emulator.calls).toHaveLength(3);
  });

  it("names the General topic when typing", async () => {
    await preview({ ...team, thread: { kind: "topic", id: "1" } }, "");
    expect(emulator.calls[0]?.params).toMatchObject({ message_thread_id: 1 });
  });

  it("shows the end of an answer that is longer than a message, code still closed", async () => {
    const text = `\`\`\`js\n${"let x = 1;\n".repeat(2_000)}the end`;
    await preview(ann, text);
    const [draft] = emulator.drafts(42);
    expect(draft?.text).toMatch(/the end$/u);
    expect(draft?.text.length).toBeGreaterThan(1_000);
    expect(draft?.entities.every((entity) => entity.type === "pre" && entity.language === "js")).toBe(true);
  });

  it("is not tried again and says when previews must stop", async () => {
    emulator.fail({ kind: "too_many", retryAfterS: 3 });
    await expect(preview(ann, "x")).rejects.toMatchObject({ code: "channel_rate_limited", retryAfterMs: 3_000 });
    expect(emulator.calls).toHaveLength(1);
  });

  it("gives each turn one draft id: never zero, 31 bits", () => {
    const ids = fc.string({ unit: fc.constantFrom(..."abcXYZ019._-".split("")), minLength: 8, maxLength: 80 });
    fc.assert(
      fc.property(ids, (text) => {
        const id = draftId(turn(text));
        expect(id).toBeGreaterThan(0);
        expect(id).toBeLessThan(2 ** 31);
        expect(draftId(turn(text))).toBe(id);
      }),
    );
    expect(draftId(turn("turn-calb6s")), "whose hash is zero").toBe(1);
    expect(draftId(turn("turn-0001"))).not.toBe(draftId(turn("turn-0002")));
  });
});
