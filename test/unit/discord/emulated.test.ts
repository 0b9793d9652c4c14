import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Intake } from "../../../worker/channels/channel.ts";
import type { GatewayWorld } from "../../../worker/channels/discord/dispatch.ts";
import { parseInteraction, readDispatch } from "../../../worker/channels/discord/parse.ts";
import { verifyDiscord } from "../../../worker/channels/discord/verify.ts";
import { type DiscordEmulator, type Person, startDiscordEmulator } from "../../emulators/discord/index.ts";
import { intakeOf } from "./parse-reader.ts";

/** What people do on an emulated Discord, told by the emulator's own reading of the documentation. */
describe("an emulated Discord", () => {
  let discord: DiscordEmulator;
  let ann: Person;
  let guild: string;
  let channel: string;
  let taken: Intake[];
  let close: () => void;

  beforeEach(async () => {
    taken = [];
    discord = await startDiscordEmulator({ applicationId: "1100000000000000001" });
    ann = discord.addPerson({ username: "ann", globalName: "Ann" });
    guild = discord.addGuild({ members: [ann] });
    channel = discord.addChannel(guild);
    const server = createServer((request, response) => {
      void (async () => {
        const headers = new Headers(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
        const body = new Uint8Array(await buffer(request));
        const verified = await verifyDiscord({ headers, body }, discord, Date.now());
        if (!verified.ok) {
          response.writeHead(verified.error.kind === "unauthentic" ? 401 : 400).end();
          return;
        }
        const intake = parseInteraction(verified.value);
        taken.push(intake);
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(bodyOf(intake)));
      })();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    close = () => server.close();
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    discord.setEndpoint(`http://127.0.0.1:${address.port}/discord/interactions`);
  });

  afterEach(async () => {
    close();
    await discord.close();
  });

  function bodyOf(intake: Intake): unknown {
    switch (intake.kind) {
      case "messages":
      case "happenings":
        return intake.answers?.taken;
      case "suggest":
        return intake.body(["a/b", "c/d"]);
      case "reply":
      case "ignore":
        return intake.body;
    }
  }

  /** The intakes of all events from now on. */
  function listening(world: Partial<GatewayWorld> = {}): readonly Intake[] {
    const heard: Intake[] = [];
    const { applicationId, me } = discord;
    const self = { applicationId, userId: me.id, username: me.username };
    discord.world.onEvent(({ t: name, d: data }) => {
      const known = { self, botRole: () => null, thread: () => null, ...world };
      const json: unknown = JSON.parse(JSON.stringify(data));
      const dispatch = { name, data: json, receivedAt: Date.now() };
      heard.push(intakeOf(readDispatch(dispatch, known, { applicationId, replyIn: "channel" })));
    });
    return heard;
  }

  const place = () => `agent:main:discord:group:${guild}.${channel}`;

  it("sees its probe pass: a pong, and forged bodies refused", async () => {
    expect(await discord.probe()).toBe(true);
  });

  it("is told a replay of six minutes ago is not let in", async () => {
    const body = JSON.stringify({
      type: 1,
      id: "1500000000000000008",
      application_id: discord.applicationId,
      token: "t",
    });
    expect(await discord.deliver(body)).toMatchObject({ status: 200 });
    expect(await discord.deliver(body, Date.now() - 360_000)).toMatchObject({ status: 401 });
  });

  it("shows that we think about a question, in a guild and in a direct chat", async () => {
    expect(await ann.uses("ask", { text: "hi" }, { in: channel })).toMatchObject({ failed: null, answer: { type: 5 } });
    expect(await ann.uses("ask", { text: "hi" })).toMatchObject({ failed: null, answer: { type: 5 } });
    expect(taken).toMatchObject([
      { messages: [{ session: place(), text: "hi", replyTo: { ticket: { isBinding: false } } }] },
      { messages: [{ session: `agent:main:discord:direct:${ann.id}`, replyTo: { roomId: ann.dm } }] },
    ]);
  });

  it("shows a command only to whoever gave it, but in a direct chat", async () => {
    await ann.uses("status", {}, { in: channel });
    expect(discord.answers(channel)).toMatchObject([{ state: "thinking", ephemeralFor: ann.id }]);
    expect(taken).toMatchObject([{ answers: { taken: { data: { flags: 64 } } } }]);
    expect(await ann.uses("status")).toMatchObject({ failed: null, answer: { type: 5 } });
  });

  it("takes us along to where we are not", async () => {
    const friends = discord.addPrivate(ann, discord.addPerson(), discord.addPerson());
    expect(await ann.uses("ask", { text: "hi" }, { in: friends })).toMatchObject({ failed: null });
    expect(taken).toMatchObject([
      { messages: [{ session: `agent:main:discord:group:me.${friends}`, replyTo: { ticket: { isBinding: true } } }] },
    ]);
  });

  it("hands on a message that is asked about, with its file", async () => {
    const file = { name: "a.txt", mimeType: "text/plain", content: new TextEncoder().encode("a") };
    const { id } = ann.says("look at that", { in: channel, files: [file] });
    expect(await ann.usesOn(id, "Ask about this", { in: channel })).toMatchObject({ failed: null });
    expect(taken).toMatchObject([
      { messages: [{ quoted: { sender: "Ann", text: "look at that" }, attachments: [{ name: "a.txt" }] }] },
    ]);
  });

  it("shows choices for what is typed", async () => {
    expect((await ann.types("model", "name", "a", { in: channel })).choices).toEqual(["a/b", "c/d"]);
  });

  it("gets an answer to a command that we do not have", async () => {
    expect(await ann.uses("dance", {}, { in: channel })).toMatchObject({ failed: null, answer: { type: 4 } });
  });

  it("tells of direct messages, edits and reactions", () => {
    const heard = listening();
    const { id } = ann.says("hello");
    ann.edits(id, "hello again");
    ann.reacts(id, "👍");
    const session = `agent:main:discord:direct:${ann.id}`;
    expect(heard).toMatchObject([
      { messages: [{ session, text: "hello", replyTo: { roomId: ann.dm, messageId: id } }] },
      { happenings: [{ kind: "edited", session, message: { text: "hello again" } }] },
      // To what she wrote herself.
      { kind: "ignore" },
    ]);
  });

  it("tells of mentions, replies and threads", () => {
    const thread = ann.opensThread("A thread", { in: channel });
    const heard = listening({ thread: (id) => (id === thread ? { parentId: channel, isOurs: false } : null) });
    const { id } = ann.says(`<@${discord.me.id}> hi`, { in: channel });
    ann.says("that", { in: channel, replyTo: id });
    ann.says("in here", { in: thread });
    expect(heard).toMatchObject([
      { messages: [{ session: place(), text: "hi", chat: { addressed: true } }] },
      { messages: [{ text: "that", quoted: { text: "@Claw hi", isOwn: true }, chat: { addressed: false } }] },
      { messages: [{ session: `${place()}:thread:${thread}`, text: "in here" }] },
    ]);
  });

  it("tells of a voice message", () => {
    const heard = listening();
    const note = { name: "voice.ogg", mimeType: "audio/ogg", content: new TextEncoder().encode("a") };
    ann.says("", { files: [note], isVoice: true });
    expect(heard).toMatchObject([
      { messages: [{ text: "", attachments: [{ kind: "voice", mimeType: "audio/ogg" }] }] },
    ]);
  });
});
