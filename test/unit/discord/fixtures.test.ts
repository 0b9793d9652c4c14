import { describe, expect, it } from "vitest";
import { assertNever } from "../../../protocol/assert.ts";
import type { Intake } from "../../../worker/channels/channel.ts";
import type { DispatchReading, GatewayWorld } from "../../../worker/channels/discord/dispatch.ts";
import { readDispatch } from "../../../worker/channels/discord/parse.ts";
import { verifyDiscord } from "../../../worker/channels/discord/verify.ts";
import {
  BLIND_TABLE,
  type Fate,
  type Fixture,
  FIXTURE_DIR,
  FIXTURE_TABLE,
  type FixtureRow,
  fixtureRow,
  readFixtures,
} from "./fixture-table.ts";
import { called, read } from "./parse-reader.ts";
import {
  directMessage,
  directReaction,
  edited,
  event,
  forward,
  guildMessage,
  joined,
  mentioning,
  otherBot,
  OUR_THREAD,
  reaction,
  replyTo,
  threadMessage,
  us,
  bob,
} from "./payloads.ts";
import { aboutPerson, askAbout, command, form, IN_DIRECT, ping, press, selection, typing } from "./payloads-calls.ts";
import { bytes, createApplication, signed } from "./signed.ts";

/** The application of the captures, whose bot has the same id; its guild, role and thread. */
const CAPTURED = {
  applicationId: "1457469483726668048",
  role: "1457473602180878604",
  thread: "1457536551830421524",
  channel: "1457510428359004343",
};
const capturedWorld: GatewayWorld = {
  self: { applicationId: CAPTURED.applicationId, userId: CAPTURED.applicationId, username: "Chat SDK Demo" },
  botRole: () => CAPTURED.role,
  thread: (id) => (id === CAPTURED.thread ? { parentId: CAPTURED.channel, isOurs: true } : null),
};
const blindWorld: GatewayWorld = { ...capturedWorld, botRole: () => null, thread: () => null };
const NOW = 1_777_698_269_000;
const application = createApplication();

function judgeReading(reading: DispatchReading): FixtureRow {
  return reading.kind === "unknown_thread" ? fixtureRow("asked", "the channel of a thread") : judge(reading.intake);
}

/** What becomes of what came in, as the settings say by default: bots are not heard, and our name means us. */
function judge(intake: Intake): FixtureRow {
  switch (intake.kind) {
    case "reply":
      return fixtureRow("answered", "a ping");
    case "suggest":
      return fixtureRow("answered", "something that is typed");
    case "ignore":
      return fixtureRow("ignored", intake.why);
    case "happenings":
      return fixtureRow("heard", intake.happenings.map(({ kind }) => kind).join());
    case "messages": {
      const [message] = intake.messages;
      if (!message) throw new Error("a list without a message");
      const { chat, sender } = message;
      if (sender.isBot) return fixtureRow("ignored", "a message of a bot");
      if (chat.kind === "direct") return fixtureRow("answered", "a private message");
      const isMeant = chat.addressed || chat.named === true;
      return fixtureRow(
        isMeant ? "answered" : "heard",
        `a message in a guild that is ${isMeant ? "" : "not "}meant for us`,
      );
    }
    default:
      return assertNever(intake);
  }
}

function judgeFixture(fixture: Fixture, world: GatewayWorld): FixtureRow {
  switch (fixture.kind) {
    case "call":
      return judge(called(fixture.json));
    case "event": {
      const settings = { applicationId: CAPTURED.applicationId, replyIn: "channel" } as const;
      return judgeReading(readDispatch(event(fixture.event, fixture.json), world, settings));
    }
    case "frame":
      return fixtureRow("ignored", "no dispatch");
    default:
      return assertNever(fixture);
  }
}

const fixtures = readFixtures();
if (!fixtures) console.warn(`SKIPPED: the captured payloads are not there (${FIXTURE_DIR})`);

describe("captured payloads", () => {
  it.for([
    ["as the committed table says", capturedWorld, FIXTURE_TABLE],
    ["as the committed table says of a bot that knows nothing yet", blindWorld, BLIND_TABLE],
  ] as const)("are judged %s", ([_how, world, table], ctx) => {
    if (!fixtures) return ctx.skip();
    const judged = fixtures.map((fixture) => [fixture.name, judgeFixture(fixture, world)] as const);
    expect(Object.fromEntries(judged)).toEqual(table);
  });

  it("are let in when they are signed, and turned away six minutes later and by another application", async (ctx) => {
    if (!fixtures) return ctx.skip();
    const settings = { applicationId: CAPTURED.applicationId, publicKey: application.publicKey };
    const calls = fixtures.flatMap((fixture) => (fixture.kind === "call" ? [fixture.json] : []));
    expect(calls.length).toBeGreaterThan(2);
    for (const json of calls) {
      const request = signed(bytes(json), NOW, application);
      expect(await verifyDiscord(request, settings, NOW)).toMatchObject({ ok: true, value: { kind: "press" } });
      const unauthentic = { ok: false, error: { kind: "unauthentic" } };
      expect(await verifyDiscord(request, settings, NOW + 360_000)).toMatchObject(unauthentic);
      const others = { ...settings, applicationId: "1457469483726668049" };
      expect(await verifyDiscord(request, others, NOW)).toMatchObject(unauthentic);
    }
  });
});

describe("payloads of our own", () => {
  it.each<[string, string, unknown, Fate]>([
    ["a direct message", "MESSAGE_CREATE", directMessage(), "answered"],
    ["a forwarded message", "MESSAGE_CREATE", forward({}), "answered"],
    ["a mention of us", "MESSAGE_CREATE", mentioning(), "answered"],
    ["a mention of another", "MESSAGE_CREATE", guildMessage({ mentions: [bob] }), "heard"],
    ["our name", "MESSAGE_CREATE", guildMessage({ content: "what does claw say?" }), "answered"],
    ["a reply to us", "MESSAGE_CREATE", replyTo(us), "answered"],
    ["a text among others", "MESSAGE_CREATE", guildMessage(), "heard"],
    ["a text in our thread", "MESSAGE_CREATE", threadMessage(OUR_THREAD), "answered"],
    ["a text in a thread of which nobody told", "MESSAGE_CREATE", threadMessage("1300000000000000099"), "asked"],
    ["another bot's text", "MESSAGE_CREATE", mentioning("hi", { author: otherBot }), "ignored"],
    ["a webhook's text", "MESSAGE_CREATE", mentioning("hi", { webhook_id: "1800000000000000001" }), "ignored"],
    ["a text of our own", "MESSAGE_CREATE", guildMessage({ author: us }), "ignored"],
    ["a text that we may not see", "MESSAGE_CREATE", guildMessage({ content: "" }), "ignored"],
    ["a notice", "MESSAGE_CREATE", guildMessage({ type: 6 }), "ignored"],
    ["somebody who comes", "MESSAGE_CREATE", joined(), "heard"],
    ["an edit", "MESSAGE_UPDATE", edited(), "heard"],
    ["a link's card", "MESSAGE_UPDATE", guildMessage({ embeds: [{}] }), "ignored"],
    ["a message that is gone", "MESSAGE_DELETE", { id: "1500000000000000000" }, "ignored"],
    ["a reaction", "MESSAGE_REACTION_ADD", reaction(), "heard"],
    ["a reaction in a direct chat", "MESSAGE_REACTION_ADD", directReaction(), "heard"],
    ["a reaction that is taken back", "MESSAGE_REACTION_REMOVE", reaction(), "heard"],
    ["a new thread", "THREAD_CREATE", {}, "ignored"],
    ["an event that does not exist yet", "OF_TOMORROW", 5, "ignored"],
  ])("%s", (_what, name, data, fate) => {
    expect(judgeReading(read(name, data)).fate).toBe(fate);
  });

  it.each<[string, object, Fate]>([
    ["a ping", ping(), "answered"],
    ["a question", command("ask", { text: "hi" }), "answered"],
    ["a question in a direct chat", command("ask", { text: "hi" }, IN_DIRECT), "answered"],
    ["a command", command("status"), "answered"],
    ["a question about a message", askAbout(guildMessage()), "answered"],
    ["what is typed", typing("x"), "answered"],
    ["a press", press(), "heard"],
    ["a command that we do not have", command("dance"), "ignored"],
    ["a command about a person", aboutPerson(), "ignored"],
    ["a choice of a menu", selection(), "ignored"],
    ["a form", form(), "ignored"],
  ])("%s", (_what, json, fate) => {
    expect(judge(called(json)).fate).toBe(fate);
  });
});
