/** Files that only their owner may read: written whole or not at all. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";

/** Replaces `path` by `text`, mode 0600. A reader sees the old file or the new one, also after a crash. */
export function writePrivateFile(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text, { mode: 0o600, flush: true });
  renameSync(temporary, path);
}

/** The text of `path`, or null if there is no such file. */
export function readFileIfAny(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
