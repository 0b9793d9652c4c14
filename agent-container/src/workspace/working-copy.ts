/**
 * Files of a workspace on disk, below one folder that belongs to one turn at a time. A file appears when it is first
 * read or written; what is there is remembered by hash. Symbolic links are never followed.
 */
import { constants } from "node:fs";
import { lstat, mkdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { StorageError } from "../../../protocol/errors.ts";
import type { Bytes } from "./s3-client.ts";
import { entryOf, type FileEntry, type Manifest } from "./manifest.ts";
import type { WorkspacePath } from "./path.ts";

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
/** Of what the space may not change. */
const READ_ONLY_MODE = 0o400;

export type CopiedFile = { readonly content: Bytes; readonly isReadOnly: boolean };

/** Numbers the folders of this process. */
let copies = 0;

/** One working copy. Methods throw `StorageError` when the disk fails. */
export class WorkingCopy {
  /** The folder that holds the files. */
  readonly root: string;
  readonly #incoming: string;
  readonly #present = new Map<WorkspacePath, string>();
  #written = 0;

  private constructor(folder: string) {
    this.root = join(folder, "files");
    this.#incoming = join(folder, "incoming");
  }

  /** Makes an empty working copy below `workDir`. */
  static async create(workDir: string): Promise<WorkingCopy> {
    copies += 1;
    const folder = join(workDir, `workspace-${copies}`);
    return onDisk(async () => {
      await rm(folder, { recursive: true, force: true });
      const copy = new WorkingCopy(folder);
      await mkdir(copy.root, { recursive: true, mode: FOLDER_MODE });
      await mkdir(copy.#incoming, { mode: FOLDER_MODE });
      return copy;
    });
  }

  /** The content of a file if the disk has exactly this version of it, else null. */
  async read(path: WorkspacePath, entry: FileEntry): Promise<Bytes | null> {
    if (this.#present.get(path) !== entry.hash) return null;
    try {
      await this.#walkFolders(path, "check");
      const content = await readFile(join(this.root, path), { flag: constants.O_RDONLY | constants.O_NOFOLLOW });
      return entryOf(content).hash === entry.hash ? content : null;
    } catch {
      return null; // removed or replaced behind our back: it can be fetched again
    }
  }

  /** Puts a file in place at once: a reader sees the old or the new content, and a link is replaced, not followed. */
  async write(path: WorkspacePath, entry: FileEntry, { content, isReadOnly }: CopiedFile): Promise<void> {
    this.#written += 1;
    const incoming = join(this.#incoming, String(this.#written));
    this.#present.delete(path);
    await onDisk(async () => {
      await this.#walkFolders(path, "make");
      await writeFile(incoming, content, { mode: isReadOnly ? READ_ONLY_MODE : FILE_MODE, flag: "wx" });
      await rename(incoming, join(this.root, path));
    });
    this.#present.set(path, entry.hash);
  }

  /** Removes every file that is not in this version in one of the manifests, and the folders that it leaves empty. */
  async keepOnly(...manifests: readonly Manifest[]): Promise<void> {
    const stale = [...this.#present].filter(
      ([path, hash]) => !manifests.some((manifest) => manifest.get(path)?.hash === hash),
    );
    for (const [path] of stale) {
      this.#present.delete(path);
      await onDisk(async () => {
        await this.#walkFolders(path, "check");
        await rm(join(this.root, path), { force: true });
        await this.#removeEmptyFolders(dirname(path));
      });
    }
  }

  /** Removes the working copy from the disk. */
  async dispose(): Promise<void> {
    await onDisk(() => rm(dirname(this.root), { recursive: true, force: true }));
  }

  /** Makes sure that every folder on the way is a real one inside the root. */
  async #walkFolders(path: WorkspacePath, mode: "make" | "check"): Promise<void> {
    const folders = path.split("/").slice(0, -1);
    for (const depth of folders.keys()) {
      const folder = join(this.root, ...folders.slice(0, depth + 1));
      if (mode === "make") await mkdir(folder, { mode: FOLDER_MODE }).catch(ignoreExisting);
      if (!(await lstat(folder)).isDirectory()) throw new Error("a folder of the working copy was replaced");
    }
  }

  async #removeEmptyFolders(folder: string): Promise<void> {
    for (let at = folder; at !== "."; at = dirname(at)) {
      const isGone = await rmdir(join(this.root, at)).then(
        () => true,
        () => false,
      );
      if (!isGone) return; // still in use
    }
  }
}

async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new StorageError("storage_unavailable", "the working copy could not be read or written", { cause: error });
  }
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
}
