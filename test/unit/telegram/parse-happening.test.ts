import { describe, expect, it } from "vitest";
import { happeningOf, whyIgnored } from "./parse-reader.ts";
import {
  ann,
  anonymousAdmin,
  bob,
  channel,
  command,
  forum,
  group,
  otherBot,
  privateChat,
  RECEIVED_AT,
  update,
  us,
} from "./payloads.ts";
import { photo, poll } from "./payloads-content.ts";
import { edited, event, memberChange, type MemberKind, NOTICES, press, reaction } from "./payloads-events.ts";

const ACCOUNT = "telegram:8765336106";
const UPDATE_KEY = `${ACCOUNT}:update:2001`;
const IN_GROUP = {
  session: "agent:main:telegram:group:-100123",
  channel: "telegram",
  at: 1_764_000_000_000,
} as const;
const annSender = { id: "42", name: "Ann Example", username: "ann" };
const bobSender = { id: "43", name: "Bob" };

describe("an edit", () => {
  it("is the new version of a message, under its id", () => {
    expect(happeningOf(event("edited_message", edited()))).toMatchObject({
      kind: "edited",
      session: "agent:main:telegram:direct:42",
      dedupeKeys: [UPDATE_KEY],
      at: 1_764_000_060_000,
      message: { id: `${ACCOUNT}:7`, text: "hello again", sender: annSender, sentAt: 1_764_000_000_000 },
    });
  });

  it("in a channel is one too", () => {
    const post = { ...edited(), chat: channel, sender_chat: channel, from: undefined };
    expect(happeningOf(event("edited_channel_post", post))).toMatchObject({
      kind: "edited",
      session: "agent:main:telegram:channel:-100200",
      message: { sender: { name: "News" }, text: "hello again" },
    });
  });

  it("can change a caption, a file or a command", () => {
    const captioned = edited({ text: undefined, caption: "our boat", photo });
    expect(happeningOf(event("edited_message", captioned))).toMatchObject({ message: { text: "our boat" } });
    const bare = edited({ text: undefined, photo });
    expect(happeningOf(event("edited_message", bare))).toMatchObject({ message: { attachments: [{ kind: "image" }] } });
    const ordered = edited(command("/new"));
    expect(happeningOf(event("edited_message", ordered))).toMatchObject({ message: { command: { name: "new" } } });
  });

  it("has the time of the message when it has none of its own", () => {
    expect(happeningOf(event("edited_message", edited({ edit_date: undefined })))).toMatchObject({
      at: 1_764_000_000_000,
      dedupeKeys: [UPDATE_KEY],
    });
  });

  it.each([
    ["a live location that moves", { location: { latitude: 1, longitude: 2, live_period: 900 } }],
    ["a poll that counts", { poll: { ...poll, description: undefined } }],
    ["a game that somebody played", { game: { title: "Crab Race", description: "Run", photo } }],
  ])("that Telegram makes by itself is ignored: %s", (_what, fields) => {
    const json = event("edited_message", edited({ text: undefined, ...fields }));
    expect(whyIgnored(json)).toBe("an edit without words or a file");
  });

  it("of another bot's message is one of a bot", () => {
    expect(happeningOf(event("edited_message", edited({ from: otherBot })))).toMatchObject({
      kind: "edited",
      message: { sender: { id: "5", isBot: true } },
    });
  });

  it("of what would be ignored is ignored", () => {
    expect(whyIgnored(event("edited_message", edited({ from: us })))).toBe("sent by ourselves");
    const pinned = edited({ text: undefined, new_chat_title: "Crew" });
    expect(whyIgnored(event("edited_message", pinned))).toBe("a service message: new_chat_title");
  });
});

describe("a reaction", () => {
  it("tells who reacted to what, and how before", () => {
    const both = { old_reaction: [{ type: "emoji", emoji: "👎" }], new_reaction: [{ type: "emoji", emoji: "👍" }] };
    expect(happeningOf(event("message_reaction", reaction(both)))).toEqual({
      ...IN_GROUP,
      kind: "reacted",
      dedupeKeys: [UPDATE_KEY],
      messageId: "6",
      sender: annSender,
      before: ["👎"],
      now: ["👍"],
    });
  });

  it("can be one without an emoji", () => {
    const new_reaction = [
      { type: "custom_emoji", custom_emoji_id: "5312536423851630001" },
      { type: "paid" },
      { type: "of_tomorrow" },
    ];
    expect(happeningOf(event("message_reaction", reaction({ new_reaction })))).toMatchObject({
      now: ["custom emoji", "paid", "of tomorrow"],
    });
  });

  it("can be a chat's", () => {
    const anonymous = reaction({ user: undefined, actor_chat: group });
    expect(happeningOf(event("message_reaction", anonymous))).toMatchObject({
      sender: { id: "-100123", name: "Team" },
    });
  });

  it("in a private chat or a channel is heard there", () => {
    expect(happeningOf(event("message_reaction", reaction({ chat: privateChat }))).session).toBe(
      "agent:main:telegram:direct:42",
    );
    expect(happeningOf(event("message_reaction", reaction({ chat: channel }))).session).toBe(
      "agent:main:telegram:channel:-100200",
    );
  });

  it.each([
    ["a reaction of a bot", { user: otherBot }],
    ["a reaction of nobody", { user: undefined }],
    ["a chat of an unknown kind", { chat: { id: 1, type: "newer" } }],
  ])("is ignored: %s", (why, fields) => {
    expect(whyIgnored(event("message_reaction", reaction(fields)))).toBe(why);
  });
});

describe("a press of a button", () => {
  it("is a message of whoever pressed, without words, about the one with the button", () => {
    const id = `${ACCOUNT}:press:4382000000000000001`;
    expect(happeningOf(event("callback_query", press()))).toEqual({
      ...IN_GROUP,
      at: RECEIVED_AT,
      kind: "pressed",
      dedupeKeys: [UPDATE_KEY, id],
      pressId: "4382000000000000001",
      buttonId: "b1",
      message: {
        id,
        dedupeKeys: [UPDATE_KEY, id],
        session: IN_GROUP.session,
        channel: "telegram",
        chat: { kind: "group", id: "-100123", title: "Team", addressed: true },
        sender: annSender,
        text: "",
        quoted: { sender: "Claw", text: "Tea or coffee?", isOwn: true },
        attachments: [],
        replyTo: { channel: "telegram", chatId: "-100123", chatKind: "group", messageId: "6" },
        sentAt: RECEIVED_AT,
      },
    });
  });

  it("is heard in the topic, the private chat or the channel of the message", () => {
    const topic = { chat: forum, message_thread_id: 4, is_topic_message: true };
    const sessionOf = (message: object) => happeningOf(event("callback_query", press({}, message))).session;
    expect(sessionOf(topic)).toBe("agent:main:telegram:group:-100124:topic:4");
    expect(sessionOf({ chat: privateChat })).toBe("agent:main:telegram:direct:42");
    expect(sessionOf({ chat: channel })).toBe("agent:main:telegram:channel:-100200");
  });

  it("counts under a message that Telegram does not show any more, and under a picture", () => {
    const inaccessible = { message_id: 6, date: 0, chat: group };
    const pressed = happeningOf(event("callback_query", press({ message: inaccessible })));
    expect(pressed).toMatchObject({ kind: "pressed", at: RECEIVED_AT, message: { replyTo: { messageId: "6" } } });
    expect(pressed.kind === "pressed" && pressed.message.quoted).toBeUndefined();
    const picture = happeningOf(event("callback_query", press({}, { text: undefined, photo })));
    expect(picture).toMatchObject({ message: { quoted: { sender: "Claw", text: "(photo)" } } });
  });

  it.each([
    ["a press of a button that carries nothing", { data: undefined, game_short_name: "race" }],
    ["a press under a message that was sent inline", { message: undefined, inline_message_id: "inline-1" }],
  ])("is ignored: %s", (why, fields) => {
    expect(whyIgnored(event("callback_query", press(fields)))).toBe(why);
  });

  it("may carry what we never offered, as much of it as a label has", () => {
    const { buttonId } = { buttonId: "", ...happeningOf(event("callback_query", press({ data: "x".repeat(5_000) }))) };
    expect(buttonId).toHaveLength(256);
  });
});

describe("our own membership", () => {
  const statuses = [
    "creator",
    "administrator",
    "member",
    "restricted",
    "restricted_outside",
    "left",
    "kicked",
  ] as const;
  const inside = new Set<MemberKind>(["creator", "administrator", "member", "restricted"]);

  it.each(statuses.flatMap((before) => statuses.map((after) => [before, after] as const)))(
    "is read of the change from %s to %s",
    (before, after) => {
      const json = event("my_chat_member", memberChange(us, before, after));
      if (inside.has(before) === inside.has(after)) {
        expect(whyIgnored(json)).toBe("our rights in a chat changed, not our membership");
        return;
      }
      expect(happeningOf(json)).toEqual({
        ...IN_GROUP,
        kind: "membership",
        dedupeKeys: [UPDATE_KEY],
        isMember: inside.has(after),
        by: annSender,
        replyTo: { channel: "telegram", chatId: "-100123", chatKind: "group" },
      });
    },
  );

  it("in a private chat is whether the person has blocked us", () => {
    const blocked = memberChange(us, "member", "kicked", { chat: privateChat });
    expect(happeningOf(event("my_chat_member", blocked))).toMatchObject({
      session: "agent:main:telegram:direct:42",
      isMember: false,
    });
  });

  it("is ignored when its status does not exist yet", () => {
    const change = memberChange(us, "member", "left", { new_chat_member: { status: "of_tomorrow", user: us } });
    expect(whyIgnored(event("my_chat_member", change))).toBe("a membership of an unknown kind");
  });
});

describe("the members of a group", () => {
  const joinedKey = `${ACCOUNT}:joined:-100123:43:1764000000`;

  it("are told by a notice in the chat, without the bots among them", () => {
    expect(happeningOf(update(NOTICES["new_chat_members"] ?? {}, 2_001))).toEqual({
      ...IN_GROUP,
      kind: "members",
      dedupeKeys: [UPDATE_KEY, joinedKey],
      joined: [bobSender],
      left: [],
    });
    expect(happeningOf(update(NOTICES["left_chat_member"] ?? {}, 2_001))).toEqual({
      ...IN_GROUP,
      kind: "members",
      dedupeKeys: [UPDATE_KEY, `${ACCOUNT}:left:-100123:43:1764000000`],
      joined: [],
      left: [bobSender],
    });
  });

  it("are told a second time where we are admin, and known by the same key", () => {
    expect(happeningOf(event("chat_member", memberChange(bob, "left", "member")))).toEqual({
      ...IN_GROUP,
      kind: "members",
      dedupeKeys: [UPDATE_KEY, joinedKey],
      joined: [bobSender],
      left: [],
    });
    expect(happeningOf(event("chat_member", memberChange(bob, "administrator", "kicked")))).toMatchObject({
      joined: [],
      left: [bobSender],
    });
  });

  it.each([
    ["only bots came or left", event("message", { ...NOTICES["new_chat_members"], new_chat_members: [us, otherBot] })],
    ["only bots came or left", event("message", { ...NOTICES["left_chat_member"], left_chat_member: us })],
    ["only bots came or left", event("chat_member", memberChange(otherBot, "left", "member"))],
    ["nobody came and nobody left", event("chat_member", memberChange(bob, "member", "administrator"))],
    [
      "a chat of an unknown kind",
      event("chat_member", memberChange(bob, "left", "member", { chat: { id: 1, type: "x" } })),
    ],
  ])("are not told of: %s", (why, json) => {
    expect(whyIgnored(json)).toBe(why);
  });

  it("are told of whoever let them in", () => {
    const notice = { ...NOTICES["new_chat_members"], from: anonymousAdmin, sender_chat: group };
    expect(happeningOf(update(notice))).toMatchObject({ kind: "members", joined: [bobSender] });
    expect(happeningOf(event("chat_member", memberChange(ann, "left", "member")))).toMatchObject({
      joined: [annSender],
    });
  });
});
