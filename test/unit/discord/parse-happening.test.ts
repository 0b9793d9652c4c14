import { describe, expect, it } from "vitest";
import { called, happeningOf, happeningOfCall, read, whyIgnored } from "./parse-reader.ts";
import {
  ann,
  APP,
  bob,
  CHANNEL,
  directReaction,
  DIRECT,
  directMessage,
  edited,
  GUILD,
  guildMessage,
  joined,
  member,
  mentioning,
  MESSAGE,
  otherBot,
  OUR_THREAD,
  reaction,
  RECEIVED_AT,
  SENT_AT,
  threadMessage,
  us,
  US,
} from "./payloads.ts";
import { AS_GUEST, CALL, IN_DIRECT, IN_PRIVATE, IN_THREAD, press, TOKEN } from "./payloads-calls.ts";

const EDITED_AT = Date.parse("2026-05-02T05:06:00.000Z");
const CALLED_AT = 1_777_698_268_652;

describe("an edit", () => {
  it("is the new version of a message, under the id of the old one", () => {
    const happening = happeningOf("MESSAGE_UPDATE", edited());
    expect(happening).toMatchObject({
      kind: "edited",
      session: `agent:main:discord:direct:${ann.id}`,
      channel: "discord",
      dedupeKeys: [`discord:${APP}:edit:${MESSAGE}:${EDITED_AT}`],
      at: EDITED_AT,
      message: { id: `discord:${APP}:${MESSAGE}`, text: "hello again", sentAt: SENT_AT },
    });
  });

  it("has another name than the next one, and the same when it comes again", () => {
    const keysOf = (time: string) => happeningOf("MESSAGE_UPDATE", edited({ edited_timestamp: time })).dedupeKeys;
    expect(keysOf("2026-05-02T05:06:00.001Z")).not.toEqual(keysOf("2026-05-02T05:06:00.002Z"));
    expect(keysOf("2026-05-02T05:06:00.001Z")).toEqual(keysOf("2026-05-02T05:06:00.001000+00:00"));
  });

  it.each([
    ["a link's card that was added", guildMessage({ embeds: [{ title: "A page" }] }), "an update without new words"],
    ["no more than what changed", { id: MESSAGE, channel_id: DIRECT, flags: 32 }, "an update without new words"],
    ["a time that is none", edited({ edited_timestamp: "yesterday" }), "an update of no time"],
    ["words of ours", edited({ author: us }), "sent by ourselves"],
    [
      "nothing that we may see",
      edited({ guild_id: GUILD, channel_type: 0, content: "" }),
      expect.stringContaining("no text"),
    ],
    ["nothing at all", null, "an update without new words"],
  ])("is none with %s", (_what, data, why) => {
    expect(whyIgnored("MESSAGE_UPDATE", data)).toEqual(why);
  });

  it("is heard in the thread that its message began", () => {
    const reading = { settings: { replyIn: "thread" } } as const;
    const data = mentioning("hi again", { edited_timestamp: "2026-05-02T05:06:00.000Z" });
    expect(happeningOf("MESSAGE_UPDATE", data, reading).session).toBe(
      `agent:main:discord:group:${GUILD}.${CHANNEL}:thread:${MESSAGE}`,
    );
  });

  it("asks for the channel of its thread", () => {
    const data = threadMessage("1300000000000000099", { edited_timestamp: "2026-05-02T05:06:00.000Z" });
    expect(read("MESSAGE_UPDATE", data)).toEqual({ kind: "unknown_thread", channelId: "1300000000000000099" });
  });
});

describe("a reaction", () => {
  it("is told with who reacted, in a guild", () => {
    expect(happeningOf("MESSAGE_REACTION_ADD", reaction())).toEqual({
      kind: "reacted",
      session: `agent:main:discord:group:${GUILD}.${CHANNEL}`,
      channel: "discord",
      dedupeKeys: [`discord:${APP}:reaction:${MESSAGE}:${ann.id}:👍:added:${RECEIVED_AT}`],
      at: RECEIVED_AT,
      messageId: MESSAGE,
      sender: { id: ann.id, name: "Ann Example", username: "ann", roles: member.roles },
      before: [],
      now: ["👍"],
    });
  });

  it("is told by the id of the person in their direct chat", () => {
    expect(happeningOf("MESSAGE_REACTION_ADD", directReaction())).toMatchObject({
      session: `agent:main:discord:direct:${ann.id}`,
      sender: { id: ann.id, name: ann.id },
    });
  });

  it("is taken back under another name", () => {
    const removed = happeningOf(
      "MESSAGE_REACTION_REMOVE",
      reaction({ member: undefined, message_author_id: undefined }),
    );
    expect(removed).toMatchObject({ before: ["👍"], now: [] });
    expect(removed.dedupeKeys).not.toEqual(happeningOf("MESSAGE_REACTION_ADD", reaction()).dedupeKeys);
  });

  it("is told in the thread where it is", () => {
    expect(happeningOf("MESSAGE_REACTION_ADD", reaction({ channel_id: OUR_THREAD })).session).toContain(
      `:thread:${OUR_THREAD}`,
    );
  });

  it("has the name of an emoji that is a server's own", () => {
    const emoji = { id: "1900000000000000001", name: "party_crab", animated: true };
    expect(happeningOf("MESSAGE_REACTION_ADD", reaction({ emoji }))).toMatchObject({ now: [":party_crab:"] });
    const deleted = happeningOf("MESSAGE_REACTION_ADD", reaction({ emoji: { ...emoji, name: null } }));
    expect(deleted).toMatchObject({ now: [`:${emoji.id}:`] });
  });

  it.each([
    ["our own", { user_id: US }, "a reaction of our own"],
    ["of a bot", { member: { ...member, user: otherBot } }, "a reaction of a bot"],
    ["to what others wrote", { message_author_id: bob.id }, "a reaction to what others wrote"],
    ["without an emoji", { emoji: { id: null, name: null } }, "a reaction without an emoji"],
    ["of no form", { emoji: "👍" }, expect.stringMatching(/^emoji: not /u)],
  ])("is ignored when it is %s", (_how, fields, why) => {
    expect(whyIgnored("MESSAGE_REACTION_ADD", reaction(fields))).toEqual(why);
  });
});

describe("the notice that somebody came", () => {
  it("is told to the channel where it stands", () => {
    expect(happeningOf("MESSAGE_CREATE", joined())).toEqual({
      kind: "members",
      session: `agent:main:discord:group:${GUILD}.${CHANNEL}`,
      channel: "discord",
      dedupeKeys: [`discord:${APP}:message:${MESSAGE}`],
      at: SENT_AT,
      joined: [{ id: ann.id, name: "Ann Example", username: "ann", roles: member.roles }],
      left: [],
    });
  });

  it("is ignored when it was a bot, or we", () => {
    expect(whyIgnored("MESSAGE_CREATE", joined({ author: otherBot }))).toBe("only bots came");
    expect(whyIgnored("MESSAGE_CREATE", joined({ author: us }))).toBe("only bots came");
  });
});

describe("a press", () => {
  it("is a happening with a message of whoever pressed, and an answer that changes nothing yet", () => {
    const dedupeKeys = [`discord:${APP}:interaction:${CALL}`];
    const session = `agent:main:discord:group:${GUILD}.${CHANNEL}`;
    expect(called(press())).toEqual({
      kind: "happenings",
      happenings: [
        {
          kind: "pressed",
          session,
          channel: "discord",
          dedupeKeys,
          at: CALLED_AT,
          pressId: `${CALL}/${TOKEN}`,
          buttonId: "b-1",
          message: {
            id: `discord:${APP}:${CALL}`,
            dedupeKeys,
            session,
            channel: "discord",
            chat: { kind: "group", id: `${GUILD}.${CHANNEL}`, title: "general", addressed: true },
            sender: { id: ann.id, name: "Ann Example", username: "ann", language: "en-US", roles: member.roles },
            text: "",
            quoted: { sender: "Claw", text: "Which one?", isOwn: true },
            attachments: [],
            replyTo: {
              channel: "discord",
              chatId: `${GUILD}.${CHANNEL}`,
              chatKind: "group",
              messageId: MESSAGE,
              ticket: {
                token: TOKEN,
                goodUntil: RECEIVED_AT + 900_000,
                holdsPlace: false,
                isBinding: false,
                isPublic: true,
              },
            },
            sentAt: CALLED_AT,
          },
        },
      ],
      answers: {
        taken: { type: 6 },
        refused: { type: 4, data: { content: "I do not answer you here.", flags: 64 } },
      },
    });
  });

  const messageOf = (json: object) => {
    const happening = happeningOfCall(json);
    if (happening.kind !== "pressed") throw new Error(happening.kind);
    return happening.message;
  };

  it("is answered where it was pressed", () => {
    expect(messageOf(press(IN_DIRECT)).replyTo).toMatchObject({ chatId: ann.id, roomId: DIRECT });
    expect(messageOf(press(IN_THREAD)).session).toContain(`:thread:${IN_THREAD.channel_id}`);
  });

  it("is answered by its ticket alone where we are not, or when only the presser sees the message", () => {
    expect(messageOf(press()).replyTo.ticket).toMatchObject({ isBinding: false, isPublic: true });
    expect(messageOf(press(IN_PRIVATE)).replyTo.ticket).toMatchObject({ isBinding: true, isPublic: true });
    expect(messageOf(press(AS_GUEST)).replyTo.ticket).toMatchObject({ isBinding: true, isPublic: true });
    const { ticket } = messageOf(press({}, { flags: 64 })).replyTo;
    expect(ticket).toMatchObject({ isBinding: true });
    expect(ticket).not.toHaveProperty("isPublic");
  });

  it("is told when it comes from nowhere", () => {
    expect(called(press({ channel: undefined, channel_id: undefined }))).toMatchObject({
      kind: "ignore",
      body: { type: 4, data: { content: "I cannot answer here." } },
    });
  });
});

describe("a call over the Gateway", () => {
  it("is read as over the wire, and wants an answer to be posted", () => {
    expect(read("INTERACTION_CREATE", press())).toEqual({
      kind: "interaction",
      id: CALL,
      token: TOKEN,
      intake: JSON.parse(JSON.stringify(called(press()))),
    });
  });

  it.each([
    ["for another application", press({ application_id: "1100000000000000009" }), "not a call of us"],
    ["that is a ping", press({ type: 1 }), "not a call of us"],
    ["that is malformed", press({ token: 5 }), expect.stringMatching(/^token: not /u)],
  ])("is ignored %s", (_how, data, why) => {
    expect(whyIgnored("INTERACTION_CREATE", data)).toEqual(why);
  });
});

describe("other events", () => {
  it.each(["MESSAGE_DELETE", "TYPING_START", "GUILD_CREATE", "READY", "constructor", ""])("are ignored: %s", (name) => {
    expect(whyIgnored(name, directMessage())).toBe("an event that is not handled");
  });
});
