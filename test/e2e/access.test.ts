import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { ACCESS_BOUNDS } from "../../protocol/bounds.ts";
import type { Person } from "../emulators/telegram/index.ts";
import { sizeOf, tablesBelow } from "./state-files.ts";
import { allTaken, askIn, letIn, pairings, settle } from "./strangers.ts";
import { OWNER, PATIENCE, World } from "./world.ts";

/** What no model may ever hear: nobody who says it is let in where they say it. */
const CANARY = "zebrafinch";

let world: World;

/** Each test has groups of its own. */
let nextGroup = -5000;
const group = () => (nextGroup -= 1);
const otherBot: Person = { id: 900, is_bot: true, first_name: "Robo", username: "robo_bot" };

async function set(values: Readonly<Record<string, unknown>>): Promise<void> {
  expect(await world.ask("PATCH", "config", { values })).toMatchObject({ status: 200 });
}

/** The last answer in a chat after somebody has said something there. */
async function says(from: number | Person, chat: number, text: string): Promise<string> {
  const before = world.telegram.answers(chat).length;
  world.telegram.say({ from, chat, text });
  return (await world.answers(chat, before + 1)).at(-1) ?? "";
}

describe("a group", () => {
  beforeAll(async () => {
    world = await World.open();
  });
  afterAll(() => world?.close());
  afterEach(() => expect(world.model.hasHeard(CANARY)).toBe(false));

  it("that is not let in costs nothing, however often it mentions the bot", async () => {
    await settle(world);
    const chat = group();
    const before = {
      aws: world.awsRequests,
      asked: world.model.asked.length,
      tables: tablesBelow(world.stateDir),
      size: sizeOf(world.stateDir),
    };
    for (let n = 0; n < 100; n += 1) {
      world.telegram.say({ from: 300 + (n % 7), chat, text: `@claw_bot ${CANARY} ${n}`, topic: n % 3 });
    }
    await allTaken(world);
    expect(world.telegram.answers(chat)).toEqual([]);
    expect([world.awsRequests, world.model.asked.length]).toEqual([before.aws, before.asked]);
    // workerd makes an empty database for each object that it calls; there is one for each topic.
    const added = [...tablesBelow(world.stateDir)].filter(([path]) => !before.tables.has(path));
    expect(added.length).toBeLessThanOrEqual(3);
    expect(added.map(([, tables]) => tables).filter((tables) => tables > 0)).toEqual([]);
    expect(sizeOf(world.stateDir).bytes - before.size.bytes).toBeLessThan(500_000);
    await settle(world);
    expect(world.telegram.calls.filter(({ params }) => params["chat_id"] === chat)).toEqual([]);
    expect(world.model.asked.length).toBe(before.asked + 1);
  });

  it("is let in by the owner, for its members and for strangers in it, and not by a pairing", async () => {
    const [chat, other] = [group(), group()];
    await letIn(world, 311);
    world.telegram.say({ from: 311, chat, text: `@claw_bot ${CANARY}` });
    await settle(world);
    expect(world.telegram.answers(chat)).toEqual([]);
    await set({ "access.groupAllowFrom": [`telegram:${chat}`] });
    expect(await says(311, chat, "@claw_bot hello")).toContain("hello");
    expect(await says(312, chat, "@claw_bot me too")).toContain("me too");
    world.telegram.say({ from: 311, chat: other, text: `@claw_bot ${CANARY}` });
    world.telegram.say({ from: 312, text: CANARY });
    await settle(world);
    expect(world.telegram.answers(other)).toEqual([]);
    expect((await pairings(world)).map(({ peer }) => peer)).toEqual(["telegram:312"]);
    await world.ask("POST", "pairings/dismiss", { code: (await pairings(world))[0]?.code });
  });

  it("with a list of senders hears nobody else, also not as context", async () => {
    const chat = group();
    const rules = { [`telegram:${chat}`]: { senders: ["telegram:321"] } };
    await set({ "access.groupAllowFrom": [`telegram:${chat}`], "access.groups": rules });
    world.telegram.say({ from: 322, chat, text: `@claw_bot ${CANARY}` });
    world.telegram.say({ from: 322, chat, text: `by the way, ${CANARY}` });
    expect(await says(321, chat, "@claw_bot do you hear me?")).toContain("do you hear me?");
    expect(await says(OWNER, chat, "@claw_bot and me?")).toContain("and me?");
    expect(world.telegram.answers(chat)).toHaveLength(2);
  });

  it("hears no bots unless it is allowed to", async () => {
    const chat = group();
    await set({ "access.groupAllowFrom": [`telegram:${chat}`], "access.groups": {} });
    world.telegram.say({ from: otherBot, chat, text: `@claw_bot ${CANARY}` });
    world.telegram.say({ from: otherBot, text: CANARY });
    expect(await says(331, chat, "@claw_bot are you alone?")).toContain("are you alone?");
    expect(world.telegram.answers(chat)).toHaveLength(1);
    expect(world.telegram.answers(otherBot.id)).toEqual([]);
    expect((await pairings(world)).length).toBe(0);
    await set({ "access.groups": { [`telegram:${chat}`]: { bots: true } } });
    expect(await says(otherBot, chat, "@claw_bot and now?")).toContain("and now?");
  });

  it("in which two bots answer each other is quiet after a few turns, until a person speaks", async () => {
    const chat = group();
    await set({
      "access.groupAllowFrom": [`telegram:${chat}`],
      "access.groups": { [`telegram:${chat}`]: { bots: true } },
    });
    const heard = (bout: number) => world.model.hasHeard(`bout ${bout} of two`);
    const isHeard = (bout: number) => vi.waitFor(() => expect(heard(bout)).toBe(true), PATIENCE);
    let bouts = 0;
    const boast = () => {
      bouts += 1;
      world.telegram.say({ from: otherBot, chat, text: `@claw_bot bout ${bouts} of two` });
    };
    while (bouts < ACCESS_BOUNDS.botTurnsMax) {
      boast();
      await isHeard(bouts);
    }
    for (let more = 0; more < 3; more += 1) boast();
    await settle(world);
    const tooMany = [1, 2, 3].map((more) => ACCESS_BOUNDS.botTurnsMax + more);
    expect(tooMany.map(heard)).toEqual([false, false, false]);
    world.telegram.say({ from: 341, chat, text: "@claw_bot who won?" });
    await vi.waitFor(() => expect(world.model.hasHeard("who won?")).toBe(true), PATIENCE);
    boast();
    await isHeard(bouts);
    expect(tooMany.map(heard)).toEqual([false, false, false]);
  });
});

describe("direct chats", () => {
  beforeEach(async () => {
    world = await World.open();
  });
  afterEach(() => world?.close());

  it("take everybody, nobody or only who is listed, as the policy says, from the next message on", async () => {
    await letIn(world, 401);
    const says = async (from: number, text: string) => {
      const before = world.telegram.answers(from).length;
      world.telegram.say({ from, text });
      return (await world.answers(from, before + 1)).at(-1);
    };
    await set({ "access.dmPolicy": "allowlist" });
    world.telegram.say({ from: 401, text: CANARY });
    world.telegram.say({ from: 402, text: CANARY });
    await settle(world);
    expect([401, 402].map((who) => world.telegram.answers(who).length)).toEqual([2, 0]);
    await set({ "access.dmPolicy": "open" });
    expect(await says(402, "is it open?")).toContain("is it open?");
    await set({ "access.dmPolicy": "disabled" });
    for (const from of [401, 402, OWNER]) world.telegram.say({ from, text: CANARY });
    await allTaken(world);
    await set({ "access.dmPolicy": "pairing" });
    await settle(world);
    expect(await says(401, "am I back?")).toContain("am I back?");
    await askIn(world, 403, CANARY);
    expect(world.model.hasHeard(CANARY)).toBe(false);
    expect(world.telegram.answers(OWNER).some(({ text }) => text?.includes(CANARY))).toBe(false);
  });
});
