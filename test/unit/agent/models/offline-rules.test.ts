import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { replyTo } from "../../../../agent-container/src/agent/models/offline-rules.ts";

function said(words: string[], results: { text: string; failed: boolean }[] = [], brought: string[] = []): string {
  const reply = replyTo({ words, brought, now: null }, results);
  return reply.kind === "say" ? reply.text : `${reply.tool} ${JSON.stringify(reply.args)}`;
}

describe("replyTo", () => {
  it("greets", () => {
    expect(said(["Hello there"])).toMatch(/^Hello!.*$/);
  });

  it("reads the memory and writes it back with the note", () => {
    const request = ["Please remember that I  like tea"];
    const memory = { text: "# Memory\n- one\n", failed: false };
    expect(said(request)).toBe('read {"path":"MEMORY.md"}');
    expect(said(request, [memory])).toBe('write {"path":"MEMORY.md","content":"# Memory\\n- one\\n- I like tea\\n"}');
    expect(said(request, [memory, { text: "ok", failed: false }])).toBe("I will remember: I like tea");
    expect(said(request, [memory, { text: "read only", failed: true }])).toMatch(/^I could not write that down/);
  });

  it("starts a memory where there is none", () => {
    const missing = { text: "no such file", failed: true };
    expect(said(["remember: tea"], [missing])).toBe('write {"path":"MEMORY.md","content":"# Memory\\n- tea\\n"}');
    expect(said(["what do you remember?"], [missing])).toMatch(/^I remember nothing yet/);
  });

  it("reads files, tells the time and the status through the tools", () => {
    expect(said(["read notes/today.md"])).toBe('read {"path":"notes/today.md"}');
    expect(said(["what time is it?"])).toBe("session_status {}");
    expect(said(["what time is it?"], [{ text: "time: Sunday 12:00\nmodel: x", failed: false }])).toMatch(
      /^It is Sunday 12:00\./,
    );
    expect(said(["status"], [{ text: "model: x", failed: false }])).toBe("model: x");
  });

  it("repeats what it does not understand, all of what came together", () => {
    expect(said(["one", "two"])).toBe("You wrote: one / two");
  });

  it("follows the last of several messages, and says what it did not act on", () => {
    const together = ["remember tea", "offer red or blue"];
    expect(said(together)).toMatch(/^offer_choices /);
    expect(said(together, [{ text: "ok", failed: false }])).toBe(
      "Which one?\n\nI did not act on what came before: remember tea",
    );
  });

  it("says that it was interrupted, in words of its own, and writes nothing on the strength of that", () => {
    const interrupted = {
      text: "# Mem\n[Tool execution was interrupted. The preceding output is the latest durable progress snapshot.]",
      failed: true,
    };
    const requests = ["read a.md", "send a.md", "offer a or b", "status", "what time is it?", "remember tea"];
    const answers = requests.map((request) => said([request], [interrupted]));
    expect(new Set(answers)).toEqual(new Set(["I was interrupted, and may not have done it. Please ask again."]));
    expect(said(["read a.md"], [{ ...interrupted, failed: false }])).toMatch(/^a\.md:\n\n# Mem/);
  });

  it("sends a file and offers choices through the tools", () => {
    expect(said(["send me the file notes.md"])).toBe('attach_file {"path":"notes.md"}');
    expect(said(["Send memory/a.md please"], [{ text: "ok", failed: false }])).toBe("Here is memory/a.md.");
    expect(said(["send me nope.md"], [{ text: "There is none.", failed: true }])).toBe(
      "I could not send nope.md: There is none.",
    );
    const choices = '{"choices":[{"label":"red"},{"label":"dark green"},{"label":"blue"}]}';
    expect(said(["offer red, dark green or blue?"])).toBe(`offer_choices ${choices}`);
    expect(said(["offer red or blue"], [{ text: "ok", failed: false }])).toBe("Which one?");
  });

  it("says what it got besides words, with or without words", () => {
    expect(said([], [], ["image cat.jpg (12 KB)"])).toBe("You sent: image cat.jpg (12 KB)");
    expect(said(["look"], [], ["voice", "location"])).toBe("You sent: voice; location\nYou wrote: look");
  });

  it("always ends: after at most two tools it says something", () => {
    const result = fc.record({ text: fc.string(), failed: fc.boolean() });
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(result, { minLength: 2 }), (words, results) => {
        expect(replyTo({ words, brought: [], now: null }, results).kind).toBe("say");
      }),
    );
  });
});
