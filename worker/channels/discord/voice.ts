/** What Discord wants to be told of a voice message: how long it is and how it looks ("Voice Messages"). */
import { ChannelError } from "../../../protocol/errors.ts";
import type { OutboundFile } from "../../../protocol/outbound.ts";

export type VoiceFacts = {
  /** In seconds. */
  readonly durationS: number;
  /** Base64, one byte a point. */
  readonly waveform: string;
};

/** "Ogg bitstream": the largest page; the last one of a stream is within so many bytes of its end. */
const PAGE_MAX_BYTES = 65_307;
const PAGE_MARK = [0x4f, 0x67, 0x67, 0x53] as const; // "OggS"
const GRANULE_AT = 6;
const SEGMENTS_AT = 26;
/** "RFC 7845": Opus counts samples at 48 kHz whatever it holds; the first of them are not played. */
const SAMPLES_PER_S = 48_000;
const HEAD = "OpusHead";
const PRE_SKIP_AT = 10;
const HEAD_MIN_BYTES = 19;
/** A point each 0.1 s, at most 256: so do Discord's apps. */
const POINTS_PER_S = 10;
const POINTS_MAX = 256;
/** We do not decode what is said, so all of it is as loud. */
const LOUDNESS = 96;

/** Reads an Ogg stream of Opus; null for anything else. Holds two pages of it. Throws `ChannelError` only. */
export async function readVoice(file: OutboundFile): Promise<VoiceFacts | null> {
  const { head, tail } = await readEnds(file);
  const preSkip = preSkipOf(head);
  const samples = lastGranule(tail);
  if (preSkip === null || samples === null || samples <= preSkip) return null;
  const durationS = Math.round(((samples - preSkip) / SAMPLES_PER_S) * 1000) / 1000;
  const points = Math.min(POINTS_MAX, Math.max(1, Math.ceil(durationS * POINTS_PER_S)));
  return { durationS, waveform: btoa(String.fromCharCode(LOUDNESS).repeat(points)) };
}

/** The first and the last bytes; the others are let go. */
async function readEnds(file: OutboundFile): Promise<{ readonly head: Uint8Array; readonly tail: Uint8Array }> {
  const [first, last]: [Uint8Array[], Uint8Array[]] = [[], []];
  let lastBytes = 0;
  try {
    for await (const chunk of await file.open()) {
      if (bytesOf(first) < PAGE_MAX_BYTES) first.push(chunk);
      last.push(chunk);
      lastBytes += chunk.length;
      for (let old = last[0]; old && lastBytes - old.length >= PAGE_MAX_BYTES; old = last[0]) {
        lastBytes -= old.length;
        last.shift();
      }
    }
  } catch (error) {
    if (error instanceof ChannelError) throw error;
    const at = { channel: "discord", method: "voice" };
    throw new ChannelError("channel_unreachable", at, "file not read: it broke off");
  }
  return { head: joined(first), tail: joined(last) };
}

function bytesOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(bytesOf(chunks));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** The first page holds nothing but the head of the stream. */
function preSkipOf(page: Uint8Array): number | null {
  const start = SEGMENTS_AT + 1 + (page[SEGMENTS_AT] ?? 0);
  if (!isPageAt(page, 0) || page.length < start + HEAD_MIN_BYTES) return null;
  const name = new TextDecoder().decode(page.subarray(start, start + HEAD.length));
  return name === HEAD ? viewOf(page).getUint16(start + PRE_SKIP_AT, true) : null;
}

/** The samples up to the end of the last page that tells; one on which no packet ends tells none. */
function lastGranule(tail: Uint8Array): number | null {
  for (let at = tail.length - SEGMENTS_AT - 1; at >= 0; at -= 1) {
    const granule = isPageAt(tail, at) ? viewOf(tail).getBigInt64(at + GRANULE_AT, true) : -1n;
    if (granule >= 0n) return Number(granule);
  }
  return null;
}

function isPageAt(bytes: Uint8Array, at: number): boolean {
  return PAGE_MARK.every((byte, index) => bytes[at + index] === byte) && bytes[at + PAGE_MARK.length] === 0;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
