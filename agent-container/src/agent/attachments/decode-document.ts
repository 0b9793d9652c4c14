/** The text of a document, whatever it is called: Unicode by its form or its mark, else the old Windows one. Pure. */

/** Control characters that texts have: tab, line feed, vertical tab, form feed, carriage return, escape. */
const TEXT_CONTROLS = new Set([0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1b]);
/** Windows-1252 from byte 0x80 to 0x9F, a space where it has nothing; the rest is Latin-1. Not every Node knows it. */
const WINDOWS = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";
const WINDOWS_FROM = 0x80;

/** Null for what is not text: pictures, archives, programs. A byte order mark is not part of the text. */
export function decodeDocument(content: Uint8Array): string | null {
  const [first, second] = content;
  if (first === 0xff && second === 0xfe) return decode("utf-16le", content);
  if (first === 0xfe && second === 0xff) return decode("utf-16be", content);
  // Spreadsheets of European offices come in the old one, which nearly any bytes could be: only what looks like text is.
  return decode("utf-8", content) ?? decodeWindows(content);
}

function decode(encoding: string, content: Uint8Array): string | null {
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(content);
    return text.includes("\0") ? null : text;
  } catch {
    return null;
  }
}

function decodeWindows(content: Uint8Array): string | null {
  const isText = content.every((byte) => (byte >= 0x20 || TEXT_CONTROLS.has(byte)) && windowsChar(byte) !== " ");
  if (!isText) return null;
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString("latin1");
  return text.replaceAll(/[\u0080-\u009F]/g, (char) => windowsChar(char.charCodeAt(0)) ?? char);
}

/** Undefined outside of the part that is not Latin-1. */
function windowsChar(byte: number): string | undefined {
  return WINDOWS[byte - WINDOWS_FROM];
}
