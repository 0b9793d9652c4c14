import { describe, expect, it } from "vitest";
import { TICKET_BOUNDS } from "../../../protocol/bounds.ts";
import { isTurnId, type TurnId } from "../../../protocol/ids.ts";
import type { ReplyAddress } from "../../../protocol/outbound.ts";
import type { PreviewHandle } from "../../../worker/channels/channel.ts";
import { DISCORD_LIMITS } from "../../../worker/channels/discord/limits.ts";
import { previewDiscord } from "../../../worker/channels/discord/preview.ts";
import type { DiscordRest } from "../../../worker/channels/discord/rest.ts";
import { sendDiscord } from "../../../worker/channels/discord/send.ts";
import { callsOf, askedBy, directTo, failure, groupAt, part, pass, startScene, ticketOf } from "./outgoing.ts";

function turn(text: string): TurnId {
  if (!isTurnId(text)) throw new Error("not a turn id");
  return text;
}

const preview = (rest: DiscordRest, to: ReplyAddress, text: string, handle?: PreviewHandle) =>
  previewDiscord(rest, to, { turnId: turn("turn-0001"), text, ...(handle && { handle }) }, Date.now());

describe("previewDiscord", () => {
  it("shows typing while there is nothing to be seen, in channels and direct chats", async () => {
    const { emulator, ann, guild, channel, rest } = await startScene();
    for (const text of ["", "```\n"]) await preview(rest, groupAt(`${guild}.${channel}`), text);
    await preview(rest, directTo(ann.id), "");
    expect([emulator.isTyping(channel), emulator.isTyping(ann.dm)]).toEqual([true, true]);
    pass(DISCORD_LIMITS.busyEveryMs);
    expect(emulator.isTyping(channel)).toBe(true);
    expect(emulator.violations).toEqual([]);
  });

  it("lets a message of ours grow, and shows the end of what is too long for one", async () => {
    const { emulator, ann, guild, channel, rest } = await startScene();
    const to = groupAt(`${guild}.${channel}`);
    const { messageId } = await sendDiscord(rest, to, part("growing"), Date.now());
    const text = `**growing** ${ann.mention}\n\n| a |\n|---|\n| 1 |`;
    const grown = await preview(rest, to, text, { shownText: "growing", messageId });
    expect(grown).toEqual({ shownText: text, messageId });
    expect(emulator.answers(channel)).toMatchObject([
      { content: `**growing** ${ann.mention}\n\n\`\`\`\na\n-\n1\n\`\`\`` },
    ]);
    expect(callsOf(emulator).at(-1)?.body).toMatchObject({ allowed_mentions: { parse: [] } });
    await preview(rest, to, `${"word ".repeat(2_000)}the end`, grown);
    expect(emulator.answers(channel)[0]?.content).toMatch(/the end$/u);
    expect(emulator.answers(channel)[0]?.content.length).toBeGreaterThan(1_000);
    const lines = Array.from({ length: 40 }, (_, index) => `line ${index}`);
    await preview(rest, to, lines.join("\n"), grown);
    const shown = emulator.answers(channel)[0]?.content.split("\n") ?? [];
    expect([shown.length <= 17, shown.at(-1)]).toEqual([true, "line 39"]);
    expect(emulator.violations).toEqual([]);
  });

  it("says how an answer can grow, by how it is asked for", () => {
    const modes = [
      directTo("1"),
      groupAt("1.2"),
      groupAt("1.2", { ticket: ticketOf("t", 0) }),
      groupAt("1.2", { ticket: ticketOf("t", 0, { isBinding: true }) }),
      groupAt("1.2", { ticket: ticketOf("t", 0, { holdsPlace: false }) }),
      groupAt("1.2", { ticket: ticketOf("t", 0, { isBinding: true, holdsPlace: false }) }),
    ].map(DISCORD_LIMITS.previewMode);
    expect(modes).toEqual(["message", "message", "draft", "draft", "message", "none"]);
  });

  it("types in the channel for a thread that is still to be opened", async () => {
    const { emulator, ann, guild, channel, rest } = await startScene();
    const { id } = ann.says("@bot help", { in: channel });
    await preview(rest, groupAt(`${guild}.${channel}`, { thread: { kind: "thread", id }, messageId: id }), "");
    expect(emulator.isTyping(channel)).toBe(true);
  });

  it("shows nothing to whoever can be told only what follows", async () => {
    const { emulator, rest } = await startScene();
    const to = groupAt("1.2", { ticket: ticketOf("t", Date.now(), { isBinding: true, holdsPlace: false }) });
    for (const text of ["", "growing"]) expect(await preview(rest, to, text)).toEqual({ shownText: text });
    expect(callsOf(emulator)).toEqual([]);
  });

  it("leaves the last call to the answer when a channel takes no more, and goes on later", async () => {
    const { emulator, guild, channel, rest } = await startScene({ rates: true });
    const to = groupAt(`${guild}.${channel}`);
    const { messageId } = await sendDiscord(rest, to, part("0"), Date.now());
    let handle: PreviewHandle = { shownText: "0", messageId };
    for (let count = 1; count <= 10; count += 1) handle = await preview(rest, to, `${count}`, handle);
    expect(handle).toEqual({ shownText: "4", messageId });
    await sendDiscord(rest, to, part("whole", { deliveryId: "d-2", edits: messageId }), Date.now());
    pass(5_000);
    expect(await preview(rest, to, "more", handle)).toEqual({ shownText: "more", messageId });
    expect(emulator.invalidRequests).toBe(0);
  });

  it("says when all of the bot has to wait", async () => {
    const { emulator, guild, channel, rest } = await startScene();
    emulator.fail({ kind: "too_many", retryAfterS: 3, scope: "global" });
    const error = await failure(preview(rest, groupAt(`${guild}.${channel}`), ""));
    expect(error).toMatchObject({ code: "channel_rate_limited", scope: "bot", retryAfterMs: 3_000 });
  });
});

describe("previewDiscord with a placeholder", () => {
  const startCall = async ({ isPrivate = false } = {}) => {
    const scene = await startScene();
    const { emulator, ann, guild, channel } = scene;
    const ticket = await askedBy(emulator, ann, { in: channel, isPrivate });
    const made = callsOf(emulator).length;
    const shown = () => emulator.answers(channel).map(({ state, content }) => (state === "written" ? content : state));
    return { ...scene, to: groupAt(`${guild}.${channel}`, { ticket }), shown, made };
  };

  it("lets the answer grow there, and says nothing where Discord says that we think", async () => {
    const { emulator, rest, to, shown, made } = await startCall();
    expect(await preview(rest, to, "")).toEqual({ shownText: "" });
    expect([shown(), callsOf(emulator).length]).toEqual([["thinking"], made]);
    expect(await preview(rest, to, "**Hel")).toEqual({ shownText: "**Hel" });
    expect(shown()).toEqual(["\\*\\*Hel"]);
    await sendDiscord(rest, to, part("**Hello**"), Date.now());
    expect(shown()).toEqual(["**Hello**"]);
    expect(emulator.violations).toEqual([]);
  });

  it("says there once, when it is too late, that the answer comes elsewhere", async () => {
    const { emulator, rest, to, shown } = await startCall();
    await preview(rest, to, "beginning");
    pass(TICKET_BOUNDS.switchMs - 1);
    await preview(rest, to, "");
    expect(shown()).toEqual(["beginning"]);
    pass(1);
    for (const text of ["", "more", "", "more and more"]) await preview(rest, to, text);
    expect(shown()).toEqual([expect.stringMatching(/^⏳ /u)]);
    const made = callsOf(emulator).length;
    pass(30_000);
    await preview(rest, to, "more");
    expect(callsOf(emulator)).toHaveLength(made);
    await sendDiscord(rest, to, part("whole"), Date.now());
    expect(shown()).toEqual([expect.stringMatching(/^⏳ /u), "whole"]);
  });

  it("says nothing any more once the token is over", async () => {
    const { emulator, rest, to, made } = await startCall();
    pass(TICKET_BOUNDS.lifeMs);
    for (const text of ["", "late"]) await preview(rest, to, text);
    expect(callsOf(emulator)).toHaveLength(made);
  });

  it("goes on to the end where the answer can come nowhere else", async () => {
    const { rest, to, shown } = await startCall({ isPrivate: true });
    pass(TICKET_BOUNDS.lifeMs - 1);
    await preview(rest, to, "");
    expect(shown()).toEqual(["thinking"]);
    await preview(rest, to, "late");
    expect(shown()).toEqual(["late"]);
  });
});
