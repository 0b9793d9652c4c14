import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeDocument } from "../../../../agent-container/src/agent/attachments/decode-document.ts";
import { ATTACHMENT_BOUNDS } from "../../../../agent-container/src/agent/bounds.ts";
import { pictureOf } from "./pictures.ts";

const text = "Größe: 5 €\nΩ 🎲";

/** UTF-16, the least significant byte first, after the mark that says so. */
function utf16(order: "little" | "big"): Buffer {
  const bytes = Buffer.from(`\uFEFF${text}`, "utf16le");
  return order === "little" ? bytes : bytes.swap16();
}

/** The whole text. */
async function textOf(content: Uint8Array): Promise<string | null> {
  return (await decodeDocument(content, Infinity))?.head ?? null;
}

const { decodeSliceBytes } = ATTACHMENT_BOUNDS;

describe("decodeDocument", () => {
  it("reads UTF-8 and UTF-16, and leaves out the byte order mark", async () => {
    expect(await textOf(Buffer.from(text))).toBe(text);
    expect(await textOf(Buffer.from(`\uFEFF${text}`))).toBe(text);
    expect(await textOf(utf16("little"))).toBe(text);
    expect(await textOf(utf16("big"))).toBe(text);
  });

  it("reads what an old spreadsheet wrote", async () => {
    expect(await textOf(Buffer.from([0x47, 0x72, 0xf6, 0xdf, 0x65, 0x3b, 0x80, 0x0d, 0x0a]))).toBe("Größe;€\r\n");
  });

  it("knows every character of the old encoding", async () => {
    const defined = Array.from({ length: 0x80 }, (_, at) => at + 0x80).filter(
      (byte) => ![0x81, 0x8d, 0x8f, 0x90, 0x9d].includes(byte),
    );
    const content = Buffer.from(defined);
    expect(await textOf(content)).toBe(new TextDecoder("windows-1252").decode(content));
    expect(await textOf(Buffer.from([0xe4, 0x81]))).toBeNull();
  });

  it("takes no picture, archive or program for a text, whatever its name", async () => {
    const others = [
      pictureOf("jpeg"),
      Buffer.from([0x1f, 0x8b, 0x08, 0xff, 0xfe, 0x12]),
      Buffer.from([0xff, 0xfe, 0x00, 0xd8]),
      Buffer.from("text\0text"),
      Buffer.from([0xff, 0xfe, 0x41, 0x00, 0x00, 0x00]),
    ];
    expect(await Promise.all(others.map(textOf))).toEqual(others.map(() => null));
  });

  it.each([
    ["Unicode", Buffer.from("a€🎲".repeat(decodeSliceBytes / 4))],
    ["the old encoding", Buffer.alloc(2.5 * decodeSliceBytes, 0x93)],
  ])("keeps only the beginning of a long text in %s, and lets others have their turn meanwhile", async (_, content) => {
    let turns = 0;
    let isDone = false;
    const count = () => {
      turns += 1;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    const found = await decodeDocument(content, 100);
    isDone = true;
    const whole = new TextDecoder(content[0] === 0x93 ? "windows-1252" : "utf-8").decode(content);
    expect(found).toEqual({ head: whole.slice(0, 100), length: whole.length, isBlank: false });
    expect(turns).toBeGreaterThanOrEqual(2);
  });

  it("reads what lies across two slices, and looks at the last byte", async () => {
    const before = "x".repeat(decodeSliceBytes - 1);
    expect(await textOf(Buffer.from(`${before}€!`))).toBe(`${before}€!`);
    expect(await textOf(Buffer.from(`${before}€!`).subarray(0, -2))).toBe(`${before}â‚`);
    expect(await textOf(Buffer.from(`${before}é\0`))).toBeNull();
    expect(await textOf(Buffer.concat([Buffer.from(before), Buffer.from([0xe4, 0x01])]))).toBeNull();
  });

  it("tells whether there is anything in it", async () => {
    const space = " \n".repeat(decodeSliceBytes);
    expect(await decodeDocument(Buffer.from(space), 1)).toMatchObject({ isBlank: true });
    expect(await decodeDocument(Buffer.from(`${space}.`), 1)).toMatchObject({ isBlank: false });
    expect(await decodeDocument(Buffer.from(""), 1)).toEqual({ head: "", length: 0, isBlank: true });
  });

  it("gives back every text without a NUL, and never throws", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (any) => {
        fc.pre(!any.includes("\0") && !any.startsWith("\uFEFF"));
        expect(await textOf(Buffer.from(any))).toBe(any);
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), async (content) => {
        expect((await textOf(content)) ?? "").not.toContain("\0");
      }),
    );
  });
});
