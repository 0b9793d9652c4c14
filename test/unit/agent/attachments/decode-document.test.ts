import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeDocument } from "../../../../agent-container/src/agent/attachments/decode-document.ts";
import { pictureOf } from "./pictures.ts";

const text = "Größe: 5 €\nΩ 🎲";

/** UTF-16, the least significant byte first, after the mark that says so. */
function utf16(order: "little" | "big"): Buffer {
  const bytes = Buffer.from(`\uFEFF${text}`, "utf16le");
  return order === "little" ? bytes : bytes.swap16();
}

describe("decodeDocument", () => {
  it("reads UTF-8 and UTF-16, and leaves out the byte order mark", () => {
    expect(decodeDocument(Buffer.from(text))).toBe(text);
    expect(decodeDocument(Buffer.from(`\uFEFF${text}`))).toBe(text);
    expect(decodeDocument(utf16("little"))).toBe(text);
    expect(decodeDocument(utf16("big"))).toBe(text);
  });

  it("reads what an old spreadsheet wrote", () => {
    expect(decodeDocument(Buffer.from([0x47, 0x72, 0xf6, 0xdf, 0x65, 0x3b, 0x80, 0x0d, 0x0a]))).toBe("Größe;€\r\n");
  });

  it("knows every character of the old encoding", () => {
    const defined = Array.from({ length: 0x80 }, (_, at) => at + 0x80).filter(
      (byte) => ![0x81, 0x8d, 0x8f, 0x90, 0x9d].includes(byte),
    );
    const content = Buffer.from(defined);
    expect(decodeDocument(content)).toBe(new TextDecoder("windows-1252").decode(content));
    expect(decodeDocument(Buffer.from([0xe4, 0x81]))).toBeNull();
  });

  it("takes no picture, archive or program for a text, whatever its name", () => {
    const others = [
      pictureOf("jpeg"),
      Buffer.from([0x1f, 0x8b, 0x08, 0xff, 0xfe, 0x12]),
      Buffer.from([0xff, 0xfe, 0x00, 0xd8]),
      Buffer.from("text\0text"),
      Buffer.from([0xff, 0xfe, 0x41, 0x00, 0x00, 0x00]),
    ];
    expect(others.map(decodeDocument)).toEqual(others.map(() => null));
  });

  it("gives back every text without a NUL, and never throws", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (any) => {
        fc.pre(!any.includes("\0") && !any.startsWith("\uFEFF"));
        expect(decodeDocument(Buffer.from(any))).toBe(any);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array(), (content) => {
        expect(decodeDocument(content) ?? "").not.toContain("\0");
      }),
    );
  });
});
