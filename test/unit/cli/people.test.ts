import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PersonAnswer } from "../../../cli/access-answers.ts";
import { isConfirmed } from "../../../cli/confirmation.ts";
import { EXIT } from "../../../cli/exit-code.ts";
import { localTime } from "../../../cli/table.ts";
import { forgetWarning, peopleVerbs } from "../../../cli/verbs/people.ts";
import { AdminServer, verbOf } from "./admin-server.ts";

const AT = Date.UTC(2026, 10, 22, 12);
const ADA = {
  personId: "telegram-42",
  name: "Ada",
  role: "owner",
  peers: [
    { peer: "telegram:42", how: "listed", at: null },
    { peer: "discord:9", how: "linked", at: AT },
  ],
} satisfies PersonAnswer;
const BOB = {
  personId: "telegram-7",
  name: "Bob\u001b[2J\nroot",
  role: "person",
  peers: [{ peer: "telegram:7", how: "paired", at: AT }],
} satisfies PersonAnswer;

let admin: AdminServer;
beforeEach(async () => void (admin = await AdminServer.start()));
afterEach(() => admin.close());

const people = (name: string, words: readonly string[] = [], more: object = {}) =>
  admin.run(verbOf(peopleVerbs, name), words, more);

describe("claw people list", () => {
  it("has a line for every channel of a person, with why they are let in", async () => {
    admin.answers["GET /admin/api/people"] = { body: { people: [ADA, BOB] } };
    const { exit, out } = await people("list");
    expect(exit).toBe(EXIT.done);
    expect(out).toEqual([
      "id           name         role    peer         let in by         since",
      "telegram-42  Ada          owner   telegram:42  access.allowFrom  -",
      `telegram-42  Ada          owner   discord:9    linked            ${localTime(AT)}`,
      `telegram-7   Bob[2J root  person  telegram:7   paired            ${localTime(AT)}`,
    ]);
  });

  it("says where to look while there is nobody, and gives scripts the answer as it is", async () => {
    admin.answers["GET /admin/api/people"] = { body: { people: [] } };
    expect((await people("list")).out).toEqual([expect.stringContaining("npm run claw -- pair")]);
    expect((await people("list", [], { json: true })).out).toEqual(['{"people":[]}']);
  });
});

describe("claw people remove", () => {
  it("says who is not heard any more, and that nothing else is gone", async () => {
    const answer = { kind: "removed", personId: "telegram-7", peers: ["telegram:7", "discord:8"] };
    admin.answers["DELETE /admin/api/people/telegram-7"] = { body: answer };
    expect(await people("remove", ["telegram-7"])).toEqual({
      exit: EXIT.done,
      out: [
        "telegram-7 is removed: telegram:7, discord:8 are not listened to any more in direct chats.",
        "What they said and their files stay. In groups that are let in they are still heard, unless access.groups says who is.",
      ],
      err: [],
    });
  });

  it.each([
    [404, "unknown_person", /nobody has that id; npm run claw -- people lists them$/],
    [409, "is_owner", /that is the owner/],
    [409, "is_listed", /access\.allowFrom \(ALLOW_FROM\) lets them in; .*config get access\.allowFrom$/],
  ])("explains a %s %s in one line", async (status, error, said) => {
    admin.answers["DELETE /admin/api/people/a%2Fb"] = { status, body: { error } };
    const { exit, out, err } = await people("remove", ["a/b"]);
    expect({ exit, out }).toEqual({ exit: EXIT.failed, out: [] });
    expect(err).toEqual([expect.stringMatching(said)]);
  });
});

describe("claw people forget", () => {
  const receipt = {
    personId: "telegram-7",
    peers: ["telegram:7"],
    sessions: 1,
    messages: 41,
    transcripts: 3,
    files: 12,
    blobs: 1,
    groups: 2,
    forgottenAt: AT,
  };

  it("tells what is gone and what stays", async () => {
    admin.answers["POST /admin/api/people/telegram-7/forget"] = { body: { receipt } };
    const { exit, out } = await people("forget", ["telegram-7"], { yes: true });
    expect(exit).toBe(EXIT.done);
    expect(out).toEqual([
      "telegram-7 (telegram:7) is forgotten. Gone are:",
      "  1 direct chat with 41 messages: texts, answers, ledger, settings",
      "  3 transcripts: what the model remembered",
      "  12 files, in 1 stored object with older versions and attachments",
      "What stays:",
      "  what was said in 2 groups that they may have written in, and what others wrote of them",
      "  what is shown in the chat app itself, log lines (ids and numbers), and copies that you made of the state",
    ]);
  });

  it("asks nobody to forget when there is neither a terminal to ask on nor --yes", async () => {
    const { exit, err } = await people("forget", ["telegram-7"]);
    expect(exit).toBe(EXIT.unusable);
    expect(err).toEqual(["claw people forget: it cannot be undone; if you mean it: --yes"]);
    expect(admin.requests).toEqual([]);
  });

  it("says that doing it again does the rest when the agent could not be reached", async () => {
    admin.answers["POST /admin/api/people/telegram-7/forget"] = { status: 503, body: { error: "unavailable" } };
    const { exit, err } = await people("forget", ["telegram-7"], { yes: true });
    expect(exit).toBe(EXIT.failed);
    expect(err).toEqual([expect.stringMatching(/could not be reached, .* the same command again does the rest$/)]);
  });
});

describe("the warning before forgetting", () => {
  it("names who it is, in words that a terminal only shows", () => {
    expect(forgetWarning("telegram-7", BOB)).toContain("All that Bob[2J root (telegram:7) wrote");
    const listed = { ...ADA, name: "telegram:42", peers: ADA.peers.slice(0, 1) };
    expect(forgetWarning("telegram-42", listed)).toContain("All that telegram:42 wrote");
    expect(forgetWarning("x\u001b[2Jy", undefined)).toContain("All that x[2Jy wrote");
  });

  const answered = async (...typed: readonly string[]) => {
    const input = new PassThrough();
    const asked = isConfirmed("Sure?", "telegram-7", { input, output: new PassThrough() });
    for (const text of typed) input.write(text);
    input.end();
    return await asked;
  };

  it("is shown before the answer is waited for", async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    input.end("telegram-7\n");
    await isConfirmed("All will be gone.", "telegram-7", { input, output });
    expect(String(output.read())).toMatch(/^All will be gone\.\nType the id to confirm: /);
  });

  it("is answered with yes only by the id itself", async () => {
    expect(await answered("telegram-7\n")).toBe(true);
    expect(await answered(" telegram-7 \n")).toBe(true);
    expect(await answered("telegram-8\n", "telegram-7\n")).toBe(false);
    expect(await answered("y\n")).toBe(false);
    expect(await answered("\n")).toBe(false);
  });

  it("is answered with no by whoever leaves", async () => {
    expect(await answered()).toBe(false);
  });
});
