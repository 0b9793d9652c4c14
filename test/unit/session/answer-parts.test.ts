import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { composeAnswer, isSilent } from "../../../durable-objects/channel-session/answer-parts.ts";
import type { AnswerFile } from "../../../protocol/turn-event.ts";
import { readLines } from "../../../worker/channels/text/lines.ts";

const LIMITS = { textMax: 100, linesMax: null, captionMax: 40, filesMax: 3, fileMaxBytes: 1_000, showsButtons: true };
const CHOICES = [[{ label: "Yes", value: "yes" }]];
const NEW = { isTextShown: false, language: "en" } as const;
const SHOWN = { ...NEW, isTextShown: true };

function file(kind: AnswerFile["kind"], name: string, bytes = 10): AnswerFile {
  return { kind, name, mimeType: "application/octet-stream", hash: "0".repeat(64), bytes };
}

const shown = (parts: ReturnType<typeof composeAnswer>) =>
  parts.map(({ markdown, files, buttons }) => [markdown, files.map(({ name }) => name).join("+"), buttons.length]);

describe("an answer", () => {
  it("that is a text is divided as its channel wants it, with the buttons under its end", () => {
    const text = Array.from({ length: 9 }, (_, line) => `Paragraph ${line} of a longer text.`).join("\n\n");
    const parts = composeAnswer({ text, buttons: CHOICES }, LIMITS, NEW);
    expect(parts.length).toBeGreaterThan(2);
    expect(parts.map(({ buttons }) => buttons.length)).toEqual(
      parts.map((_, index) => (index === parts.length - 1 ? 1 : 0)),
    );
  });

  it("with files carries a short text as their caption, and a long one before them", () => {
    const files = [file("photo", "a"), file("video", "b")];
    expect(shown(composeAnswer({ text: "Here.", files }, LIMITS, NEW))).toEqual([["Here.", "a+b", 0]]);
    const long = "A text that is longer than a caption can be.";
    expect(shown(composeAnswer({ text: long, files }, LIMITS, NEW))).toEqual([
      [long, "", 0],
      ["", "a+b", 0],
    ]);
  });

  it("whose text is on screen already leaves it there and sends the files after it", () => {
    const parts = composeAnswer({ text: "Here.", files: [file("photo", "a")] }, LIMITS, SHOWN);
    expect(shown(parts)).toEqual([
      ["Here.", "", 0],
      ["", "a", 0],
    ]);
  });

  it("shows together what can be shown together, in order", () => {
    const files = [
      file("photo", "a"),
      file("photo", "b"),
      file("video", "c"),
      file("photo", "d"),
      file("document", "e"),
      file("voice", "f"),
      file("voice", "g"),
      file("document", "h"),
    ];
    expect(shown(composeAnswer({ text: "", files }, LIMITS, NEW)).map(([, names]) => names)).toEqual([
      "a+b+c",
      "d",
      "e",
      "f",
      "g",
      "h",
    ]);
  });

  it("says which files the platform does not take", () => {
    const files = [file("document", "huge.zip", 5_000), file("document", "empty.txt", 0), file("document", "ok.txt")];
    const [text] = composeAnswer({ text: "Here.", files }, { ...LIMITS, captionMax: 0 }, NEW);
    expect(text?.markdown).toMatch(/Here\.\n\n.*`huge\.zip`, `empty\.txt`/);
  });

  it("of nothing but buttons has a text that they hang on", () => {
    expect(shown(composeAnswer({ text: "", buttons: CHOICES }, LIMITS, NEW))).toEqual([["👇", "", 1]]);
  });

  it("lists its choices where there are no buttons", () => {
    const [part] = composeAnswer({ text: "Which?", buttons: CHOICES }, { ...LIMITS, showsButtons: false }, NEW);
    expect(part).toMatchObject({ markdown: "Which?\n\n- Yes", buttons: [] });
  });

  it("has its footer below the text, however the text ends", () => {
    const footer = "🧮 12 in, 3 out";
    const answer = (text: string) =>
      composeAnswer({ text }, LIMITS, { ...NEW, footer }).map(({ markdown }) => markdown);
    expect(answer("Done.")).toEqual([`Done.\n\n${footer}`]);
    expect(answer("```js\nrun()\n```")).toEqual([`\`\`\`js\nrun()\n\`\`\`\n\n${footer}`]);
    expect(answer("```js\nrun()")).toEqual([`\`\`\`js\nrun()\n\`\`\`\n\n${footer}`]);
    expect(answer("- ~~~~\n  run()")).toEqual([`- ~~~~\n  run()\n  ~~~~\n\n${footer}`]);
  });

  it("of files alone has its footer as their caption", () => {
    const parts = composeAnswer({ text: "", files: [file("photo", "a")] }, LIMITS, { ...NEW, footer: "🧮" });
    expect(shown(parts)).toEqual([["🧮", "a", 0]]);
  });

  it("never has a footer inside of a code block", () => {
    const words = fc.constantFrom("```", "~~~", "````", "- ", "> ", "\n", "\n\n", "    ", "x", "1. ");
    fc.assert(
      fc.property(fc.array(words, { maxLength: 30 }), (pieces) => {
        const parts = composeAnswer(
          { text: pieces.join("") },
          { ...LIMITS, textMax: 10_000 },
          { ...NEW, footer: "FOOTER" },
        );
        const inCode = readLines(parts.map(({ markdown }) => markdown).join("\n")).filter(
          ({ role }) => role === "code",
        );
        expect(inCode.map(({ text }) => text).join()).not.toContain("FOOTER");
      }),
    );
  });

  it("is silent only without text, files and buttons", () => {
    expect(isSilent({ text: " \n" })).toBe(true);
    expect(isSilent({ text: "", files: [file("photo", "a")] })).toBe(false);
    expect(isSilent({ text: "", buttons: CHOICES })).toBe(false);
  });

  it("loses no file and no button, whatever it is made of", () => {
    const files = fc.array(
      fc.record({
        kind: fc.constantFrom("photo", "video", "audio", "voice", "document" as const),
        bytes: fc.integer({ min: 1, max: 1_000 }),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), files, fc.boolean(), fc.boolean(), (text, kinds, asks, isShown) => {
        const content = {
          text,
          files: kinds.map(({ kind, bytes }, index) => file(kind, `f${index}`, bytes)),
          ...(asks && { buttons: CHOICES }),
        };
        const parts = composeAnswer(content, LIMITS, { ...NEW, isTextShown: isShown });
        expect(parts.flatMap((part) => part.files)).toEqual(content.files);
        expect(parts.flatMap((part) => part.buttons)).toEqual(asks ? CHOICES : []);
        for (const part of parts) {
          expect(part.markdown.length).toBeLessThanOrEqual(part.files.length > 0 ? LIMITS.captionMax : LIMITS.textMax);
          expect(part.files.length).toBeLessThanOrEqual(LIMITS.filesMax);
          expect(part.buttons.length === 0 || part.files.length <= 1).toBe(true);
        }
      }),
    );
  });
});
