/** Ogg streams of Opus as a recorder makes them, made by hand. */

const PAGE_HEAD_BYTES = 27;
const NO_PACKET_ENDS = -1n;

/** `seconds` of it in pages of `pageS` seconds; `pageBytes` of content each. */
export function oggOpus(
  seconds: number,
  { preSkip = 312, pageS = 1, pageBytes = 300 }: { preSkip?: number; pageS?: number; pageBytes?: number } = {},
): Uint8Array {
  const samples = Math.round(seconds * 48_000) + preSkip;
  const pages = Math.max(1, Math.ceil(seconds / pageS));
  const sound = Array.from({ length: pages }, (_, index) =>
    page(BigInt(Math.min(samples, Math.round((index + 1) * pageS * 48_000) + preSkip)), filler(pageBytes, index)),
  );
  return Buffer.concat([page(0n, head(preSkip)), page(0n, Buffer.from("OpusTags")), ...sound]);
}

/** A page on which a packet goes on that ends later. */
export function unfinishedPage(): Uint8Array {
  return page(NO_PACKET_ENDS, filler(100, 7));
}

function head(preSkip: number): Buffer {
  const bytes = Buffer.alloc(19);
  bytes.write("OpusHead");
  bytes.writeUInt8(1, 8);
  bytes.writeUInt8(1, 9);
  bytes.writeUInt16LE(preSkip, 10);
  bytes.writeUInt32LE(48_000, 12);
  return bytes;
}

function filler(bytes: number, seed: number): Buffer {
  return Buffer.from(Array.from({ length: bytes }, (_, index) => (index * 31 + seed) % 251));
}

function page(granule: bigint, content: Buffer): Buffer {
  const segments = Array.from({ length: Math.floor(content.length / 255) + 1 }, (_, index) =>
    Math.min(255, content.length - index * 255),
  );
  const start = Buffer.alloc(PAGE_HEAD_BYTES);
  start.write("OggS");
  start.writeBigInt64LE(granule, 6);
  start.writeUInt8(segments.length, 26);
  return Buffer.concat([start, Buffer.from(segments), content]);
}
