/** The text of a document, whatever it is called: Unicode by its form or its mark, else the old Windows one. Pure. */

/** Control characters that texts have: tab, line feed, vertical tab, form feed, carriage return, escape. */
const TEXT_CONTROLS = new Set([0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1b]);
/** Bytes that Windows-1252 leaves open. */
const NOT_WINDOWS = new Set([0x7f, 0x81, 0x8d, 0x8f, 0x90, 0x9d]);

/** Null for what is not text: pictures, archives, programs. A byte order mark is not part of the text. */
export function decodeDocument(content: Uint8Array): string | null {
  const [first, second] = content;
  if (first === 0xff && second === 0xfe) return decode("utf-16le", content);
  if (first === 0xfe && second === 0xff) return decode("utf-16be", content);
  // Spreadsheets of European offices come in it, and it says of nothing that it is wrong.
  return decode("utf-8", content) ?? (hasTextBytesOnly(content) ? decode("windows-1252", content) : null);
}

function decode(encoding: string, content: Uint8Array): string | null {
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(content);
    return text.includes("\0") ? null : text;
  } catch {
    return null;
  }
}

function hasTextBytesOnly(content: Uint8Array): boolean {
  return content.every((byte) => (byte >= 0x20 || TEXT_CONTROLS.has(byte)) && !NOT_WINDOWS.has(byte));
}
