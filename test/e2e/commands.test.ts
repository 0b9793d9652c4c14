import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { commandsAt } from "../../protocol/commands.ts";
import type { Person } from "../emulators/telegram/index.ts";
import { settle } from "./strangers.ts";
import { OWNER, PATIENCE, World } from "./world.ts";

const TEAM = -7001;
const person = (id: number, language?: string): Person => ({
  id,
  is_bot: false,
  first_name: `Person ${id}`,
  ...(language && { language_code: language }),
});
const owner = { en: person(OWNER, "en"), de: person(OWNER, "de") };
/** Each test has guests of its own: a chat takes one answer a second, after a few at once. */
let nextGuest = 20;
const guest = (language?: string) => person((nextGuest += 1), language);

let world: World;
beforeAll(async () => {
  world = await World.open({ DM_POLICY: "open", GROUP_ALLOW_FROM: `telegram:${TEAM}` });
});
afterAll(() => world?.close());
beforeEach(() => world.model.answer(repeat));

/** Says the last line of a message again. */
function repeat(text: string): string {
  return `You said: ${text.split("\n").at(-1)?.replace("```", "")}`;
}

async function says(from: Person, text: string, chat: number = from.id): Promise<string> {
  const before = world.telegram.answers(chat).length;
  world.telegram.say({ from, chat, text });
  return (await world.answers(chat, before + 1)).at(-1) ?? "";
}

/** What a command says to people whose app is in one of our languages or another. */
async function inEach(command: string, who: (language: string) => Person): Promise<Readonly<Record<string, string>>> {
  const languages = ["en", "de-AT", "fr"];
  const said = await Promise.all(languages.map((language) => says(who(language), command)));
  return { en: said[0] ?? "", de: said[1] ?? "", fr: said[2] ?? "" };
}

describe("commands", () => {
  it.each([
    ["/help", /\/commands/],
    ["/commands", /\/whoami/],
    ["/whoami", /telegram:\d+/],
    ["/status", /agent:main:person:telegram-\d+/],
    ["/model", /claude-sonnet-5/],
    ["/think", /high/],
    ["/usage", /tokens/i],
    ["/queue", /collect/],
    ["/new", /./],
    ["/stop", /./],
  ])("answers %s in English or German, as the app of its giver is, and without a model", async (command, words) => {
    const asked = world.model.asked.length;
    const { en, de, fr } = await inEach(command, guest);
    const plain = (text = "") => text.replaceAll(/\d+/gu, "0");
    expect(en).toMatch(words);
    expect(de).toMatch(words);
    expect(plain(de)).not.toBe(plain(en));
    expect(plain(fr)).toBe(plain(en));
    expect(world.model.asked.length).toBe(asked);
  });

  it("are in the owner's language too, where only the owner may give them", async () => {
    const [english, german] = [await says(owner.en, "/config"), await says(owner.de, "/config")];
    expect([english, german].join()).not.toContain("You said");
    expect(german).not.toBe(english);
    expect(await says(owner.de, "/pair")).not.toBe(await says(owner.en, "/pair"));
  });

  it("that are listed are all carried out", async () => {
    const asked = world.model.asked.length;
    for (const { name } of commandsAt("direct", "en")) {
      expect(await says(guest("en"), `/${name}`), name).not.toContain("You said:");
    }
    expect(world.model.asked.length).toBe(asked);
  });

  it("of the owner are refused to a guest, who is not told of them", async () => {
    const who = guest("en");
    const listed = await says(who, "/commands");
    expect(listed).not.toContain("/config");
    expect(listed).toContain("/whoami");
    const refusals = new Set([await says(who, "/config"), await says(who, "/pair ABCDEFGH")]);
    expect(refusals.size).toBe(1);
  });

  it.each(["/new", "/reset"])("begin a new conversation with %s", async (command) => {
    const who = guest("en");
    await says(who, `before ${command} there was a godwit`);
    await says(who, command);
    await says(who, "what was there?");
    expect(world.model.lastRequest).not.toContain("godwit");
  });

  it("pick the model of this chat, by name and by number, until it goes back to the default", async () => {
    const [one, other] = [guest("en"), guest("en")];
    const inUse = async (who: Person) => {
      await says(who, "who are you?");
      return JSON.parse(world.model.lastBody).model as string;
    };
    await world.ask("PATCH", "config", { values: { "models.choices": ["anthropic/claude-haiku-4-5"] } });
    expect(await says(one, "/model")).toMatch(/2.*claude-haiku-4-5/);
    await says(one, "/model 2");
    expect(await inUse(one)).toBe("claude-haiku-4-5");
    expect(await inUse(other)).toBe("claude-sonnet-5");
    await says(other, "/model anthropic/claude-haiku-4-5");
    expect(await inUse(other)).toBe("claude-haiku-4-5");
    expect(await says(one, "/status")).toContain("claude-haiku-4-5");
    await says(one, "/model default");
    expect(await inUse(one)).toBe("claude-sonnet-5");
    for (const wrong of ["nobody/has-it", "openai/has-no-key", "99"]) await says(other, `/model ${wrong}`);
    expect(await inUse(other)).toBe("claude-haiku-4-5");
  });

  it("put a footer below answers, and take it away again", async () => {
    const who = guest("en");
    await says(who, "/usage tokens");
    expect(await says(who, "count this")).toMatch(/^You said: count this\n[^]*1,234/);
    await says(who, "/usage off");
    expect(await says(who, "and this")).toBe("You said: and this");
  });

  it("decide how hard the model thinks", async () => {
    const who = guest("en");
    const asked = async () => {
      await says(who, "think about it");
      const { thinking, output_config: effort } = JSON.parse(world.model.lastBody);
      return { thinking, effort };
    };
    const before = await asked();
    await says(who, "/think high");
    expect(await asked()).not.toEqual(before);
    await says(who, "/think default");
    expect(await says(who, "/think sideways")).not.toContain("You said");
    expect(await asked()).toEqual(before);
  });

  it("in a group are for us when they name us, and change it only for the owner", async () => {
    const outsider = person(1_051, "en");
    world.telegram.say({ from: outsider, chat: TEAM, text: "/status" });
    expect(await says(outsider, "/status@claw_bot", TEAM)).toContain(String(TEAM));
    expect(await says(outsider, "/activation@claw_bot always", TEAM)).toMatch(/owner/i);
    await says(owner.en, "/activation always", TEAM);
    expect(await says(outsider, "nobody in particular", TEAM)).toContain("nobody in particular");
    await says(owner.en, "/activation default", TEAM);
    const before = world.telegram.answers(TEAM).length;
    world.telegram.say({ from: outsider, chat: TEAM, text: "nobody in particular again" });
    await settle(world);
    expect(world.telegram.answers(TEAM)).toHaveLength(before);
  });

  it("stop what is going on", async () => {
    const who = guest("de");
    const asked = world.model.asked.length;
    world.model.hold();
    world.telegram.say({ from: who, text: "take your time" });
    await vi.waitFor(() => expect(world.model.asked.length).toBe(asked + 1), PATIENCE);
    expect(await says(who, "/stop")).not.toBe(await says(guest("en"), "/stop"));
    world.model.answer(repeat);
    expect(await says(who, "still there?")).toBe("You said: still there?");
  });
});
