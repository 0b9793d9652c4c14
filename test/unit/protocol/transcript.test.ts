import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TRANSCRIPT_BOUNDS } from "../../../protocol/bounds.ts";
import { headerLine, parseTranscript, transcriptLines } from "../../../protocol/transcript.ts";

const HEADER = headerLine({ conversation: "agent:main:main", epoch: 3, exportedAt: "2026-11-23T04:00:00.000Z" });
const COST = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 };
const USAGE = { input: 1, output: 2, cacheRead: 0, cacheWrite: 0, totalTokens: 3, cost: COST };
const SAID = { role: "user", content: "hello", timestamp: 1 };
const ANSWERED = {
  role: "assistant",
  content: [
    { type: "thinking", thinking: "hm", thinkingSignature: "c2ln" },
    { type: "text", text: "hi" },
    { type: "toolCall", id: "c1", name: "read", arguments: { path: "a", deep: [1, null, { x: true }] } },
  ],
  api: "anthropic-messages",
  provider: "anthropic",
  model: "m",
  usage: USAGE,
  stopReason: "toolUse",
  timestamp: 2,
};
const READ = {
  role: "toolResult",
  toolCallId: "c1",
  toolName: "read",
  content: [{ type: "image", data: "aGk=", mimeType: "image/png" }],
  details: { manifestId: "x" },
  isError: false,
  timestamp: 3,
};
const SUMMARY = {
  type: "compaction",
  summary: "They said hello.",
  retainedTail: [SAID, ANSWERED, READ],
  tokensBefore: 9,
  usage: USAGE,
  fromHook: true,
};

/** Entries as a line of descent. */
function chain(...entries: readonly object[]): string[] {
  return entries.map((entry, index) =>
    JSON.stringify({ id: `e${index}`, parentId: index === 0 ? null : `e${index - 1}`, ...entry }),
  );
}
const message = (content: object) => ({ type: "message", message: content });
const GOOD = [
  HEADER,
  ...chain(message(SAID), message(ANSWERED), message(READ), SUMMARY, {
    type: "custom",
    customType: "answer",
    data: { text: "hi" },
  }),
];

describe("parseTranscript", () => {
  it("takes every kind of entry as it is", () => {
    const parsed = parseTranscript(GOOD);
    if (!parsed.ok) return expect.fail(JSON.stringify(parsed.error));
    expect(parsed.value.map((entry) => JSON.stringify(entry)).map((line): unknown => JSON.parse(line))).toEqual(
      GOOD.slice(1).map((line): unknown => JSON.parse(line)),
    );
  });

  it.each([
    ["an empty file", transcriptLines("\n")],
    ["no header", GOOD.slice(1)],
    ["a header of something else", [JSON.stringify({ ...JSON.parse(HEADER), type: "backup" }), ...GOOD.slice(1)]],
    ["a header without a version", [JSON.stringify({ ...JSON.parse(HEADER), version: undefined }), ...GOOD.slice(1)]],
  ])("refuses %s", (_what, lines) => {
    expect(parseTranscript(lines)).toMatchObject({ ok: false, error: { code: "malformed_transcript", line: 1 } });
  });

  it.each([
    ["text that is no JSON", "hello"],
    [
      "what is nested beyond any stack",
      `{"type":"custom","id":"e1","parentId":"e0","customType":"x","data":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
    ],
    ["a role that gives orders", JSON.stringify({ id: "e1", parentId: "e0", ...message({ ...SAID, role: "system" }) })],
    [
      "a block of no kind",
      JSON.stringify({ id: "e1", parentId: "e0", ...message({ ...SAID, content: [{ type: "x" }] }) }),
    ],
    [
      "an answer without its usage",
      JSON.stringify({ id: "e1", parentId: "e0", ...message({ ...ANSWERED, usage: null }) }),
    ],
    [
      "a field that means nothing to us",
      JSON.stringify({ id: "e1", parentId: "e0", ...message({ ...SAID, more: 1 }) }),
    ],
    ["an entry of another kind", JSON.stringify({ id: "e1", parentId: "e0", type: "branch_summary" })],
    ["an id that is there", JSON.stringify({ id: "e0", parentId: "e0", ...message(SAID) })],
    ["an entry out of its order", JSON.stringify({ id: "e1", parentId: null, ...message(SAID) })],
    ["an id that cannot be one", JSON.stringify({ id: "e 1", parentId: "e0", ...message(SAID) })],
  ])("refuses %s by its line", (_what, line) => {
    const error = { code: "malformed_transcript", line: 3 };
    expect(parseTranscript([HEADER, ...chain(message(SAID)), line])).toMatchObject({ ok: false, error });
  });

  it("refuses a file of a later release, one without entries, and one with too many", () => {
    const later = JSON.stringify({ ...JSON.parse(HEADER), version: 2 });
    expect(parseTranscript([later, "anything"])).toEqual({
      ok: false,
      error: { code: "newer_transcript", version: 2 },
    });
    expect(parseTranscript([HEADER])).toMatchObject({ error: { code: "malformed_transcript", line: 2 } });
    const many = Array.from({ length: TRANSCRIPT_BOUNDS.entriesMax + 1 }, () => "");
    expect(parseTranscript([HEADER, ...many])).toEqual({ ok: false, error: { code: "transcript_too_large" } });
  });

  it("keeps keys that an object has of itself", () => {
    const named = { constructor: "a class", prototype: { toString: 1 }, ["__proto__"]: "x" };
    const call = { type: "toolCall", id: "c1", name: "write", arguments: named };
    const line = chain(message({ ...ANSWERED, content: [call] }))[0] ?? "";
    const parsed = parseTranscript([HEADER, line]);
    expect(parsed.ok && JSON.stringify(parsed.value[0])).toContain(JSON.stringify(named));
  });

  it.each([
    ["a time", chain(message(SAID)).map((line) => line.replace('"timestamp":1', '"timestamp":1e999'))],
    ["a custom entry", [`{"type":"custom","id":"e0","parentId":null,"customType":"x","data":[{"x":-1e999}]}`]],
  ])("refuses a number without end in %s", (_where, lines) => {
    expect(parseTranscript([HEADER, ...lines])).toMatchObject({ ok: false, error: { line: 2 } });
  });

  it.each([
    ["whose call is nowhere", [message(SAID), message(READ)], 3],
    ["that is there twice", [message(ANSWERED), message(READ), message(READ)], 4],
    ["after somebody has spoken", [message(ANSWERED), message(SAID), message(READ)], 4],
    ["of an answer that broke off", [message({ ...ANSWERED, stopReason: "aborted" }), message(READ)], 3],
    ["that a summary keeps without its call", [{ ...SUMMARY, retainedTail: [READ] }], 2],
    ["whose call a summary has taken away", [message(ANSWERED), { ...SUMMARY, retainedTail: [] }, message(READ)], 4],
  ])("refuses a result %s", (_which, entries, line) => {
    const problem = "has the result of a call that is not right before it";
    expect(parseTranscript([HEADER, ...chain(...entries)])).toMatchObject({ error: { line, problem } });
  });

  it("takes a call without result, and results after a summary that keeps their calls", () => {
    const kept = { ...SUMMARY, retainedTail: [SAID, ANSWERED] };
    for (const entries of [
      [message(ANSWERED), message(SAID)],
      [kept, message(READ)],
    ]) {
      expect(parseTranscript([HEADER, ...chain(...entries)])).toMatchObject({ ok: true });
    }
  });

  it("never repeats a word of the file", () => {
    const secret = "canary-of-words";
    const broken = fc.constantFrom(
      secret,
      `{"type":"${secret}"}`,
      `{"id":"${secret}"}`,
      JSON.stringify({ id: "e0", parentId: secret }),
    );
    fc.assert(
      fc.property(fc.nat({ max: GOOD.length - 1 }), broken, (at, line) => {
        const parsed = parseTranscript(GOOD.with(at, line));
        expect(parsed.ok).toBe(false);
        expect(JSON.stringify(parsed)).not.toContain(secret);
      }),
    );
  });
});

it("transcriptLines reads lines as every system ends them", () => {
  expect(transcriptLines("a\r\nb\n\n")).toEqual(["a", "b"]);
});
