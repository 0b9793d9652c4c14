import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pdfClaimOf, pictureTypeOf } from "../../../../agent-container/src/agent/attachments/media-type.ts";
import { pdfOf } from "./pdf.ts";
import { pictureOf } from "./pictures.ts";

describe("pictureTypeOf", () => {
  it.each(["jpeg", "png", "gif", "webp"] as const)("knows a %s by its first bytes", (kind) => {
    expect(pictureTypeOf(pictureOf(kind))).toBe(`image/${kind}`);
  });

  it("takes nothing else for a picture: no text, no sound, no beginning of one, nothing at all", () => {
    const others = ["", "GIF", "RIFF....WAVE", "<svg>", "%PDF-1.4", "\u0089PNG\r\n"].map((text) =>
      Buffer.from(text, "latin1"),
    );
    expect(others.map(pictureTypeOf)).toEqual(others.map(() => null));
  });

  it("can be asked about anything", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (content) => {
        expect([null, "image/jpeg", "image/png", "image/gif", "image/webp"]).toContain(pictureTypeOf(content));
        expect(["yes", "maybe", "no"]).toContain(pdfClaimOf(content));
      }),
    );
  });
});

describe("pdfClaimOf", () => {
  it("finds the head at the beginning, and a little way behind other bytes", () => {
    expect(pdfClaimOf(pdfOf(["x"]))).toBe("yes");
    expect(pdfClaimOf(Buffer.concat([Buffer.alloc(900, 0x20), pdfOf(["x"])]))).toBe("maybe");
    expect(pdfClaimOf(Buffer.from("about %PDF and others"))).toBe("no");
  });
});
