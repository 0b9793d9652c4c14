/**
 * The text of a document, whatever it is called: Unicode by its form or its mark, else the old Windows one. All of it is
 * looked at, for one bad byte tells that it is no text, but in slices: others get their turn meanwhile, and only the
 * beginning is kept.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { ATTACHMENT_BOUNDS } from "../bounds.ts";

/** A text by its beginning. */
export type DocumentText = {
  readonly head: string;
  /** Length of the whole, in UTF-16 units. */
  readonly length: number;
  /** Nothing but white space. */
  readonly isBlank: boolean;
};

/** Decodes the next slice, or ends without one. Throws for what is no text in this encoding. */
type Decoder = (slice?: Uint8Array) => string;

/** Control characters that texts have: tab, line feed, vertical tab, form feed, carriage return, escape. */
const TEXT_CONTROLS = new Set([0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1b]);
/** Windows-1252 from byte 0x80 to 0x9F, a space where it has nothing; the rest is Latin-1. Not every Node knows it. */
const WINDOWS = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";
const WINDOWS_FROM = 0x80;
/** For each byte, 1 when it stands for something in a Windows text. */
const WINDOWS_TEXT = Uint8Array.from({ length: 0x1_00 }, (_, byte) =>
  (byte >= 0x20 || TEXT_CONTROLS.has(byte)) && WINDOWS[byte - WINDOWS_FROM] !== " " ? 1 : 0,
);

/**
 * The first `headMax` UTF-16 units. Null for what is not text: pictures, archives, programs. A byte order mark is not
 * part of the text.
 */
export async function decodeDocument(content: Uint8Array, headMax: number): Promise<DocumentText | null> {
  const [first, second] = content;
  if (first === 0xff && second === 0xfe) return decode(content, unicode("utf-16le"), headMax);
  if (first === 0xfe && second === 0xff) return decode(content, unicode("utf-16be"), headMax);
  // Spreadsheets of European offices come in the old one, which nearly any bytes could be: only what looks like text is.
  return (await decode(content, unicode("utf-8"), headMax)) ?? (await decode(content, windows(headMax), headMax));
}

async function decode(content: Uint8Array, decoder: Decoder, headMax: number): Promise<DocumentText | null> {
  let text: DocumentText = { head: "", length: 0, isBlank: true };
  try {
    for (let at = 0; at < content.byteLength; at += ATTACHMENT_BOUNDS.decodeSliceBytes) {
      text = longer(text, decoder(content.subarray(at, at + ATTACHMENT_BOUNDS.decodeSliceBytes)), headMax);
      await nextTurn();
    }
    return longer(text, decoder(), headMax);
  } catch {
    return null;
  }
}

function longer({ head, length, isBlank }: DocumentText, piece: string, headMax: number): DocumentText {
  return {
    head: head.length < headMax ? (head + piece).slice(0, headMax) : head,
    length: length + piece.length,
    isBlank: isBlank && piece.trim() === "",
  };
}

function unicode(encoding: string): Decoder {
  const decoder = new TextDecoder(encoding, { fatal: true });
  return (slice) => {
    const piece = slice === undefined ? decoder.decode() : decoder.decode(slice, { stream: true });
    if (piece.includes("\0")) throw new TypeError("a NUL is no text");
    return piece;
  };
}

/** Looks its characters up only as far as they are kept. */
function windows(headMax: number): Decoder {
  let left = headMax;
  return (slice = new Uint8Array()) => {
    if (!slice.every((byte) => WINDOWS_TEXT[byte] === 1)) throw new TypeError("no text in Windows-1252");
    const latin = Buffer.from(slice.buffer, slice.byteOffset, slice.byteLength).toString("latin1");
    const kept = latin.slice(0, left).replaceAll(/[\u0080-\u009F]/g, windowsChar);
    const rest = latin.slice(left);
    left = Math.max(0, left - slice.byteLength);
    return kept + rest;
  };
}

function windowsChar(char: string): string {
  return WINDOWS[char.charCodeAt(0) - WINDOWS_FROM] ?? char;
}
