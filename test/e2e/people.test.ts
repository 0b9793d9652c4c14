import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Person } from "../emulators/telegram/index.ts";
import { filesHolding } from "./state-files.ts";
import { askIn, codeIn, letIn, pairings, people, settle, turnAllAway } from "./strangers.ts";
import { OWNER, PATIENCE, World } from "./world.ts";

const FRIEND = 8;

let world: World;
beforeAll(async () => {
  world = await World.open({ ALLOW_FROM: `telegram:${OWNER},telegram:${FRIEND}` });
});
afterAll(() => world?.close());

/** What somebody is told last after they have said something. */
async function says(from: number | Person, text: string): Promise<string> {
  const id = typeof from === "number" ? from : from.id;
  const before = world.telegram.answers(id).length;
  world.telegram.say({ from, text });
  return (await world.answers(id, before + 1)).at(-1) ?? "";
}

const peersOf = async (personId: string) =>
  (await people(world)).find((person) => person.personId === personId)?.peers.map(({ peer, how }) => `${peer} ${how}`);

describe("/link", () => {
  it("joins a second account to the owner, who goes on there with the same conversation", async () => {
    await says(OWNER, "the word is heron");
    const code = codeIn(await says(OWNER, "/link"));
    await says(201, `/link ${code}`);
    expect(await says(201, "what was the word?")).toContain("what was the word?");
    expect(world.model.lastRequest).toContain("the word is heron");
    expect(await peersOf(`telegram-${OWNER}`)).toEqual(
      expect.arrayContaining([`telegram:${OWNER} listed`, "telegram:201 linked"]),
    );
    expect(await says(201, "/config")).toBe(await says(OWNER, "/config"));
    // A code is good for one channel.
    await askIn(world, 202, `/link ${code}`);
    expect((await peersOf(`telegram-${OWNER}`))?.join()).not.toContain("telegram:202");
    await turnAllAway(world);
  });

  it("joins a second account to a guest, who is no owner by it and remembers nothing of others", async () => {
    await says(OWNER, "the owner's word is bittern");
    await says(FRIEND, "my own word is plover");
    const code = codeIn(await says(FRIEND, "/link"));
    await says(203, `/link ${code.toLowerCase()}`);
    await says(203, "what was my word?");
    expect(world.model.lastRequest).toContain("plover");
    expect(world.model.lastRequest).not.toContain("bittern");
    expect(await peersOf(`telegram-${FRIEND}`)).toEqual([`telegram:${FRIEND} listed`, "telegram:203 linked"]);
    expect(await says(203, "/config set access.dmPolicy open")).toBe(await says(FRIEND, "/config"));
    expect(await world.admin("config")).toMatchObject({ effective: { access: { dmPolicy: "pairing" } } });
  });

  it("in the web chat joins an account to the owner", async () => {
    const web = await world.web();
    web.send({ id: "l1", text: "/link" });
    await vi.waitFor(() => expect(web.finals).toHaveLength(1), PATIENCE);
    await says(204, `/link ${codeIn(web.finals[0]?.text ?? "")}`);
    expect(await peersOf(`telegram-${OWNER}`)).toContain("telegram:204 linked");
    web.send({ id: "l2", text: "the web's word is curlew" });
    await vi.waitFor(() => expect(web.finals).toHaveLength(2), PATIENCE);
    await says(204, "what was the web's word?");
    expect(world.model.lastRequest).toContain("curlew");
    await web.close();
  });

  it("takes no code that is one for pairing, and gives none to a stranger", async () => {
    const code = await askIn(world, 205);
    expect(codeIn((await world.answers(205, 1))[0] ?? "")).toBe(code);
    await askIn(world, 206, `/link ${code}`);
    world.telegram.say({ from: 205, text: "/link" });
    await settle(world);
    expect(world.telegram.answers(205)).toHaveLength(1);
    expect((await pairings(world)).map(({ peer }) => peer)).toEqual(["telegram:205", "telegram:206"]);
    await turnAllAway(world);
  });
});

describe("people", () => {
  it("who are removed are strangers again, and nothing that they say reaches a model", async () => {
    await letIn(world, 211);
    expect(await says(211, "hello")).toContain("hello");
    expect(await world.ask("DELETE", "people/telegram-211")).toMatchObject({
      status: 200,
      answer: { personId: "telegram-211", peers: ["telegram:211"] },
    });
    const before = world.telegram.answers(211).length;
    for (let n = 0; n < 3; n += 1) world.telegram.say({ from: 211, text: "do you hear the zebrafinch?" });
    await settle(world);
    expect(world.model.hasHeard("zebrafinch")).toBe(false);
    // A stranger's code, and nothing more.
    const said = world.telegram.answers(211).slice(before);
    expect(said.map(({ text = "" }) => codeIn(text))).toEqual((await pairings(world)).map(({ code }) => code));
    expect(await peersOf("telegram-211")).toBeUndefined();
    expect((await world.ask("DELETE", "people/telegram-211")).status).toBe(404);
    await turnAllAway(world);
  });

  it("are listed and removed by the command line, but for the owner and those whom the settings list", async () => {
    await letIn(world, 212);
    const listed = await world.claw("people");
    expect(listed).toMatchObject({ code: 0, stderr: "" });
    for (const word of ["telegram-7", "telegram-8", "telegram-212", "Person 212"])
      expect(listed.stdout).toContain(word);
    expect(await world.claw("people", "remove", "telegram-212")).toMatchObject({ code: 0 });
    for (const id of [`telegram-${OWNER}`, `telegram-${FRIEND}`, "telegram-212"]) {
      expect(await world.claw("people", "remove", id), id).toMatchObject({ code: 1, stdout: "" });
    }
    expect(await peersOf(`telegram-${FRIEND}`)).toContain(`telegram:${FRIEND} listed`);
  });

  it("who are removed while they are answered get no answer any more", async () => {
    await letIn(world, 213);
    const asked = world.model.asked.length;
    const finish = world.model.hold();
    world.telegram.say({ from: 213, text: "a long question" });
    await vi.waitFor(() => expect(world.model.asked.length).toBe(asked + 1), PATIENCE);
    const before = world.telegram.answers(213).length;
    expect((await world.ask("DELETE", "people/telegram-213")).status).toBe(200);
    finish("the secret answer");
    world.model.answer((text) => `You said: ${text}`);
    await settle(world);
    expect(
      world.telegram
        .answers(213)
        .slice(before)
        .map(({ text }) => text)
        .join(),
    ).not.toContain("the secret answer");
  });

  it("who are forgotten leave no word on disk, and a receipt says what is gone", async () => {
    const WORDS = ["wryneckwords", "wryneckanswer", "wryneckfile", "wryneckcaption", "wryneckdraft"];
    const held = () => Object.fromEntries(WORDS.map((word) => [word, filesHolding(world.stateDir, word).length > 0]));
    await letIn(world, 214);
    world.model.answer((text) => (text.includes("dotterel") ? "Noted." : "So it is: wryneckanswer"));
    await says(214, "remember wryneckwords");
    const before = world.telegram.answers(214).length;
    const file = {
      kind: "document",
      name: "wryneck.txt",
      mimeType: "text/plain",
      content: "it says wryneckfile",
    } as const;
    world.telegram.say({ from: 214, caption: "see wryneckcaption", file });
    await world.answers(214, before + 1);
    await says(214, "/new wryneckdraft");
    expect(held()).toEqual(Object.fromEntries(WORDS.map((word) => [word, true])));
    await says(OWNER, "the owner's own word is dotterel");

    const forgotten = await world.ask("POST", "people/telegram-214/forget");
    expect(forgotten).toMatchObject({
      status: 200,
      answer: { receipt: { personId: "telegram-214", peers: ["telegram:214"], sessions: 1 } },
    });
    const { receipt } = forgotten.answer as { receipt: Record<string, number> };
    for (const what of ["messages", "transcripts", "blobs"]) expect(receipt[what], what).toBeGreaterThan(0);
    await vi.waitFor(() => expect(held()).toEqual(Object.fromEntries(WORDS.map((word) => [word, false]))), PATIENCE);
    expect(filesHolding(world.stateDir, "dotterel")).not.toEqual([]);

    world.model.answer((text) => `You said: ${text}`);
    await letIn(world, 214);
    await says(214, "what do you remember?");
    expect(world.model.lastRequest).not.toContain("wryneck");
  });

  it("are forgotten by the command line, which wants to be sure", async () => {
    await letIn(world, 215);
    await says(215, "remember the whinchat");
    expect(await world.claw("people", "forget", "telegram-215")).toMatchObject({ code: 2, stdout: "" });
    expect(filesHolding(world.stateDir, "whinchat")).not.toEqual([]);
    const said = await world.claw("people", "forget", "telegram-215", "--yes");
    expect(said).toMatchObject({ code: 0, stderr: "" });
    expect(said.stdout).toContain("telegram-215");
    await vi.waitFor(() => expect(filesHolding(world.stateDir, "whinchat")).toEqual([]), PATIENCE);
    expect(await world.claw("people", "forget", `telegram-${OWNER}`, "--yes")).toMatchObject({ code: 1 });
  });
});
