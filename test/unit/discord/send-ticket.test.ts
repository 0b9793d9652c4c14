import { describe, expect, it } from "vitest";
import { TICKET_BOUNDS } from "../../../protocol/bounds.ts";
import type { ReplyTicket } from "../../../protocol/outbound.ts";
import { wantedCommands } from "../../../worker/channels/discord/commands.ts";
import { DISCORD_LIMITS } from "../../../worker/channels/discord/limits.ts";
import { overwriteCommands, postCallback } from "../../../worker/channels/discord/operation.ts";
import { sendDiscord } from "../../../worker/channels/discord/send.ts";
import {
  callsOf,
  askedBy,
  buttons,
  directTo,
  failure,
  groupAt,
  part,
  pass,
  restOf,
  settingsOf,
  startScene,
  ticketOf,
} from "./outgoing.ts";

const ORIGINAL = "/webhooks/{webhook_id}/{webhook_token}/messages/@original";
const FOLLOW_UP = "/webhooks/{webhook_id}/{webhook_token}";
const MESSAGES = "/channels/{channel_id}/messages";

/** Somebody has called us in a channel of a guild, and waits. */
const startCall = async ({ isPrivate = false } = {}) => {
  const scene = await startScene({ nonceWindowMs: 60_000 });
  const { emulator, ann, channel, guild, rest } = scene;
  const ticket = await askedBy(emulator, ann, { in: channel, isPrivate });
  const sent = callsOf(emulator).length;
  return {
    ...scene,
    ticket,
    to: (more: Partial<ReplyTicket> = {}) => groupAt(`${guild}.${channel}`, { ticket: { ...ticket, ...more } }),
    send: (text: string, more: Parameters<typeof part>[1] = {}, other: Partial<ReplyTicket> = {}) =>
      sendDiscord(
        rest,
        groupAt(`${guild}.${channel}`, { ticket: { ...ticket, ...other } }),
        part(text, more),
        Date.now(),
      ),
    shown: () => emulator.answers(channel).map(({ state, content }) => (state === "written" ? content : state)),
    methods: () =>
      callsOf(emulator)
        .slice(sent)
        .map(({ method, route }) => `${method} ${route}`),
  };
};

describe("sendDiscord with a placeholder", () => {
  it("puts the answer there, as often as it likes", async () => {
    const { emulator, channel, send, shown, methods } = await startCall();
    expect(shown()).toEqual(["thinking"]);
    const receipt = await send("**answer** @everyone", { buttons: buttons(["yes"]) });
    expect(await send("**answer** @everyone", { buttons: buttons(["yes"]) })).toEqual(receipt);
    expect(emulator.answers(channel)).toMatchObject([
      { id: receipt.messageId, content: "**answer** @everyone", state: "written", pings: { everyone: false } },
    ]);
    expect(methods()).toEqual([`PATCH ${ORIGINAL}`, `PATCH ${ORIGINAL}`]);
    expect(callsOf(emulator).at(-1)?.body).toMatchObject({ allowed_mentions: { parse: [] } });
    expect(emulator.violations).toEqual([]);
  });

  it("writes a message of its own from the fourteenth minute on", async () => {
    const { emulator, channel, send, shown } = await startCall();
    pass(TICKET_BOUNDS.switchMs - 1);
    await send("in time");
    pass(1);
    const receipt = await send("late", { deliveryId: "d-2" });
    expect(shown()).toEqual(["in time", "late"]);
    expect(emulator.answers(channel)[1]).toMatchObject({ id: receipt.messageId, interactionId: null });
  });

  it("writes a message of its own where the place is gone, or the token is over before its time", async () => {
    const { emulator, send, shown, methods } = await startCall();
    emulator.fail({ kind: "status", status: 404, code: 10_008, route: ORIGINAL });
    await send("one");
    pass(10_000);
    emulator.fail({ kind: "status", status: 401, code: 50_027, route: ORIGINAL });
    await send("two", { deliveryId: "d-2" });
    emulator.fail({ kind: "status", status: 404, code: 10_015, route: ORIGINAL });
    await send("three", { deliveryId: "d-3" });
    expect(shown()).toEqual(["thinking", "one", "two", "three"]);
    expect(methods()).toEqual(Array.from({ length: 3 }, () => [`PATCH ${ORIGINAL}`, `POST ${MESSAGES}`]).flat());
  });

  it("does not, when nobody knows what became of the place, or when it is to wait", async () => {
    const { emulator, send, shown } = await startCall();
    emulator.fail({ kind: "cut_before" });
    expect((await failure(send("one"))).code).toBe("channel_outcome_unknown");
    emulator.fail({ kind: "too_many", retryAfterS: 2 });
    expect(await failure(send("one"))).toMatchObject({
      code: "channel_rate_limited",
      scope: "chat",
      retryAfterMs: 2_000,
    });
    expect(shown()).toEqual(["thinking"]);
  });

  it("puts it there again after the switch, if it may be there since before", async () => {
    const { emulator, send, shown } = await startCall();
    pass(TICKET_BOUNDS.switchMs - 1);
    const firstTry = Date.now();
    emulator.fail({ kind: "cut_after" });
    await failure(send("once"));
    pass(30_000);
    await send("once", { mayBeShownSince: firstTry });
    expect(shown()).toEqual(["once"]);
  });

  it("looks whether it is there, when the token is over meanwhile", async () => {
    const { emulator, send, shown, methods } = await startCall();
    pass(TICKET_BOUNDS.switchMs - 1);
    const firstTry = Date.now();
    emulator.fail({ kind: "cut_after" });
    await failure(send("once"));
    pass(TICKET_BOUNDS.lifeMs - TICKET_BOUNDS.switchMs + 1);
    await send("once", { mayBeShownSince: firstTry });
    expect(shown()).toEqual(["once"]);
    expect(methods()).toEqual([`PATCH ${ORIGINAL}`, `GET ${MESSAGES}`]);
  });

  it("does not send again in the place what may be there as a message of its own", async () => {
    const { emulator, send, shown } = await startCall();
    pass(TICKET_BOUNDS.switchMs);
    const firstTry = Date.now();
    emulator.fail({ kind: "cut_after", method: "POST" });
    await failure(send("once"));
    pass(10_000);
    await send("once", { mayBeShownSince: firstTry });
    expect(shown()).toEqual([expect.stringMatching(/^⏳ /u), "once"]);
  });

  it("waits a moment for Discord to know of the call", async () => {
    const { emulator, ann, channel, guild, rest } = await startScene();
    await overwriteCommands(settingsOf(emulator), wantedCommands());
    const sending: Promise<unknown>[] = [];
    emulator.world.onEvent(({ t, d }) => {
      if (t !== "INTERACTION_CREATE") return;
      const token = String(d["token"]);
      const to = groupAt(`${guild}.${channel}`, { ticket: ticketOf(token, Date.now()) });
      sending.push(sendDiscord(rest, to, part("quick"), Date.now()));
      const stop = emulator.onCall(() => {
        stop();
        sending.push(postCallback(settingsOf(emulator), String(d["id"]), token, { type: 5 }));
      });
    });
    await ann.uses("ask", { text: "hi" }, { in: channel });
    await Promise.all(sending);
    expect(emulator.answers(channel).map(({ content }) => content)).toEqual(["quick"]);
    expect(
      callsOf(emulator)
        .filter(({ route }) => route === ORIGINAL)
        .map(({ status }) => status),
    ).toEqual([404, 200]);
  });
});

describe("sendDiscord by a binding ticket", () => {
  it("answers for the eyes of whoever asked, and so does what follows", async () => {
    const { emulator, ann, channel, send, to, methods } = await startCall({ isPrivate: true });
    await send("one");
    await send("two", { deliveryId: "d-2", buttons: buttons(["x"]) }, { holdsPlace: false });
    expect(emulator.answers(channel)).toMatchObject([
      { content: "one", ephemeralFor: ann.id },
      { content: "two", ephemeralFor: ann.id },
    ]);
    expect(methods()).toEqual([`PATCH ${ORIGINAL}`, `POST ${FOLLOW_UP}`]);
    expect(callsOf(emulator).at(-1)?.body).not.toHaveProperty("nonce");
    expect(DISCORD_LIMITS.sendIsIdempotent(to())).toBe(true);
    expect(DISCORD_LIMITS.sendIsIdempotent(to({ holdsPlace: false }))).toBe(false);
    expect(DISCORD_LIMITS.sendIsIdempotent(to({ holdsPlace: false, isBinding: false }))).toBe(true);
    expect(emulator.violations).toEqual([]);
  });

  it("answers for all to see where we are only in somebody's account", async () => {
    const { emulator, ann, rest } = await startScene();
    const bob = emulator.addPerson({ username: "bob" });
    const channel = emulator.addPrivate(ann, bob);
    const ticket = { ...(await askedBy(emulator, ann, { in: channel })), isBinding: true, isPublic: true } as const;
    await sendDiscord(rest, groupAt(`me.${channel}`, { ticket }), part("one"), Date.now());
    const follows = { ...ticket, holdsPlace: false };
    await sendDiscord(rest, groupAt(`me.${channel}`, { ticket: follows }), part("two"), Date.now());
    expect(emulator.answers(channel)).toMatchObject([
      { content: "one", ephemeralFor: null },
      { content: "two", ephemeralFor: null },
    ]);
  });

  it("answers until the token is over, and is refused from then on", async () => {
    const { emulator, send, shown } = await startCall({ isPrivate: true });
    pass(TICKET_BOUNDS.lifeMs - 1);
    await send("just so");
    const before = callsOf(emulator).length;
    pass(1);
    for (const holdsPlace of [true, false]) {
      const error = await failure(send("late", {}, { holdsPlace }));
      expect([error.code, error.message]).toEqual(["channel_refused", expect.stringMatching(/^too late/u)]);
    }
    expect(callsOf(emulator)).toHaveLength(before);
    expect(shown()).toEqual(["just so"]);
  });

  it("never goes to the channel", async () => {
    const { emulator, send, methods } = await startCall({ isPrivate: true });
    pass(10_000);
    emulator.fail({ kind: "status", status: 401, code: 50_027, route: ORIGINAL });
    expect(await failure(send("secret"))).toMatchObject({ code: "channel_refused", reason: "ticket_over" });
    expect(methods()).toEqual([`PATCH ${ORIGINAL}`]);
  });

  it("follows where the first answer was taken away, unless it was there already", async () => {
    const { emulator, send, shown } = await startCall({ isPrivate: true });
    emulator.fail({ kind: "status", status: 404, code: 10_008, route: ORIGINAL });
    const firstTry = Date.now();
    await send("one");
    expect(shown()).toEqual(["one"]);
    emulator.fail({ kind: "status", status: 404, code: 10_008, route: ORIGINAL });
    const error = await failure(send("one", { mayBeShownSince: firstTry }));
    expect(error).toMatchObject({ code: "channel_refused", reason: "unknown_message" });
  });

  it("tries first whether Discord answers at all, before it sends what it could send twice", async () => {
    const { emulator, to, shown, methods } = await startCall({ isPrivate: true });
    const rest = restOf(emulator);
    const send = (text: string, holdsPlace: boolean) => sendDiscord(rest, to({ holdsPlace }), part(text), Date.now());
    emulator.fail({ kind: "cut_before", times: 3 });
    for (let time = 0; time < 3; time += 1) {
      expect((await failure(send("two", false))).code).toBe("channel_unreachable");
    }
    expect(methods()).toEqual(Array.from({ length: 3 }, () => `GET ${ORIGINAL}`));
    await send("one", true);
    await send("two", false);
    expect(methods().slice(3)).toEqual([`PATCH ${ORIGINAL}`, `POST ${FOLLOW_UP}`]);
    emulator.fail({ kind: "cut_after", route: FOLLOW_UP });
    expect((await failure(send("three", false))).code).toBe("channel_outcome_unknown");
    expect(shown()).toEqual(["one", "two", "three"]);
  });
});

describe("sendDiscord to a press", () => {
  it("answers with a message of its own, below the one with the button", async () => {
    const { emulator, ann, guild, channel, rest } = await startScene();
    const to = groupAt(`${guild}.${channel}`);
    const { messageId } = await sendDiscord(rest, to, part("pick", { buttons: buttons(["a"]) }), Date.now());
    const ticket = ticketOf("of-a-press", Date.now(), { holdsPlace: false });
    await sendDiscord(rest, { ...to, messageId, ticket }, part("picked", { deliveryId: "d-2" }), Date.now());
    await sendDiscord(
      rest,
      directTo(ann.id, { roomId: ann.dm, ticket }),
      part("here too", { deliveryId: "d-3" }),
      Date.now(),
    );
    expect(emulator.answers(channel)[1]).toMatchObject({ content: "picked", replyTo: messageId });
    expect(emulator.answers(ann.dm)).toMatchObject([{ content: "here too" }]);
  });
});
