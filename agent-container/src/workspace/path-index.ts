/** Which names of a file tree are taken, folders included and case ignored. Pure apart from its own map. */
import { foldCase, type WorkspacePath } from "./path.ts";

/** What stands where a file would go. */
export type Spot =
  | { readonly kind: "free" }
  /** A file of exactly this name. */
  | { readonly kind: "same" }
  /** The part at `depth` collides with the file or folder `by`. */
  | { readonly kind: "taken"; readonly depth: number; readonly by: string };

/** Finds names that cannot exist beside each other: `a` and `a/b`, `Notes.md` and `notes.md`. */
export class PathIndex {
  readonly #taken = new Map<string, { readonly name: string; readonly isFile: boolean }>();

  constructor(paths: Iterable<WorkspacePath>) {
    for (const path of paths) this.add(path);
  }

  /** Takes a name and its folders. */
  add(path: WorkspacePath): void {
    for (let end = path.indexOf("/"); end >= 0; end = path.indexOf("/", end + 1)) {
      const folder = path.slice(0, end);
      this.#taken.set(foldCase(folder), { name: folder, isFile: false });
    }
    this.#taken.set(foldCase(path), { name: path, isFile: true });
  }

  /** Looks whether a file of this name can be added. */
  find(path: WorkspacePath): Spot {
    const parts = path.split("/");
    for (const depth of parts.keys()) {
      const name = parts.slice(0, depth + 1).join("/");
      const isFile = depth === parts.length - 1;
      const other = this.#taken.get(foldCase(name));
      if (other === undefined) return { kind: "free" };
      if (other.name !== name || other.isFile !== isFile) return { kind: "taken", depth, by: other.name };
    }
    return { kind: "same" };
  }
}
