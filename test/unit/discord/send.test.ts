import { describe, expect, it } from "vitest";
import { TICKET_BOUNDS } from "../../../protocol/bounds.ts";
import type { ReplyAddress } from "../../../protocol/outbound.ts";
import { NONCE_GOOD_MS, nonceOf } from "../../../worker/channels/discord/nonce.ts";
import { sendDiscord } from "../../../worker/channels/discord/send.ts";
import type { DiscordEmulator } from "../../emulators/discord/index.ts";
import { callsOf, buttons, directTo, failure, groupAt, part, pass, restOf, startScene } from "./outgoing.ts";

const MESSAGES = "/channels/{channel_id}/messages";
const methods = (emulator: DiscordEmulator) => callsOf(emulator).map(({ method, route }) => `${method} ${route}`);
const texts = (emulator: DiscordEmulator, channel: string) => emulator.answers(channel).map(({ content }) => content);

describe("sendDiscord", () => {
  it("writes into a channel of a guild, below the message that it answers, and calls nobody", async () => {
    const { emulator, ann, guild, channel, rest } = await startScene();
    const { id } = ann.says("hello", { in: channel });
    const to = groupAt(`${guild}.${channel}`, { messageId: id });
    const receipt = await sendDiscord(rest, to, part(`**hi** ${ann.mention} @everyone`), Date.now());
    const [sent] = emulator.answers(channel);
    expect(sent).toMatchObject({ id: receipt.messageId, content: `**hi** ${ann.mention} @everyone`, replyTo: id });
    expect(sent?.pings).toMatchObject({ users: [], everyone: false });
    expect(callsOf(emulator)[0]?.body).toMatchObject({
      nonce: await nonceOf("d-1"),
      enforce_nonce: true,
      allowed_mentions: { parse: [] },
      message_reference: { message_id: id, fail_if_not_exists: false },
    });
    expect(emulator.violations).toEqual([]);
  });

  it("writes into a direct chat where it is, and where nobody told us opens it once", async () => {
    const { emulator, ann, rest } = await startScene();
    const bob = emulator.addPerson({ username: "bob" });
    await sendDiscord(rest, directTo(ann.id, { roomId: ann.dm, messageId: "77" }), part("one"), Date.now());
    expect(callsOf(emulator)[0]?.body).not.toHaveProperty("message_reference");
    await sendDiscord(rest, directTo(bob.id), part("two", { deliveryId: "d-2" }), Date.now());
    await sendDiscord(rest, directTo(bob.id), part("three", { deliveryId: "d-3" }), Date.now());
    expect(methods(emulator)).toEqual([
      `POST ${MESSAGES}`,
      "POST /users/@me/channels",
      `POST ${MESSAGES}`,
      `POST ${MESSAGES}`,
    ]);
    expect([texts(emulator, ann.dm), texts(emulator, bob.dm)]).toEqual([["one"], ["two", "three"]]);
    expect(emulator.violations).toEqual([]);
  });

  it("shows buttons in rows that Discord has", async () => {
    const { emulator, guild, channel, rest } = await startScene();
    const to = groupAt(`${guild}.${channel}`);
    const wide = buttons(["a", "b", "c", "d", "e", "f"], ["\u200b", "x".repeat(90)]);
    await sendDiscord(rest, to, part("pick", { buttons: wide }), Date.now());
    const many = buttons(...Array.from({ length: 24 }, (_, index) => [`${index}`]));
    await sendDiscord(rest, to, part("more", { deliveryId: "d-2", buttons: many }), Date.now());
    const rows = callsOf(emulator).map(({ body }) =>
      Object(body).components.map((row: { components: { label: string }[] }) =>
        row.components.map(({ label }) => label),
      ),
    );
    expect(rows).toEqual([
      [["a", "b", "c", "d", "e"], ["f"], ["…", `${"x".repeat(63)}…`]],
      [0, 5, 10, 15, 20].map((from) => Array.from({ length: Math.min(5, 24 - from) }, (_, index) => `${from + index}`)),
    ]);
    expect(emulator.answers(channel)[0]?.buttons[0]).toMatchObject({
      label: "a",
      customId: "b-0-0",
      isDisabled: false,
    });
    expect(emulator.violations).toEqual([]);
  });

  it("replaces a preview, however often", async () => {
    const { emulator, guild, channel, rest } = await startScene();
    const to = groupAt(`${guild}.${channel}`);
    const { messageId } = await sendDiscord(rest, to, part("growing", { buttons: buttons(["old"]) }), Date.now());
    for (let time = 0; time < 2; time += 1) {
      expect(await sendDiscord(rest, to, part("whole", { deliveryId: "d-2", edits: messageId }), Date.now())).toEqual({
        messageId,
      });
    }
    expect(emulator.answers(channel)).toMatchObject([{ content: "whole", buttons: [] }]);
    const gone = await failure(sendDiscord(rest, to, part("whole", { edits: "123" }), Date.now()));
    expect(gone.code).toBe("channel_refused");
    expect(emulator.violations).toEqual([]);
  });

  it("does without naming the message that it answers where that is not allowed", async () => {
    const { emulator, ann, guild, channel, rest } = await startScene();
    const { id } = ann.says("hello", { in: channel });
    emulator.deny(channel, "READ_MESSAGE_HISTORY");
    await sendDiscord(rest, groupAt(`${guild}.${channel}`, { messageId: id }), part("hi"), Date.now());
    expect(emulator.answers(channel)).toMatchObject([{ content: "hi", replyTo: null }]);
    emulator.allow(channel, "READ_MESSAGE_HISTORY");
    ann.deletes(id, { in: channel });
    await sendDiscord(
      rest,
      groupAt(`${guild}.${channel}`, { messageId: id }),
      part("there", { deliveryId: "d-2" }),
      Date.now(),
    );
    expect(texts(emulator, channel)).toEqual(["hi", "there"]);
  });

  it.each<[string, Partial<ReplyAddress> & { readonly chatId: string }]>([
    ["no such channel", { chatId: "1.999" }],
    ["no channel at all", { chatId: "me.nowhere" }],
    ["no such person", { chatId: "5", chatKind: "direct" }],
    ["no person at all", { chatId: "ann", chatKind: "direct" }],
  ])("is refused for good where there is %s", async (_, to) => {
    const { rest } = await startScene();
    const error = await failure(sendDiscord(rest, { ...groupAt("1.2"), ...to }, part("hi"), Date.now()));
    expect([error.code, error.retry]).toEqual(["channel_refused", "never"]);
  });

  it("is refused for good by whoever takes no messages of ours", async () => {
    const { ann, rest } = await startScene();
    ann.forbidDirect();
    const error = await failure(sendDiscord(rest, directTo(ann.id), part("hi"), Date.now()));
    expect(error).toMatchObject({ code: "channel_refused", reason: "cannot_dm" });
  });
});

describe("sendDiscord into a thread", () => {
  const thread = (guild: string, channel: string, id: string, more: Partial<ReplyAddress> = {}) =>
    groupAt(`${guild}.${channel}`, { thread: { kind: "thread", id }, ...more });

  it("writes there, below the message that it answers", async () => {
    const { emulator, ann, guild, channel, rest } = await startScene();
    const id = ann.opensThread("talk", { in: channel });
    const asked = ann.says("hello", { in: id });
    await sendDiscord(rest, thread(guild, channel, id, { messageId: asked.id }), part("hi"), Date.now());
    expect(emulator.answers(id)).toMatchObject([{ content: "hi", replyTo: asked.id }]);
  });

  it("opens it at the message that it begins with, under the first words of the answer", async () => {
    const { emulator, ann, guild, channel, rest } = await startScene();
    const { id } = ann.says("@bot help", { in: channel });
    const to = thread(guild, channel, id, { messageId: id });
    const text = `# Of _course_: \`x\` | **${"long ".repeat(30)}**`;
    await sendDiscord(rest, to, part(text), Date.now());
    await sendDiscord(rest, thread(guild, channel, id), part("more", { deliveryId: "d-2" }), Date.now());
    const written = emulator.answers(id).filter(({ content }) => content !== "");
    expect(written).toMatchObject([{ replyTo: null }, { content: "more", replyTo: null }]);
    const opening = callsOf(emulator).find(({ route }) => route?.endsWith("/threads"));
    expect(opening?.body).toEqual({
      name: `Of course: x ${"long ".repeat(9).trim()}…`,
      auto_archive_duration: 1440,
    });
    for (const { body } of callsOf(emulator)) expect(body).not.toHaveProperty("message_reference");
    expect(emulator.violations).toEqual([]);
  });

  it("goes on in one that somebody else has opened meanwhile", async () => {
    const { emulator, ann, guild, channel, rest } = await startScene();
    const { id } = ann.says("@bot help", { in: channel });
    // Ours is answered that the thread is not there, and a moment later it is.
    emulator.fail({ kind: "status", status: 404, code: 10_003, route: MESSAGES });
    ann.opensThread("mine", { in: channel, at: id });
    await sendDiscord(rest, thread(guild, channel, id, { messageId: id }), part("hi"), Date.now());
    expect(texts(emulator, id)).toContain("hi");
  });

  it("answers below the message itself where it may open none", async () => {
    const { emulator, ann, guild, channel, rest } = await startScene();
    const { id } = ann.says("@bot help", { in: channel });
    emulator.deny(channel, "CREATE_PUBLIC_THREADS");
    await sendDiscord(rest, thread(guild, channel, id, { messageId: id }), part("hi"), Date.now());
    expect(emulator.answers(channel)).toMatchObject([{ content: "hi", replyTo: id }]);
    const { messageId } = await sendDiscord(
      rest,
      thread(guild, channel, id),
      part("hm", { deliveryId: "d-2" }),
      Date.now(),
    );
    await sendDiscord(rest, thread(guild, channel, id), part("more", { edits: messageId }), Date.now());
    expect(texts(emulator, channel)).toEqual(["hi", "more"]);
    expect(emulator.violations).toEqual([]);
  });

  it("never shows in the channel what was meant for a thread that is gone", async () => {
    const { emulator, ann, guild, channel, rest } = await startScene();
    const id = ann.opensThread("secret", { in: channel });
    emulator.removeChannel(id);
    const error = await failure(sendDiscord(rest, thread(guild, channel, id), part("hi"), Date.now()));
    expect(error).toMatchObject({ code: "channel_refused", reason: "unknown_channel" });
    expect(texts(emulator, channel)).toEqual([]);
  });
});

describe("sendDiscord exactly once", () => {
  it("knows that nothing was sent while Discord does not answer at all", async () => {
    const { emulator, guild, channel } = await startScene();
    const to = groupAt(`${guild}.${channel}`);
    const rest = restOf(emulator);
    emulator.fail({ kind: "cut_before", times: 2 });
    for (let time = 0; time < 2; time += 1) {
      expect((await failure(sendDiscord(rest, to, part("once"), Date.now()))).code).toBe("channel_unreachable");
    }
    emulator.fail({ kind: "too_many", retryAfterS: 1, scope: "global" });
    expect((await failure(sendDiscord(rest, to, part("once"), Date.now()))).code).toBe("channel_rate_limited");
    pass(1_000);
    expect(callsOf(emulator)).toEqual([]);
    await sendDiscord(rest, to, part("once"), Date.now());
    expect(texts(emulator, channel)).toEqual(["once"]);
  });

  it("leaves it to the nonce when a call was carried out and not answered a moment ago", async () => {
    const { emulator, guild, channel, rest } = await startScene();
    const to = groupAt(`${guild}.${channel}`);
    const firstTry = Date.now();
    emulator.fail({ kind: "cut_after" });
    expect((await failure(sendDiscord(rest, to, part("once"), firstTry))).code).toBe("channel_outcome_unknown");
    pass(NONCE_GOOD_MS - 1);
    const receipt = await sendDiscord(rest, to, part("once", { mayBeShownSince: firstTry }), Date.now());
    expect(emulator.answers(channel)).toMatchObject([{ id: receipt.messageId, content: "once" }]);
    expect(methods(emulator)).toEqual([`POST ${MESSAGES}`, `POST ${MESSAGES}`]);
  });

  it.each([true, false])(
    "looks for it when Discord may have forgotten the nonce (messages that are read later have it: %s)",
    async (tellsNonceLater) => {
      const { emulator, ann, guild, channel, rest } = await startScene({ nonceWindowMs: 60_000, tellsNonceLater });
      const to = groupAt(`${guild}.${channel}`);
      const firstTry = Date.now();
      emulator.fail({ kind: "cut_after" });
      await failure(sendDiscord(rest, to, part("- once\n- more"), firstTry));
      pass(NONCE_GOOD_MS);
      ann.says("- once\n- more", { in: channel });
      const receipt = await sendDiscord(rest, to, part("- once\n- more", { mayBeShownSince: firstTry }), Date.now());
      expect(emulator.answers(channel)).toMatchObject([{ id: receipt.messageId }]);
      expect(emulator.violations).toEqual([]);
    },
  );

  it("sends it when it is surely not there, among hundreds of other messages", async () => {
    const { emulator, ann, guild, channel, rest } = await startScene({ nonceWindowMs: 60_000 });
    const to = groupAt(`${guild}.${channel}`);
    const firstTry = Date.now();
    emulator.fail({ kind: "cut_before" });
    await failure(sendDiscord(rest, to, part("late"), firstTry));
    for (let index = 0; index < 250; index += 1) ann.says("chatter", { in: channel });
    pass(NONCE_GOOD_MS);
    await sendDiscord(rest, to, part("late", { mayBeShownSince: firstTry }), Date.now());
    expect(texts(emulator, channel)).toEqual(["late"]);
    expect(methods(emulator).filter((call) => call === `GET ${MESSAGES}`)).toHaveLength(3);
  });

  it("does not take for it what was said before, or with another nonce", async () => {
    const { emulator, guild, channel, rest } = await startScene({ nonceWindowMs: 60_000, tellsNonceLater: true });
    const to = groupAt(`${guild}.${channel}`);
    await sendDiscord(rest, to, part("Done.", { deliveryId: "d-0" }), Date.now());
    pass(2_000);
    const firstTry = Date.now();
    emulator.fail({ kind: "cut_before" });
    await failure(sendDiscord(rest, to, part("Done."), firstTry));
    await sendDiscord(rest, to, part("Done.", { deliveryId: "d-2" }), Date.now());
    pass(NONCE_GOOD_MS);
    await sendDiscord(rest, to, part("Done.", { mayBeShownSince: firstTry }), Date.now());
    expect(texts(emulator, channel)).toEqual(["Done.", "Done.", "Done."]);
  });

  it.each([
    ["it may not read what was written", 0],
    ["too much was written since", 501],
  ])("sends nothing again when %s", async (_, messages) => {
    const { emulator, ann, guild, channel, rest } = await startScene();
    const to = groupAt(`${guild}.${channel}`);
    const firstTry = Date.now();
    emulator.fail({ kind: "cut_before" });
    await failure(sendDiscord(rest, to, part("once"), firstTry));
    if (messages === 0) emulator.deny(channel, "READ_MESSAGE_HISTORY");
    ann.says("hello", { in: channel });
    for (let index = 0; index < messages; index += 1) ann.says("chatter", { in: channel });
    pass(NONCE_GOOD_MS);
    const error = await failure(sendDiscord(rest, to, part("once", { mayBeShownSince: firstTry }), Date.now()));
    expect([error.code, error.method]).toEqual(["channel_refused", "history"]);
    expect(texts(emulator, channel)).toEqual([]);
  });

  it("knows that a direct chat in which nothing is holds nothing", async () => {
    const { emulator, ann, rest } = await startScene();
    const to = directTo(ann.id);
    const firstTry = Date.now();
    emulator.fail({ kind: "cut_before", route: MESSAGES });
    await failure(sendDiscord(rest, to, part("once"), firstTry));
    pass(NONCE_GOOD_MS);
    await sendDiscord(rest, to, part("once", { mayBeShownSince: firstTry }), Date.now());
    expect(texts(emulator, ann.dm)).toEqual(["once"]);
  });

  it("looks below the message too, where it could open no thread", async () => {
    const { emulator, ann, guild, channel, rest } = await startScene({ nonceWindowMs: 60_000 });
    const { id } = ann.says("@bot help", { in: channel });
    emulator.deny(channel, "CREATE_PUBLIC_THREADS");
    const to = groupAt(`${guild}.${channel}`, { thread: { kind: "thread", id }, messageId: id });
    const firstTry = Date.now();
    emulator.fail({ kind: "cut_after", route: MESSAGES, channelId: channel });
    await failure(sendDiscord(rest, to, part("once"), firstTry));
    pass(TICKET_BOUNDS.lifeMs);
    await sendDiscord(rest, to, part("once", { mayBeShownSince: firstTry }), Date.now());
    expect(texts(emulator, channel)).toEqual(["once"]);
  });
});
