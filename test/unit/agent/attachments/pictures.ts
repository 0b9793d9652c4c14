/** Pictures for tests: what a real one begins with, and as many bytes as wanted. */

const HEADS = {
  jpeg: Buffer.from([0xff, 0xd8, 0xff, 0xe0]),
  png: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
  gif: Buffer.from("GIF89a"),
  webp: Buffer.from("RIFF\u0010\0\0\0WEBPVP8 "),
} as const;

export function pictureOf(kind: keyof typeof HEADS, bytes = 100, fill = 0): Buffer<ArrayBuffer> {
  return Buffer.concat([HEADS[kind], Buffer.alloc(bytes - HEADS[kind].length, fill)]);
}
