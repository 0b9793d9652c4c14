import { describe, expect, it } from "vitest";
import { commandsAt } from "../../../protocol/commands.ts";
import { called, inboundOfCall } from "./parse-reader.ts";
import {
  ann,
  APP,
  bob,
  CHANNEL,
  DIRECT,
  directMessage,
  GUILD,
  guildMessage,
  member,
  MESSAGE,
  OTHER_THREAD,
  RECEIVED_AT,
  US,
  us,
} from "./payloads.ts";
import {
  aboutPerson,
  AS_GUEST,
  askAbout,
  askWithFile,
  CALL,
  command,
  commandWith,
  FILE,
  form,
  IN_DIRECT,
  IN_PRIVATE,
  IN_THREAD,
  ping,
  selection,
  subcommand,
  subcommandGroup,
  textOption,
  TOKEN,
  typing,
} from "./payloads-calls.ts";

const CALLED_AT = 1_777_698_268_652;
const german = { locale: "de" };
const told = (content: string) => ({ type: 4, data: { content, flags: 64 } });
const refused = told("I do not answer you here.");

describe("a question", () => {
  it("is a message that is meant for us, and holds a place on the screen", () => {
    expect(called(command("ask", { text: "What is new?" }))).toEqual({
      kind: "messages",
      messages: [
        {
          id: `discord:${APP}:${CALL}`,
          dedupeKeys: [`discord:${APP}:interaction:${CALL}`],
          session: `agent:main:discord:group:${GUILD}.${CHANNEL}`,
          channel: "discord",
          chat: { kind: "group", id: `${GUILD}.${CHANNEL}`, title: "general", addressed: true },
          sender: { id: ann.id, name: "Ann Example", username: "ann", language: "en-US", roles: member.roles },
          text: "What is new?",
          attachments: [],
          replyTo: {
            channel: "discord",
            chatId: `${GUILD}.${CHANNEL}`,
            chatKind: "group",
            ticket: {
              token: TOKEN,
              goodUntil: RECEIVED_AT + 900_000,
              holdsPlace: true,
              isBinding: false,
              isPublic: true,
            },
          },
          sentAt: CALLED_AT,
        },
      ],
      answers: { taken: { type: 5 }, refused },
    });
  });

  it("is asked in the direct chat in which messages are written too", () => {
    expect(called(command("ask", { text: "hi" }, IN_DIRECT))).toMatchObject({
      answers: { refused: { data: { content: expect.stringContaining("not let in yet") } } },
    });
    const inbound = inboundOfCall(command("ask", { text: "hi" }, IN_DIRECT));
    expect(inbound).toMatchObject({
      session: `agent:main:discord:direct:${ann.id}`,
      chat: { kind: "direct", id: ann.id },
      replyTo: { chatId: ann.id, chatKind: "direct", roomId: DIRECT, ticket: { isBinding: false } },
    });
  });

  it("is asked in a direct chat also when Discord does not say what kind of chat it is", () => {
    const { session } = inboundOfCall(command("ask", { text: "hi" }, { ...IN_DIRECT, context: undefined }));
    expect(session).toBe(`agent:main:discord:direct:${ann.id}`);
  });

  it("is asked in a thread", () => {
    const inbound = inboundOfCall(command("ask", { text: "hi" }, IN_THREAD));
    expect(inbound.session).toBe(`agent:main:discord:group:${GUILD}.${CHANNEL}:thread:${IN_THREAD.channel_id}`);
    expect(inbound.replyTo).toMatchObject({ thread: { kind: "thread", id: IN_THREAD.channel_id } });
  });

  it("is asked where we are not, and then its ticket is the only way back", () => {
    const ticketOf = (fields: object) => inboundOfCall(command("ask", { text: "hi" }, fields)).replyTo.ticket;
    expect(ticketOf(IN_PRIVATE)).toMatchObject({ isBinding: true, isPublic: true });
    expect(ticketOf(AS_GUEST)).toMatchObject({ isBinding: true, isPublic: true });
    expect(ticketOf({ authorizing_integration_owners: undefined })).toMatchObject({ isBinding: false });
    expect(inboundOfCall(command("ask", { text: "hi" }, IN_PRIVATE)).session).toBe(
      `agent:main:discord:group:me.${IN_PRIVATE.channel_id}`,
    );
  });

  it("is asked where we may not write, and then its ticket is the only way back too", () => {
    const inThread = { channel: { id: OTHER_THREAD, type: 11, parent_id: CHANNEL } };
    const isBindingWith = (app_permissions: unknown, fields: object = {}) =>
      inboundOfCall(command("ask", { text: "hi" }, { app_permissions, ...fields })).replyTo.ticket?.isBinding;
    const [administrator, view, send, sendInThreads] = [3n, 10n, 11n, 38n].map((bit) => 1n << bit);
    const sum = (...bits: readonly (bigint | undefined)[]) =>
      String(bits.reduce((all = 0n, bit = 0n) => all | bit, 0n));
    expect(isBindingWith(sum(view, send))).toBe(false);
    expect(isBindingWith(sum(send))).toBe(true);
    expect(isBindingWith(sum(view, sendInThreads))).toBe(true);
    expect(isBindingWith("0")).toBe(true);
    expect(isBindingWith(sum(administrator))).toBe(false);
    expect(isBindingWith(sum(view, sendInThreads), inThread)).toBe(false);
    expect(isBindingWith(sum(view, send), inThread)).toBe(true);
    for (const untold of [undefined, null, 7, "all"]) expect(isBindingWith(untold)).toBe(false);
  });

  it("can have a file, with or without words", () => {
    const attachments = [
      { kind: "document", platformId: FILE.url, name: FILE.filename, mimeType: FILE.content_type, bytes: 1234 },
    ];
    expect(inboundOfCall(askWithFile("Read this"))).toMatchObject({ text: "Read this", attachments });
    expect(inboundOfCall(askWithFile(null))).toMatchObject({ text: "", attachments });
    const song = { ...FILE, filename: "song.mp3", content_type: "audio/mpeg" };
    expect(inboundOfCall(askWithFile(null, {}, song))).toMatchObject({ attachments: [{ kind: "audio" }] });
  });

  it("is no command, whatever it says", () => {
    for (const text of ["/new", "stop"]) {
      expect(inboundOfCall(command("ask", { text }))).toMatchObject({ text });
      expect(inboundOfCall(command("ask", { text })).command).toBeUndefined();
    }
  });

  it("names people as others see them", () => {
    const resolved = { users: { [bob.id]: bob } };
    const asked = commandWith("ask", [textOption("text", `Who is <@${bob.id}>?`)], {}, resolved);
    expect(inboundOfCall(asked).text).toBe("Who is @bob?");
  });

  it("is refused at once when it is empty", () => {
    const why = "neither a text nor a file";
    const body = told("There is nothing in it that I can read.");
    expect(called(command("ask"))).toEqual({ kind: "ignore", why, body });
    expect(called(command("ask", { text: " " }, german))).toMatchObject({
      body: told("Darin ist nichts, was ich lesen kann."),
    });
  });
});

describe("a command from the menu", () => {
  it.each(["direct", "group"] as const)("is known if it is offered in a %s chat", (place) => {
    for (const { name } of commandsAt(place, "en")) {
      expect(inboundOfCall(command(name))).toMatchObject({ text: `/${name}`, command: { name, rest: "" } });
    }
  });

  it.each([
    ["a text", command("new", { text: "buy milk" }), "new", "buy milk"],
    ["a number", command("model", { name: 2 }), "model", "2"],
    ["several values", command("config", { action: "set", path: "a.b", value: "c d" }), "config", "set a.b c d"],
    [
      "a subcommand",
      commandWith("pair", [subcommand("dismiss", [textOption("code", "AB12")])]),
      "pair",
      "dismiss AB12",
    ],
    ["a subcommand alone", commandWith("config", [subcommand("history")]), "config", "history"],
    [
      "a subcommand of a group",
      commandWith("config", [subcommandGroup("a", [subcommand("b", [textOption("x", "c")])])]),
      "config",
      "a b c",
    ],
  ])("has %s as its rest", (_what, json, name, rest) => {
    expect(inboundOfCall(json)).toMatchObject({ text: `/${name} ${rest}`, command: { name, rest } });
  });

  it.each(["ask", "new", "stop", "compact"])("is answered for everybody to see: /%s", (name) => {
    const intake = called(command(name, { text: "x" }));
    expect(intake).toMatchObject({
      answers: { taken: { type: 5 } },
      messages: [{ replyTo: { ticket: { isPublic: true } } }],
    });
    expect(intake).not.toHaveProperty("answers.taken.data");
  });

  const PRIVATE = [
    "context",
    "name",
    "status",
    "model",
    "think",
    "usage",
    "queue",
    "activation",
    "link",
    "pair",
    "config",
    "whoami",
    "commands",
    "help",
  ];

  it.each(PRIVATE)("is answered for the eyes of whoever gave it: /%s", (name) => {
    const intake = called(command(name));
    expect(intake).toMatchObject({
      answers: { taken: { type: 5, data: { flags: 64 } } },
      messages: [{ replyTo: { ticket: { holdsPlace: true, isBinding: true } } }],
    });
    expect(intake).not.toHaveProperty("messages.0.replyTo.ticket.isPublic");
    expect(called(command(name, {}, IN_PRIVATE))).toMatchObject({ answers: { taken: { data: { flags: 64 } } } });
  });

  it.each(PRIVATE)("is hidden from nobody in a direct chat, where only the two are: /%s", (name) => {
    const intake = called(command(name, {}, IN_DIRECT));
    expect(intake).toMatchObject({
      answers: { taken: { type: 5 } },
      messages: [{ replyTo: { ticket: { isBinding: false } } }],
    });
    expect(intake).not.toHaveProperty("answers.taken.data");
  });

  it("that we do not have is told, in the language of the app", () => {
    expect(called(command("dance"))).toEqual({
      kind: "ignore",
      why: "a command that we do not have",
      body: told("I do not know that."),
    });
    expect(called(command("dance", {}, german))).toMatchObject({ body: told("Das kenne ich nicht.") });
    expect(called(command("dance", {}, { locale: "sv-SE" }))).toMatchObject({ body: told("I do not know that.") });
  });

  it("is refused in the language of the app", () => {
    expect(called(command("ask", { text: "x" }, german))).toMatchObject({
      answers: { refused: told("Hier antworte ich dir nicht.") },
    });
  });

  it.each<[string, object]>([
    ["from nowhere", { channel: undefined, channel_id: undefined }],
    ["in a thread of no channel", { channel: { id: CHANNEL, type: 11 } }],
  ])("is told when it comes %s", (_where, fields) => {
    expect(called(command("ask", { text: "x" }, fields))).toMatchObject({ kind: "ignore", body: { type: 4 } });
  });
});

describe("asking about a message", () => {
  it("is a question that quotes it, with its files, and takes nothing in it for words of whoever asks", () => {
    const target = guildMessage({ author: bob, content: `See <@${US}>`, mentions: [us], attachments: [FILE] });
    const intake = called(askAbout(target));
    expect(intake).toMatchObject({
      answers: { taken: { type: 5 } },
      messages: [
        {
          text: "Please answer this message.",
          sender: { id: ann.id },
          quoted: { sender: "bob", text: "See @Claw" },
          attachments: [{ platformId: FILE.url }],
        },
      ],
    });
    expect(intake).not.toHaveProperty("messages.0.command");
    expect(inboundOfCall(askAbout(target, german)).text).toBe("Bitte antworte auf diese Nachricht.");
  });

  it("is not about the words of whoever asks, even if they are theirs", () => {
    expect(inboundOfCall(askAbout(guildMessage({ author: ann }))).quoted).toEqual({
      sender: "Ann Example",
      text: "hello",
    });
  });

  it.each([
    ["is empty", guildMessage({ content: "" })],
    ["is not told", undefined],
  ])("is told when the message %s", (_how, target) => {
    expect(
      called(askAbout(target ?? {}, target ? {} : { data: { name: "Ask about this", type: 3, target_id: MESSAGE } })),
    ).toEqual({
      kind: "ignore",
      why: "a message in which there is nothing",
      body: told("There is nothing in it that I can read."),
    });
  });
});

describe("what somebody types", () => {
  it("asks for what can follow", () => {
    const intake = called(typing("son"));
    expect(intake).toMatchObject({
      kind: "suggest",
      session: `agent:main:discord:group:${GUILD}.${CHANNEL}`,
      sender: { id: ann.id, roles: member.roles },
      command: "model",
      typed: "son",
    });
  });

  it("is shown at most 25 choices, and none that would not come back whole", () => {
    const intake = called(typing(""));
    if (intake.kind !== "suggest") throw new Error(intake.kind);
    expect(intake.body(["a", "x".repeat(101), "", "b"])).toEqual({
      type: 8,
      data: {
        choices: [
          { name: "a", value: "a" },
          { name: "b", value: "b" },
        ],
      },
    });
    const many = Array.from({ length: 40 }, (_, n) => `model-${n}`);
    expect(intake.body(many)).toMatchObject({ data: { choices: { length: 25 } } });
  });

  it.each([
    ["no command of ours", typing("x", {}, "dance")],
    [
      "nothing that is being typed",
      typing("x", { data: { name: "model", type: 1, options: [textOption("name", "x")] } }),
    ],
    ["no place", typing("x", { channel: undefined, channel_id: undefined })],
  ])("is shown no choices for %s", (_what, json) => {
    expect(called(json)).toMatchObject({ kind: "ignore", body: { type: 8, data: { choices: [] } } });
  });

  it("is found in a subcommand", () => {
    const focused = { ...textOption("name", "op"), focused: true };
    const data = { name: "model", type: 1, options: [subcommand("use", [textOption("other", "x"), focused])] };
    expect(called(typing("", { data }))).toMatchObject({ kind: "suggest", typed: "op" });
  });
});

describe("other calls", () => {
  it("are answered: a ping by a pong", () => {
    expect(called(ping())).toEqual({ kind: "reply", body: { type: 1 } });
  });

  it.each([
    ["the choice of a menu", selection(), "component type 3 is not handled"],
    ["a form", form(), "interaction type 5 is not handled"],
    ["a kind that does not exist yet", command("ask", {}, { type: 77 }), "interaction type 77 is not handled"],
    ["a command of another menu", aboutPerson(), "a command of a kind that we do not offer"],
  ])("are told that we do not know them: %s", (_what, json, why) => {
    expect(called(json)).toEqual({ kind: "ignore", why, body: told("I do not know that.") });
  });

  it("are not read when they quote somebody who is no one", () => {
    expect(inboundOfCall(askAbout(directMessage({ author: null }))).quoted).toEqual({ sender: "", text: "hello" });
  });
});
