/** A manifest names every file of a tree with the hash of its content. Immutable, and named by its own hash. */
import { createHash } from "node:crypto";
import * as v from "valibot";
import { StorageError } from "../../../protocol/errors.ts";
import { count } from "../../../protocol/schema.ts";
import { parseWorkspacePath, type WorkspacePath } from "./path.ts";

/** A file's content: its SHA-256 in lower-case hex, which is also its blob's name, and its size. */
export type FileEntry = { readonly hash: string; readonly bytes: number };
export type Manifest = ReadonlyMap<WorkspacePath, FileEntry>;

/** A file as a person sees it in a list. */
export type FileInfo = { readonly path: string; readonly bytes: number };

const row = v.tuple([v.string(), v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)), count]);
const document = v.object({ v: v.literal(1), files: v.array(row) });

/** SHA-256 in lower-case hex. */
export function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Describes a content. */
export function entryOf(content: Uint8Array): FileEntry {
  return { hash: sha256(content), bytes: content.byteLength };
}

/** SHA-256 of nothing. */
export const EMPTY_HASH = sha256("");

/** Whether both are the same content, or both no file. */
export function isSameEntry(left: FileEntry | undefined, right: FileEntry | undefined): boolean {
  return left?.hash === right?.hash;
}

/** Whether both name the same files with the same contents. */
export function isSameManifest(left: Manifest, right: Manifest): boolean {
  if (left === right) return true;
  if (left.size !== right.size) return false;
  for (const [path, entry] of left) if (!isSameEntry(entry, right.get(path))) return false;
  return true;
}

/** The files of some manifests, by name. */
export function listFiles(manifests: readonly Manifest[]): readonly FileInfo[] {
  const files = manifests.flatMap((manifest) => [...manifest]).map(([path, { bytes }]) => ({ path, bytes }));
  return files.toSorted((left, right) => (left.path < right.path ? -1 : 1));
}

/** The one canonical text of a manifest and its id, which is the text's hash. */
export function formatManifest(files: Manifest): { readonly id: string; readonly text: string } {
  const rows = [...files].map(([path, { hash, bytes }]) => [path, hash, bytes] as const);
  rows.sort(([left], [right]) => (left < right ? -1 : 1));
  const text = JSON.stringify({ v: 1, files: rows });
  return { id: sha256(text), text };
}

/** Reads a stored manifest and checks it against its id. Throws `StorageError` when it is damaged. */
export function parseManifest(id: string, text: string): Manifest {
  if (sha256(text) !== id) throw new StorageError("storage_unavailable", `manifest ${id} is damaged`);
  const { files } = v.parse(document, JSON.parse(text));
  return new Map(
    files.map(([name, hash, bytes]) => {
      const path = parseWorkspacePath(name);
      if (!path.ok) throw new StorageError("storage_unavailable", `manifest ${id} names a file that cannot be`);
      return [path.value, { hash, bytes }] as const;
    }),
  );
}
