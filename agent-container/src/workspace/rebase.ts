/**
 * Joins the changes of two turns that started from the same files. Pure. Rules, per path: a change on one side wins; the
 * same change is one; notes are united line by line; otherwise theirs stays and mine is kept beside it as a conflict copy.
 */
import type { TurnId } from "../../../protocol/ids.ts";
import { type FileEntry, isSameEntry, type Manifest } from "./manifest.ts";
import { conflictPath, isNote, type WorkspacePath } from "./path.ts";
import { PathIndex } from "./path-index.ts";

/** What both sides started from, what this turn made of it, and what the head is by now. */
export type Divergence = { readonly base: Manifest; readonly mine: Manifest; readonly theirs: Manifest };

/** A note that both sides wrote: its lines must be united by whoever can read the contents. */
export type NoteUnion = {
  readonly path: WorkspacePath;
  readonly base: FileEntry | undefined;
  readonly mine: FileEntry;
  readonly theirs: FileEntry;
};

/** Joined files; a note in `unions` stands as theirs until it is united or `keepAside` keeps mine. */
export type Rebase = {
  readonly files: Map<WorkspacePath, FileEntry>;
  readonly unions: readonly NoteUnion[];
  /** The conflict copies that were added. */
  readonly conflicts: readonly WorkspacePath[];
};

/** Joins both sides. Nothing that either side wrote is lost, and the result's names can exist beside each other. */
export function rebase({ base, mine, theirs }: Divergence, turnId: TurnId): Rebase {
  const changed = [...new Set([...mine.keys(), ...base.keys()])]
    .filter((path) => !isSameEntry(mine.get(path), base.get(path)) && !isSameEntry(mine.get(path), theirs.get(path)))
    .toSorted();
  const files = new Map(theirs);
  for (const path of changed) {
    if (!mine.has(path) && isSameEntry(theirs.get(path), base.get(path))) files.delete(path);
  }
  const index = new PathIndex(files.keys());
  const unions: NoteUnion[] = [];
  const colliding: { readonly path: WorkspacePath; readonly entry: FileEntry }[] = [];
  for (const path of changed) {
    const entry = mine.get(path);
    if (entry === undefined) continue;
    const other = theirs.get(path);
    const isMineAlone = isSameEntry(other, base.get(path));
    if (isMineAlone && index.find(path).kind !== "taken") {
      files.set(path, entry);
      index.add(path);
    } else if (!isMineAlone && other !== undefined && isNote(path)) {
      unions.push({ path, base: base.get(path), mine: entry, theirs: other });
    } else {
      colliding.push({ path, entry });
    }
  }
  const conflicts = colliding.map((file) => addConflictCopy(files, index, { ...file, turnId }));
  return { files, unions, conflicts };
}

/** Keeps `entry` beside what stands at `path` and returns its name there. */
export function keepAside(files: Map<WorkspacePath, FileEntry>, path: WorkspacePath, mine: Aside): WorkspacePath {
  return addConflictCopy(files, new PathIndex(files.keys()), { path, ...mine });
}

type Aside = { readonly entry: FileEntry; readonly turnId: TurnId };

function addConflictCopy(
  files: Map<WorkspacePath, FileEntry>,
  index: PathIndex,
  { path, entry, turnId }: Aside & { readonly path: WorkspacePath },
): WorkspacePath {
  const obstacle = index.find(path);
  const depth = obstacle.kind === "taken" ? obstacle.depth : path.split("/").length - 1;
  for (let copy = 1; ; copy += 1) {
    const aside = conflictPath(path, depth, turnId, copy);
    const spot = index.find(aside);
    if (spot.kind === "same" && isSameEntry(files.get(aside), entry)) return aside;
    if (spot.kind !== "free") continue; // ends: each copy number is taken at most once
    files.set(aside, entry);
    index.add(aside);
    return aside;
  }
}
