import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { groupConversation } from "../../durable-objects/channel-session/admission.ts";
import { ACCESS_BOUNDS } from "../../protocol/bounds.ts";
import { isTurnId, type TurnId } from "../../protocol/ids.ts";
import type { Inbound } from "../../protocol/inbound.ts";
import { isSessionKey, parseSessionKey, type SessionKey } from "../../protocol/session-key.ts";
import { emptyObjects } from "./empty-objects.ts";
import { ADA, BEN, GROUP, GROUP_SESSION, groupMessage, mention } from "./group-inbound.ts";

const group = () => env.CHANNEL_SESSION.getByName(GROUP_SESSION);
const directory = () => env.AGENT_DIRECTORY.getByName("main");
const ref = parseSessionKey(GROUP_SESSION);
if (!ref.ok) throw new Error(GROUP_SESSION);
const CONVERSATION = groupConversation(ref.value);
const ROBOT: Inbound["sender"] = { id: "500", name: "Robot", isBot: true };

const statesOf = async () => (await group().ledger(50)).messages.map(({ id, state }) => `${id.split(":")[2]} ${state}`);

/** Sets a rule of the group, as the owner would. */
async function rule(rules: Record<string, unknown>): Promise<void> {
  const values = { [`access.groups.telegram:${GROUP}`]: rules };
  expect(await directory().changeConfiguration({ kind: "set", values, unset: [], by: "admin" })).toMatchObject({
    kind: "done",
  });
}

function contextRows(): Promise<readonly string[]> {
  return runInDurableObject(group(), (_object, { storage }) =>
    storage.sql
      .exec<{ item: string }>("SELECT item FROM context ORDER BY seq")
      .toArray()
      .map(({ item }) => item),
  );
}

const turn = (id: string): TurnId => {
  if (!isTurnId(id)) throw new Error(id);
  return id;
};
const topic = (): SessionKey => {
  const key = `${GROUP_SESSION}:topic:1`;
  if (!isSessionKey(key)) throw new Error(key);
  return key;
};

beforeEach(() => {
  vi.spyOn(console, "log").mockReturnValue();
  vi.spyOn(console, "warn").mockReturnValue();
  vi.spyOn(globalThis, "fetch").mockImplementation(() => Promise.withResolvers<Response>().promise);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await emptyObjects();
});

describe("a group with a rule for senders", () => {
  it("keeps nothing of anybody else, neither for an answer nor as context", async () => {
    await rule({ senders: ["telegram:7"] });
    await group().accept(mention(1, "@claw hello", { sender: ADA }));
    await group().accept(mention(2, "@claw psst", { sender: BEN }));
    await group().accept(groupMessage(3, "overheard psst", { sender: BEN }));
    expect(await statesOf()).toEqual([expect.stringMatching(/^1 /)]);
    expect((await contextRows()).join()).not.toContain("psst");
  });

  it("counts from the next turn on for what waits already", async () => {
    await directory().beginTurn(CONVERSATION, turn("turn-of-a-topic"), topic(), 0);
    await group().accept(mention(1, "@claw psst", { sender: BEN }));
    await group().accept(mention(2, "@claw hello", { sender: ADA }));
    await rule({ senders: ["telegram:7"] });
    await directory().endTurn(CONVERSATION, turn("turn-of-a-topic"), 1);
    await vi.waitFor(async () => expect(await statesOf()).toEqual(["2 leased", "1 stopped"]));
  });

  it("is heard again as soon as the rule is gone", async () => {
    await rule({ senders: ["telegram:7"] });
    await group().accept(mention(1, "@claw psst", { sender: BEN }));
    await rule({});
    await group().accept(mention(2, "@claw hello", { sender: BEN }));
    expect(await statesOf()).toEqual([expect.stringMatching(/^2 /)]);
  });
});

describe("other bots in a group", () => {
  it("are not heard unless the group lets them in", async () => {
    await group().accept(mention(1, "@claw hello", { sender: ROBOT }));
    await group().accept(groupMessage(2, "beep", { sender: ROBOT }));
    expect(await group().ledger(10)).toMatchObject({ messages: [] });
    await rule({ bots: true });
    await group().accept(mention(3, "@claw hello", { sender: ROBOT }));
    expect(await statesOf()).toEqual([expect.stringMatching(/^3 /)]);
  });

  it("that answer each other stop after some turns, until a person says something to us", async () => {
    await rule({ bots: true });
    const { botTurnsMax } = ACCESS_BOUNDS;
    for (let number = 1; number <= 2 * botTurnsMax; number += 1) {
      await group().accept(mention(number, "@claw beep", { sender: ROBOT }));
    }
    expect(await statesOf()).toHaveLength(botTurnsMax);
    await group().accept(mention(100, "@claw go on", { sender: BEN }));
    await group().accept(mention(101, "@claw beep", { sender: ROBOT }));
    expect(await statesOf()).toHaveLength(botTurnsMax + 2);
  });
});
