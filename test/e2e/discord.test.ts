import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type DiscordWorld, openDiscordWorld, written } from "./discord-world.ts";
import { SLOWLY } from "./model.ts";
import { PATIENCE } from "./world.ts";

let scene: DiscordWorld;
beforeAll(async () => {
  scene = await openDiscordWorld();
});
afterAll(() => scene?.close());
/** What somebody said last, without what stands before it in the prompt. */
const echo = (text: string) => `You said: ${(text.split(/\n|```/u).at(-1) ?? "").trim()}`;
beforeEach(() => scene.world.model.answer(echo));
afterEach(() => {
  const { discord } = scene;
  expect(discord.violations).toEqual([]);
  expect(discord.faultsLeft).toBe(0);
});

/** Resolves once the bot's messages in a channel show just that; until then they may still grow. */
function shows(channel: string, ...texts: readonly (string | RegExp)[]) {
  return vi.waitFor(() => {
    const answers = scene.discord.answers(channel);
    const matching = texts.map((text) => (typeof text === "string" ? text : expect.stringMatching(text)));
    expect(answers.map(({ content }) => content)).toEqual(matching);
    return answers;
  }, PATIENCE);
}

/** A channel of its own in the guild that is let in. */
const newChannel = () => scene.discord.addChannel(scene.guild);

describe("/ask", () => {
  it("is answered in the place of its placeholder, which shows the answer growing before", async () => {
    const { discord, owner, world } = scene;
    const finish = world.model.hold();
    const channel = newChannel();
    const asked = await owner.uses("ask", { text: `hello, ${SLOWLY}` }, { in: channel });
    expect(asked).toMatchObject({ failed: null, status: 200, answer: { type: 5 } });
    expect(discord.answers(channel)).toMatchObject([{ state: "thinking", interactionId: asked.id }]);
    finish(`**Hello** to you, and ${"so on ".repeat(40)}`);
    await vi.waitFor(() => expect(discord.answers(channel)[0]?.content).toMatch(/^\*\*Hello\*\* to/u), PATIENCE);
    const growing = discord.answers(channel)[0]?.content ?? "";
    const answer = await vi.waitFor(() => {
      const [only] = discord.answers(channel);
      expect(only?.content.trim()).toMatch(/so on$/u);
      expect(only?.content.length).toBeGreaterThan(250);
      return only;
    }, PATIENCE);
    expect(growing.length).toBeLessThan(answer?.content.length ?? 0);
    expect(discord.answers(channel)).toHaveLength(1);
  });

  it("is run once and answered once when Discord's call comes five times at the same time", async () => {
    const { discord, owner, world } = scene;
    const channel = newChannel();
    const asked = await owner.uses("ask", { text: "only once" }, { in: channel });
    const posts = await Promise.all(
      Array.from({ length: 5 }, () => discord.deliver(JSON.stringify(asked.interaction))),
    );
    expect(posts.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    await shows(channel, "You said: only once");
    await owner.uses("ask", { text: "and then" }, { in: channel });
    await shows(channel, "You said: only once", "You said: and then");
    expect(world.model.asked.filter((text) => text.includes("only once"))).toHaveLength(1);
  });

  it("gets an answer of its own for each call, though they come while the first is answered", async () => {
    const { discord, owner, world } = scene;
    const channel = newChannel();
    const finish = world.model.hold();
    const asked = world.model.asked.length;
    for (const text of ["one", "two", "three"]) await owner.uses("ask", { text }, { in: channel });
    expect(discord.answers(channel)).toHaveLength(3);
    await vi.waitFor(() => expect(world.model.asked.length).toBe(asked + 1), PATIENCE);
    world.model.answer(echo);
    finish("all");
    await shows(channel, "all", "You said: two", "You said: three");
  });

  it("with a long answer goes on where the bot may not write by itself", async () => {
    const { discord, owner, world } = scene;
    const channel = newChannel();
    discord.deny(channel, "VIEW_CHANNEL", "SEND_MESSAGES");
    const lines = Array.from({ length: 30 }, (_, line) => `- point ${line} ${"x".repeat(60)}`);
    world.model.answer(() => lines.join("\n"));
    await owner.uses("ask", { text: "a list, please" }, { in: channel });
    const answers = await written(discord, channel, 2);
    expect(answers.map(({ content }) => content).join("\n")).toContain("point 29");
    expect(answers.map(({ ephemeralFor }) => ephemeralFor)).toEqual([null, null]);
  });

  it("with a long answer goes on in messages that hang together, each within Discord's limits", async () => {
    const { discord, owner, world } = scene;
    const channel = newChannel();
    const lines = Array.from({ length: 60 }, (_, line) => `- point ${line} ${"x".repeat(60)}`);
    world.model.answer(() => lines.join("\n"));
    await owner.uses("ask", { text: "a list, please" }, { in: channel });
    const answers = await vi.waitFor(async () => {
      const all = await written(discord, channel, 4);
      expect(all.map(({ content }) => content).join("\n")).toContain("point 59");
      return all;
    }, PATIENCE);
    for (const { content, pings } of answers) {
      expect(content.length).toBeLessThanOrEqual(2_000);
      expect(content.split("\n").length).toBeLessThanOrEqual(17);
      expect(pings).toMatchObject({ users: [] });
    }
    const points = answers.flatMap(({ content }) => [...content.matchAll(/point (\d+)/gu)].map(([, n]) => Number(n)));
    expect(points).toEqual(Array.from({ length: 60 }, (_, line) => line));
    expect(answers.slice(1).every(({ nonce }) => nonce !== null)).toBe(true);
  });

  it("in a direct chat belongs to the owner's one conversation", async () => {
    const { owner, world } = scene;
    await owner.uses("ask", { text: "in private" });
    const [answer] = await shows(owner.dm, "You said: in private");
    expect(answer).toMatchObject({ ephemeralFor: null });
    const { sessions } = Object(await world.admin("sessions"));
    expect(JSON.stringify(sessions)).toContain(`agent:main:discord:direct:${owner.id}`);
    expect(JSON.stringify(sessions)).toContain("agent:main:main");
  });

  it("calls nobody, whatever the model writes", async () => {
    const { discord, owner, world } = scene;
    const channel = newChannel();
    world.model.answer(() => `@everyone <@${owner.id}> hello`);
    await owner.uses("ask", { text: "call them" }, { in: channel });
    const [answer] = await written(discord, channel, 1);
    expect(answer?.pings).toMatchObject({ users: [], roles: [], everyone: false });
  });
});

describe("whoever is not heard", () => {
  it("is told so at once, for their eyes only, and nothing is kept of it", async () => {
    const { discord, world } = scene;
    const stranger = discord.addPerson();
    const closed = discord.addGuild({ members: [stranger] });
    const channel = discord.addChannel(closed);
    const before = world.model.asked.length;
    const asked = await stranger.uses("ask", { text: "let me in" }, { in: channel });
    expect(asked).toMatchObject({ failed: null, status: 200, answer: { type: 4 } });
    const [said] = discord.answers(channel);
    expect(said).toMatchObject({ ephemeralFor: stranger.id, state: "written" });
    expect(world.model.asked).toHaveLength(before);
  });

  it("gets a code in a direct chat, and is heard once the owner has let them in by a button", async () => {
    const { discord, owner, world } = scene;
    await owner.uses("whoami");
    await vi.waitFor(() => expect(discord.answers(owner.dm).length).toBeGreaterThan(0), PATIENCE);
    const before = discord.answers(owner.dm).length;
    const stranger = discord.addPerson({ username: "ben" });
    await stranger.uses("ask", { text: "hello?" });
    const [told] = await written(discord, stranger.dm, 1);
    expect(told?.content).toMatch(/[A-HJ-NP-Z2-9]{8}/u);
    const asked = await vi.waitFor(() => {
      const newest = discord.answers(owner.dm).slice(before).at(-1);
      expect(newest?.buttons.length).toBe(2);
      return newest;
    }, PATIENCE);
    const label = asked?.buttons[0]?.label ?? "";
    const pressed = await owner.presses(asked?.id ?? "", label);
    expect(pressed).toMatchObject({ failed: null, status: 200, answer: { type: 6 } });
    await written(discord, stranger.dm, 2);
    await stranger.uses("ask", { text: "and now?" });
    await shows(stranger.dm, /[A-HJ-NP-Z2-9]{8}/u, /./u, "You said: and now?");
    const chosen = discord.answers(owner.dm).find(({ id }) => id === asked?.id);
    expect(chosen?.buttons).toMatchObject([{ isDisabled: true }]);
    expect(world.logged("people_full")).toBe(0);
  });
});

describe("commands", () => {
  it("are answered for the eyes of whoever gave them where others are, and plainly in a direct chat", async () => {
    const { discord, owner } = scene;
    const channel = newChannel();
    await owner.uses("status", {}, { in: channel });
    const [status] = await written(discord, channel, 1);
    expect(status).toMatchObject({ ephemeralFor: owner.id });
    const before = discord.answers(owner.dm).length;
    await owner.uses("status");
    const all = await written(discord, owner.dm, before + 1);
    expect(all.at(-1)).toMatchObject({ ephemeralFor: null });
  });

  it("that stop a turn fill the place that waited for its answer", async () => {
    const { owner, world } = scene;
    const channel = newChannel();
    const finish = world.model.hold();
    const asked = world.model.asked.length;
    await owner.uses("ask", { text: "think for ever" }, { in: channel });
    await vi.waitFor(() => expect(world.model.asked.length).toBe(asked + 1), PATIENCE);
    await owner.uses("stop", {}, { in: channel });
    await shows(channel, "⚙️ Stopped.", "⚙️ Stopped.");
    finish("too late");
  });

  it("offer models while one types", async () => {
    const { owner } = scene;
    const typed = await owner.types("model", "name", "son");
    expect(typed.choices).toEqual(["anthropic/claude-sonnet-5"]);
  });

  it("in the menu of a message ask about it", async () => {
    const { discord, owner, world } = scene;
    const channel = newChannel();
    const someone = discord.addPerson({ username: "carl" });
    discord.join(scene.guild, someone.id);
    const { id } = someone.says("the parcel is at the neighbour's", { in: channel });
    await owner.usesOn(id, "Ask about this", { in: channel });
    await written(discord, channel, 1);
    expect(world.model.lastRequest).toContain("the parcel is at the neighbour's");
  });
});

describe("Discord's endpoint", () => {
  it("is accepted by Discord, which looks now and then whether forged calls are refused", async () => {
    expect(await scene.discord.probe()).toBe(true);
  });

  it("refuses what was signed more than five minutes ago", async () => {
    const { discord } = scene;
    const ping = { id: "1457536583141163186", application_id: discord.applicationId, type: 1, version: 1, token: "t" };
    expect((await discord.deliver(ping)).status).toBe(200);
    expect((await discord.deliver(ping, Date.now() - 360_000)).status).toBe(401);
    expect((await discord.deliver(ping, Date.now() + 360_000)).status).toBe(401);
  });
});

describe("when Discord fails", () => {
  it("shows an answer once though nobody knows whether it was shown", async () => {
    const { discord, owner, world } = scene;
    const channel = newChannel();
    world.model.answer(() => Array.from({ length: 30 }, (_, line) => `- line ${line}`).join("\n"));
    discord.fail({ kind: "cut_after", method: "POST", route: "/channels/{channel_id}/messages", channelId: channel });
    await owner.uses("ask", { text: "two parts" }, { in: channel });
    const answers = await written(discord, channel, 2);
    expect(answers).toHaveLength(2);
    await vi.waitFor(async () => {
      const { messages } = Object(await world.admin("ledger?limit=1"));
      expect(messages).toMatchObject([{ state: "delivered" }]);
    }, PATIENCE);
    expect(discord.answers(channel)).toHaveLength(2);
  });

  it("waits as long as it is asked to, and then answers", async () => {
    const { discord, owner } = scene;
    const channel = newChannel();
    discord.fail({
      kind: "too_many",
      retryAfterS: 0.5,
      scope: "user",
      method: "PATCH",
      route: "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
    });
    await owner.uses("ask", { text: "patience" }, { in: channel });
    await shows(channel, "You said: patience");
  });
});
