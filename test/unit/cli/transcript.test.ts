import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EXIT } from "../../../cli/exit-code.ts";
import { localTime } from "../../../cli/table.ts";
import { conversationsVerb } from "../../../cli/verbs/conversations.ts";
import { transcriptVerbs } from "../../../cli/verbs/transcript.ts";
import { TRANSCRIPT_BOUNDS } from "../../../protocol/bounds.ts";
import { AdminServer, verbOf } from "./admin-server.ts";

const MAIN = "agent:main:main";
const PATH = "/admin/api/conversations/agent%3Amain%3Amain/transcript";
const AT = Date.UTC(2026, 10, 22, 12);

let admin: AdminServer;
let dir: string;
beforeEach(async () => {
  admin = await AdminServer.start();
  dir = mkdtempSync(join(tmpdir(), "claw-transcript-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  admin.close();
  rmSync(dir, { recursive: true });
});

const transcript = (name: string, words: readonly string[], more: object = {}) =>
  admin.run(verbOf(transcriptVerbs, name), words, more);

describe("claw conversations", () => {
  it("has a line for each, with its name or what it is called without one", async () => {
    const one = { conversation: MAIN, name: "Lisbon", defaultName: "main", epoch: 2, beganAt: AT, lastAt: AT };
    const lane = { state: "held", session: "agent:main:web:direct:owner", isLate: true };
    const other = {
      ...one,
      conversation: "agent:main:person:telegram-7",
      name: null,
      defaultName: "Bob\u001b[2J",
      epoch: 0,
    };
    const conversations = [
      { ...one, sessions: ["agent:main:telegram:direct:42", "agent:main:web:direct:owner"], lane },
      { ...other, beganAt: null, sessions: [], lane: { state: "free" } },
    ];
    admin.answers["GET /admin/api/conversations"] = { body: { conversations } };
    const { exit, out } = await admin.run(conversationsVerb);
    expect(exit).toBe(EXIT.done);
    expect(out[1]).toContain(`Lisbon  `);
    expect(out[1]).toContain(localTime(AT));
    expect(out[1]).toContain("held by agent:main:web:direct:owner (not heard of lately)");
    expect(out[2]).toMatch(/^agent:main:person:telegram-7 +\(Bob/);
    expect(out[2]).not.toContain("\u001b");
    expect((await admin.run(conversationsVerb, [], { json: true })).out).toEqual([JSON.stringify({ conversations })]);
  });
});

describe("claw transcript export", () => {
  it("writes all pages of one epoch to a file that only its owner can read", async () => {
    admin.answers[`GET ${PATH}?from=0`] = { body: { epoch: 3, lines: ["header", "one"], next: 2 } };
    admin.answers[`GET ${PATH}?from=2&epoch=3`] = { body: { epoch: 3, lines: ["two"], next: null } };
    const out = join(dir, "main.jsonl");
    const printed = await transcript("export", [MAIN], { out });
    expect(printed).toEqual({ exit: EXIT.done, out: [], err: [`2 entries are in ${out}`] });
    expect(readFileSync(out, "utf8")).toBe("header\none\ntwo\n");
    expect(statSync(out).mode & 0o077).toBe(0);
  });

  it("writes an earlier epoch to standard output, and nothing else", async () => {
    const written: string[] = [];
    vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
    admin.answers[`GET ${PATH}?from=0&epoch=1`] = { body: { epoch: 1, lines: ["header", "one"], next: null } };
    expect(await transcript("export", [MAIN], { epoch: 1 })).toEqual({ exit: EXIT.done, out: [], err: [] });
    expect(written.join("")).toBe("header\none\n");
  });

  it("writes no file when there is nothing", async () => {
    admin.answers[`GET ${PATH}?from=0`] = { status: 404, body: { error: "no_transcript" } };
    const printed = await transcript("export", [MAIN], { out: join(dir, "none") });
    expect(printed).toMatchObject({ exit: EXIT.failed, err: [expect.stringContaining("nothing was said in it")] });
    expect(() => statSync(join(dir, "none"))).toThrow();
  });
});

describe("claw transcript import", () => {
  const file = (content: string) => {
    const path = join(dir, "in.jsonl");
    writeFileSync(path, content);
    return path;
  };

  it("sends the lines, and says where the conversation goes on", async () => {
    admin.answers[`POST ${PATH}`] = { body: { epoch: 4, entries: 2 } };
    const { exit, out } = await transcript("import", [MAIN, file("header\r\none\ntwo\n\n")]);
    expect(exit).toBe(EXIT.done);
    expect(out).toEqual(["the conversation goes on from 2 entries; it is in epoch 4 now"]);
    expect(admin.requests).toEqual([{ asked: `POST ${PATH}`, body: { lines: ["header", "one", "two"] } }]);
  });

  it.each([
    [
      400,
      { error: "malformed_transcript", line: 3, problem: "id: is there twice" },
      "line 3 of the file: id: is there twice",
    ],
    [400, { error: "newer_transcript", version: 2 }, "the file is of a newer release (version 2 of transcripts)"],
    [413, { error: "transcript_too_large" }, "at most 20000 entries and 12 MB"],
    [404, { error: "unknown_conversation" }, "nobody has said anything in that conversation"],
    [503, { error: "transcript_unavailable" }, "the same command again"],
    [409, { error: "import_overtaken" }, "begun anew meanwhile"],
  ])("says in words what was refused (%i %j)", async (status, body, words) => {
    admin.answers[`POST ${PATH}`] = { status, body };
    const { exit, err } = await transcript("import", [MAIN, file("header\n")]);
    expect(exit).toBe(EXIT.failed);
    expect(err).toEqual([expect.stringContaining(words)]);
  });

  it("asks nobody about a file that cannot be read, or is too large", async () => {
    expect(await transcript("import", [MAIN, join(dir, "none")])).toMatchObject({ exit: EXIT.unusable });
    const large = file("x".repeat(TRANSCRIPT_BOUNDS.importMaxBytes + 1));
    expect(await transcript("import", [MAIN, large])).toMatchObject({ exit: EXIT.failed });
    expect(admin.requests).toEqual([]);
  });
});
