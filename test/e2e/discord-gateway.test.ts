import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { answersAre, type GatewayWorld, openGatewayWorld } from "./discord-gateway-world.ts";
import { PATIENCE } from "./world.ts";

let scene: GatewayWorld;
beforeAll(async () => {
  scene = await openGatewayWorld();
});
afterAll(() => scene?.close());

/** What somebody said last, without what stands before it in the prompt. */
const echo = (text: string) => `You said: ${(text.split(/\n|```/u).at(-1) ?? "").trim()}`;
beforeEach(() => scene.world.model.answer(echo));
afterEach(() => {
  expect(scene.discord.http.violations).toEqual([]);
  expect(scene.discord.gateway.log.violations).toEqual([]);
});

const newChannel = () => scene.discord.http.addChannel(scene.guild);
const call = (text: string) => `<@${scene.discord.http.me.id}> ${text}`;
const status = () => scene.world.admin("discord/gateway");

describe("the Gateway of a server and of direct chats", () => {
  it("brings direct messages, and what calls the bot in a channel, and nothing else", async () => {
    const { discord, owner } = scene;
    const channel = newChannel();
    owner.says("hello");
    await answersAre(scene, owner.dm, "You said: hello");
    owner.says("not for you", { in: channel });
    owner.says(call("are you there?"), { in: channel });
    await answersAre(scene, channel, "You said: are you there?");
    const stranger = discord.http.addPerson({ username: "eve" });
    const elsewhere = discord.http.addGuild({ members: [stranger] });
    const there = discord.http.addChannel(elsewhere);
    stranger.says(call("and here?"), { in: there });
    owner.says(call("still there?"), { in: channel });
    await answersAre(scene, channel, "You said: are you there?", "You said: still there?");
    expect(discord.http.answers(there)).toEqual([]);
  });

  it("brings what is said in a thread, whose channel it was told of", async () => {
    const { owner } = scene;
    const channel = newChannel();
    const thread = owner.opensThread("a thread", { in: channel });
    owner.says(call("in here"), { in: thread });
    await answersAre(scene, thread, "You said: in here");
    expect(scene.discord.http.answers(channel)).toEqual([]);
  });

  it("brings interactions where no endpoint is set, and answers them in time", async () => {
    const { owner } = scene;
    const channel = newChannel();
    const asked = await owner.uses("ask", { text: "by a command" }, { in: channel });
    expect(asked).toMatchObject({ failed: null });
    await answersAre(scene, channel, "You said: by a command");
    const typed = await owner.types("think", "level", "hi");
    expect(JSON.stringify(typed)).toContain("high");
  });
});

describe("a connection that is lost", () => {
  it("is resumed, and what was said meanwhile is answered once", async () => {
    const { discord, owner } = scene;
    const channel = newChannel();
    const { resumes } = discord.gateway.log;
    const before = resumes.length;
    discord.gateway.dropNow();
    owner.says(call("while you were away"), { in: channel });
    await answersAre(scene, channel, "You said: while you were away");
    expect(resumes.slice(before).map(({ outcome }) => outcome)).toEqual(["resumed"]);
  });

  it("is resumed when all of the edge was killed, and nothing is answered twice", async () => {
    const { discord, owner, world } = scene;
    const channel = newChannel();
    const sessions = discord.gateway.log.identifies.length;
    const words = ["before", "meanwhile", "after"];
    // Messages that come while others wait may be answered together with them.
    world.model.answer((text) => `You said: ${words.filter((word) => text.includes(word)).join(", ")}`);
    owner.says(call("before"), { in: channel });
    await answersAre(scene, channel, "You said: before");
    await world.assistant.stop();
    owner.says(call("meanwhile"), { in: channel });
    await world.start();
    await discord.gateway.whenLive();
    owner.says(call("after"), { in: channel });
    await vi.waitFor(() => {
      const shown = discord.http
        .answers(channel)
        .map(({ content }) => content)
        .join("\n");
      for (const word of words) expect(shown.split(word)).toHaveLength(2);
    }, PATIENCE);
    expect(discord.gateway.log.identifies).toHaveLength(sessions);
  });

  it("is followed by a new session where it cannot be resumed, and what was missed is read by REST", async () => {
    const { discord, owner } = scene;
    const channel = newChannel();
    const sessions = discord.gateway.log.identifies.length;
    owner.says("hello");
    owner.says(call("first"), { in: channel });
    await vi.waitFor(() => expect(discord.http.answers(owner.dm).at(-1)?.content).toBe("You said: hello"), PATIENCE);
    await answersAre(scene, channel, "You said: first");
    discord.gateway.forgetSession();
    owner.says(call("in the gap"), { in: channel });
    owner.says("hello again");
    await answersAre(scene, channel, "You said: first", "You said: in the gap");
    await vi.waitFor(
      () => expect(discord.http.answers(owner.dm).at(-1)?.content).toBe("You said: hello again"),
      PATIENCE,
    );
    expect(discord.gateway.log.identifies).toHaveLength(sessions + 1);
    expect(await status()).toMatchObject({ status: { phase: "ready", missed: 0, unread: 0, waiting: 0 } });
  });

  it("stays away when Discord says so, and the owner reads it elsewhere", async () => {
    const other = await openGatewayWorld();
    const { discord, world } = other;
    const web = await world.web();
    discord.gateway.closeWith(4_014);
    await vi.waitFor(async () => {
      const status = { phase: "stopped", stopped: { reason: "disallowed_intents", code: 4_014 } };
      expect(await world.admin("discord/gateway")).toMatchObject({ status });
    }, PATIENCE);
    await vi.waitFor(() => expect(JSON.stringify(web.frames)).toContain("Message Content Intent"), PATIENCE);
    expect(discord.gateway.log.connections).toHaveLength(1);
    await web.close();
    await other.close();
  });
});
