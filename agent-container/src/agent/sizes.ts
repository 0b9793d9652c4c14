/** Sizes of files and lengths of texts: as people read them, and cut to measure. Pure. */

/** For example `512 bytes`, `1.2 KB`, `3 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${String(bytes)} bytes`;
  const [size, unit] = bytes < 999_950 ? [bytes / 1_000, "KB"] : [bytes / 1_000_000, "MB"];
  return `${size.toFixed(1).replace(/\.0$/, "")} ${unit}`;
}

/** The beginning of a text that has at most `bytesMax` in UTF-8, cut between characters. */
export function cutToBytes(text: string, bytesMax: number): string {
  const start = text.slice(0, bytesMax);
  if (Buffer.byteLength(start) <= bytesMax) return start.replace(/[\uD800-\uDBFF]$/, "");
  return Buffer.from(start)
    .subarray(0, bytesMax)
    .toString()
    .replace(/\uFFFD+$/, "");
}
