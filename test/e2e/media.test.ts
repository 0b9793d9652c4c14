import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { OWNER, PATIENCE, World } from "./world.ts";

/** A PNG of one red point. */
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
  "base64",
);

const picturesIn = (request: string) => request.split(PNG.toString("base64")).length - 1;
const last = (world: World) => world.telegram.answers(OWNER).at(-1);
const count = (world: World) => world.telegram.answers(OWNER).length;

describe("what people send", () => {
  let world: World;

  beforeAll(async () => {
    world = await World.open();
  });
  afterAll(() => world.close());

  it("as a picture is seen by the model, in this turn and in the next", async () => {
    world.model.answer(() => "A red point.");
    world.telegram.say({ from: OWNER, caption: "what is this?", file: { kind: "photo", content: PNG } });
    await world.answers(OWNER, 1);
    expect(picturesIn(world.model.lastBody)).toBe(1);
    world.telegram.say({ from: OWNER, text: "are you sure?" });
    await world.answers(OWNER, 2);
    expect(picturesIn(world.model.lastBody)).toBe(1);
  });

  it("as an album is one turn with all its pictures", async () => {
    const before = { asked: world.model.asked.length, answers: count(world) };
    const picture = { kind: "photo", content: PNG } as const;
    world.telegram.sayAlbum({ from: OWNER, caption: "which is best?" }, [picture, picture, picture]);
    await world.answers(OWNER, before.answers + 1);
    expect(world.model.asked).toHaveLength(before.asked + 1);
    expect(picturesIn(world.model.lastBody)).toBe(4);
    expect(count(world)).toBe(before.answers + 1);
  });

  it("as a document is read, as far as it is text", async () => {
    const before = count(world);
    const file = { kind: "document", name: "list.csv", mimeType: "text/csv", content: "name,age\nHeron,7\n" } as const;
    world.telegram.say({ from: OWNER, caption: "how old?", file });
    await world.answers(OWNER, before + 1);
    expect(world.model.lastRequest).toContain("Heron,7");
  });

  it("that is too large for a bot is named, and the turn goes on", async () => {
    const before = count(world);
    const file = { kind: "video", name: "film.mp4", mimeType: "video/mp4", bytes: 30_000_000 } as const;
    world.telegram.say({ from: OWNER, file });
    await world.answers(OWNER, before + 1);
    expect(world.model.lastRequest).toContain("film.mp4");
    expect(world.model.lastRequest).toMatch(/larger than/);
  });

  it("is fetched again when the connection to Telegram breaks, and the token is in no line of the log", async () => {
    const before = count(world);
    world.telegram.fail({ kind: "cut_before", method: "file" });
    const file = { kind: "document", name: "note.txt", content: "the word is heron" } as const;
    world.telegram.say({ from: OWNER, caption: "and now?", file });
    await world.answers(OWNER, before + 1);
    expect(world.model.lastRequest).toContain("the word is heron");
    expect(JSON.stringify(world.log)).not.toContain("424242:test-bot-token");
  });

  it("as a sticker, a voice note, a place, a contact or a poll is told to the model", async () => {
    const before = count(world);
    world.telegram.say({ from: OWNER, location: { latitude: 52.5, longitude: 13.4 } });
    await world.answers(OWNER, before + 1);
    expect(world.model.lastRequest).toContain("52.5");
    world.telegram.say({ from: OWNER, file: { kind: "voice", durationS: 12 } });
    await world.answers(OWNER, before + 2);
    expect(world.model.lastRequest).toMatch(/voice/);
    world.telegram.say({ from: OWNER, poll: { question: "Lunch?", options: ["Soup", "Salad"] } });
    await world.answers(OWNER, before + 3);
    expect(world.model.lastRequest).toContain("Salad");
  });
});

describe("what the assistant sends", () => {
  let world: World;

  beforeAll(async () => {
    world = await World.open({ AGENT_MODEL: "offline/offline" });
  });
  afterAll(() => world.close());

  it("is a file of its workspace, with a caption", async () => {
    world.telegram.say({ from: OWNER, text: "remember that herons wade" });
    await world.answers(OWNER, 1);
    world.telegram.say({ from: OWNER, text: "send me the file MEMORY.md" });
    await vi.waitFor(() => expect(last(world)?.document).toBeDefined(), PATIENCE);
    const message = last(world);
    expect(message?.caption).toMatch(/Here is MEMORY\.md/);
    const [file] = message ? world.telegram.filesOf(message) : [];
    expect(Buffer.from(file?.content ?? []).toString()).toContain("herons wade");
    expect(file?.name).toBe("MEMORY.md");
  });

  it("offers choices as buttons, and a press says which, once", async () => {
    const before = count(world);
    world.telegram.say({ from: OWNER, text: "offer me red, green or blue" });
    await vi.waitFor(() => expect(last(world)?.reply_markup).toBeDefined(), PATIENCE);
    const message = last(world);
    expect(count(world)).toBe(before + 1);
    const buttons = message?.reply_markup?.inline_keyboard.flat() ?? [];
    expect(buttons.map(({ text }) => text)).toEqual(["red", "green", "blue"]);
    for (const { callback_data: data } of buttons) expect(data).not.toMatch(/red|green|blue/);
    const id = message?.message_id ?? 0;
    const press = world.telegram.press(OWNER, id, OWNER, "green");
    const answers = await world.answers(OWNER, before + 2);
    expect(answers.at(-1)).toContain("You wrote: green");
    await vi.waitFor(() => {
      expect(world.telegram.isAnswered(press.queryId)).toBe(true);
      const shown = world.telegram.messages(OWNER).find((other) => other.message_id === id);
      expect(shown?.reply_markup?.inline_keyboard.flat().map(({ text }) => text)).toEqual(["✓ green"]);
    }, PATIENCE);
    const late = world.telegram.press(OWNER, id, OWNER, buttons[0]?.callback_data ?? "");
    await vi.waitFor(() => expect(world.telegram.answerText(late.queryId)).toMatch(/no longer open/), PATIENCE);
    expect(count(world)).toBe(before + 2);
  });
});
