/** What a content is by its first bytes; what its sender calls it counts for nothing. Pure. */

export type PictureType = "image/jpeg" | "image/png" | "image/gif" | "image/webp";

/** A PDF may have other bytes before its head: so many, in the readers that everybody has. */
const PDF_HEAD_MAX = 1_024;

/** The kinds of pictures that models take; null for everything else. */
export function pictureTypeOf(content: Uint8Array): PictureType | null {
  if (startsWith(content, [0xff, 0xd8, 0xff])) return "image/jpeg";
  if (startsWith(content, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return "image/png";
  if (["GIF87a", "GIF89a"].includes(asciiOf(content, 0, 6))) return "image/gif";
  if (asciiOf(content, 0, 4) === "RIFF" && asciiOf(content, 8, 12) === "WEBP") return "image/webp";
  return null;
}

/** Whether a content says that it is a PDF; `maybe` if so only after something else, as a text about PDFs does too. */
export function pdfClaimOf(content: Uint8Array): "yes" | "maybe" | "no" {
  const at = asciiOf(content, 0, PDF_HEAD_MAX).indexOf("%PDF-");
  if (at === -1) return "no";
  return at === 0 ? "yes" : "maybe";
}

/** Bytes as characters, one each. */
export function asciiOf(content: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...content.subarray(from, to));
}

function startsWith(content: Uint8Array, bytes: readonly number[]): boolean {
  return bytes.every((byte, at) => content[at] === byte);
}
