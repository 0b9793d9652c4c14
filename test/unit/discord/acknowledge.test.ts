import { describe, expect, it } from "vitest";
import type { Acknowledgement, ReplyAddress, ReplyTicket } from "../../../protocol/outbound.ts";
import { acknowledgeDiscord } from "../../../worker/channels/discord/acknowledge.ts";
import { postCallback } from "../../../worker/channels/discord/operation.ts";
import type { DiscordRest } from "../../../worker/channels/discord/rest.ts";
import { sendDiscord } from "../../../worker/channels/discord/send.ts";
import type { DiscordEmulator, Person } from "../../emulators/discord/index.ts";
import {
  callsOf,
  askedBy,
  buttons,
  directTo,
  failure,
  groupAt,
  part,
  settingsOf,
  startScene,
  ticketOf,
} from "./outgoing.ts";

const acknowledge = (rest: DiscordRest, to: ReplyAddress, what: Acknowledgement) =>
  acknowledgeDiscord(rest, to, what, Date.now());

/** Somebody presses a button, which is acknowledged as the webhook does it: the leave to answer. */
async function pressedBy(
  emulator: DiscordEmulator,
  person: Person,
  messageId: string,
  { in: channel, ...more }: { readonly in: string } & Partial<ReplyTicket>,
): Promise<ReplyTicket> {
  const done: Promise<void>[] = [];
  const stop = emulator.world.onEvent(({ t, d }) => {
    if (t !== "INTERACTION_CREATE") return;
    done.push(postCallback(settingsOf(emulator), String(d["id"]), String(d["token"]), { type: 6 }));
  });
  const { token } = await person.presses(messageId, "yes", { in: channel });
  await Promise.all(done);
  stop();
  return ticketOf(token, Date.now(), { holdsPlace: false, ...more });
}

describe("acknowledgeDiscord of a message that was seen", () => {
  it("reacts with the emoji, once", async () => {
    const { emulator, ann, guild, channel, rest } = await startScene();
    const { id: messageId } = ann.says("hello", { in: channel });
    for (let time = 0; time < 2; time += 1) {
      await acknowledge(rest, groupAt(`${guild}.${channel}`), { kind: "seen", messageId, emoji: " 👀" });
    }
    const { id: other } = ann.says("hello");
    await acknowledge(rest, directTo(ann.id, { roomId: ann.dm }), { kind: "seen", messageId: other, emoji: "❤️" });
    expect(emulator.shown(channel)[0]?.reactions).toEqual({ "👀": [emulator.me.id] });
    expect(emulator.shown(ann.dm)[0]?.reactions).toEqual({ "❤️": [emulator.me.id] });
    expect(emulator.violations).toEqual([]);
  });

  it("finds the message that begins a thread, in the channel, and others in the thread", async () => {
    const { emulator, ann, guild, channel, rest } = await startScene();
    const { id } = ann.says("@bot help", { in: channel });
    const to = groupAt(`${guild}.${channel}`, { thread: { kind: "thread", id }, messageId: id });
    await acknowledge(rest, to, { kind: "seen", messageId: id, emoji: "👀" });
    ann.opensThread("talk", { in: channel, at: id });
    await acknowledge(rest, to, { kind: "seen", messageId: id, emoji: "👍" });
    const inside = ann.says("and", { in: id });
    await acknowledge(rest, to, { kind: "seen", messageId: inside.id, emoji: "👀" });
    expect(Object.keys(emulator.shown(channel)[0]?.reactions ?? {})).toEqual(["👀", "👍"]);
    expect(emulator.shown(id).at(-1)?.reactions).toEqual({ "👀": [emulator.me.id] });
  });

  it("makes no call where there is no message, or nothing to react with", async () => {
    const { emulator, guild, channel, rest } = await startScene();
    const to = groupAt(`${guild}.${channel}`);
    await acknowledge(rest, { ...to, ticket: ticketOf("t", 0) }, { kind: "seen", messageId: "1", emoji: "👀" });
    await acknowledge(rest, to, { kind: "seen", messageId: "1", emoji: " " });
    expect(callsOf(emulator)).toEqual([]);
    const error = await failure(acknowledge(rest, to, { kind: "seen", messageId: "1", emoji: "👀" }));
    expect(error).toMatchObject({ code: "channel_refused", reason: "unknown_message" });
  });
});

describe("acknowledgeDiscord of a press", () => {
  const startPress = async () => {
    const scene = await startScene();
    const { emulator, ann, guild, channel, rest } = scene;
    const to = groupAt(`${guild}.${channel}`);
    const { messageId } = await sendDiscord(rest, to, part("pick", { buttons: buttons(["yes", "no"]) }), Date.now());
    const ticket = await pressedBy(emulator, ann, messageId, { in: channel });
    return { ...scene, messageId, to: { ...to, messageId, ticket } };
  };

  it("tells whoever pressed, and nobody else, what there is to tell", async () => {
    const { emulator, ann, channel, rest, to } = await startPress();
    await acknowledge(rest, to, { kind: "pressed", pressId: "p", text: "Not for you. @everyone" });
    expect(emulator.answers(channel).at(-1)).toMatchObject({ content: "Not for you. @everyone", ephemeralFor: ann.id });
    expect(emulator.violations).toEqual([]);
  });

  it("makes no call when there is nothing to tell, or nobody to tell it to", async () => {
    const { emulator, rest, to } = await startPress();
    const made = callsOf(emulator).length;
    await acknowledge(rest, to, { kind: "pressed", pressId: "p" });
    await acknowledge(rest, to, { kind: "pressed", pressId: "p", text: "" });
    await acknowledge(rest, groupAt(to.chatId), { kind: "pressed", pressId: "p", text: "lost" });
    expect(callsOf(emulator)).toHaveLength(made);
  });

  it("shows which choice was made in the place of the buttons, however often", async () => {
    const { emulator, channel, messageId, rest, to } = await startPress();
    for (let time = 0; time < 2; time += 1) await acknowledge(rest, to, { kind: "chosen", messageId, label: "yes" });
    expect(emulator.answers(channel)).toMatchObject([
      { content: "pick", buttons: [{ label: "✓ yes", isDisabled: true }] },
    ]);
    expect(emulator.violations).toEqual([]);
  });

  it("shows it for whoever alone sees the message", async () => {
    const { emulator, ann, guild, channel, rest } = await startScene();
    const ticket = await askedBy(emulator, ann, { in: channel, isPrivate: true });
    const to = groupAt(`${guild}.${channel}`, { ticket });
    const { messageId } = await sendDiscord(rest, to, part("pick", { buttons: buttons(["yes"]) }), Date.now());
    const press = await pressedBy(emulator, ann, messageId, { in: channel, isBinding: true });
    await acknowledge(rest, { ...to, ticket: press }, { kind: "chosen", messageId, label: "x".repeat(100) });
    const [button] = emulator.answers(channel)[0]?.buttons ?? [];
    expect(button?.label).toMatch(/^✓ x{10,}…$/u);
    expect(emulator.violations).toEqual([]);
  });
});
