/**
 * The place of a key on disk. Every key has its own, also on a disk that ignores case, and none leads out of the
 * folder: a part keeps only `[a-z0-9-]` and dots that do not lead; folders end in `_`, so `a` and `a/b` can both be.
 */
import { S3_BOUNDS } from "../bounds.ts";

const NAMELESS = "_.";

/** The relative path, or null when the key cannot be stored (empty, or longer than S3 or the disk allows). */
export function pathOf(key: string): string | null {
  if (key === "" || Buffer.byteLength(key) > S3_BOUNDS.keyMaxBytes) return null;
  const parts = key.split("/").map(escape);
  const name = parts.pop() ?? "";
  if ([...parts, name].some((part) => part.length > S3_BOUNDS.segmentMax)) return null;
  // A key that ends in "/" names an object too: its file has a name that no part and no folder can have.
  return [...parts.map((part) => `${part}_`), name === "" ? NAMELESS : name].join("/");
}

/** The key that `pathOf` put there. */
export function keyOf(path: string): string {
  const parts = path.split("/");
  const name = parts.pop() ?? "";
  return [...parts.map((part) => unescape(part.slice(0, -1))), name === NAMELESS ? "" : unescape(name)].join("/");
}

function escape(part: string): string {
  let escaped = "";
  for (const byte of Buffer.from(part)) {
    const char = String.fromCharCode(byte);
    const isKept = /[a-z0-9-]/.test(char) || (char === "." && escaped !== "");
    escaped += isKept ? char : `_${byte.toString(16).padStart(2, "0")}`;
  }
  return escaped;
}

function unescape(part: string): string {
  const latin = part.replace(/_(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(latin, "latin1").toString("utf8");
}
