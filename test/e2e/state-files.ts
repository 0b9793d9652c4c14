/** What an assistant has on disk, seen from outside: how much it is, and whether some words are in it. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Every file below a directory; what goes away meanwhile is left out. */
export function filesBelow(dir: string): readonly string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The files below `dir` that hold `words`, in UTF-8 or UTF-16, wherever in them: deleted rows that are still there count. */
export function filesHolding(dir: string, words: string): readonly string[] {
  const forms = [Buffer.from(words, "utf8"), Buffer.from(words, "utf16le")];
  return filesBelow(dir).filter((path) => {
    const content = readIfThere(path);
    return forms.some((form) => content.includes(form));
  });
}

export type Size = { readonly files: number; readonly bytes: number };

/** How much there is below `dir`. */
export function sizeOf(dir: string): Size {
  const files = filesBelow(dir);
  return { files: files.length, bytes: files.reduce((sum, path) => sum + bytesOf(path), 0) };
}

/** The databases of Durable Objects below `dir`, with how many tables each has: one that nothing was written to has none. */
export function tablesBelow(dir: string): ReadonlyMap<string, number> {
  const paths = filesBelow(dir).filter((path) => /\/durable-objects\/.*\/[0-9a-f]{64}\.sqlite$/u.test(path));
  return new Map(paths.map((path) => [path, countTables(path)]));
}

function countTables(path: string): number {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const row = database.prepare("SELECT count(*) AS n FROM sqlite_master WHERE type = 'table'").get();
    return Number(row?.["n"]);
  } finally {
    database.close();
  }
}

function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}

function bytesOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
