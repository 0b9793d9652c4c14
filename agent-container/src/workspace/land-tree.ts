/** Makes a turn's change of a tree part of the tree's head, together with what others have made of it meanwhile. */
import { WORKSPACE_BOUNDS } from "../../../protocol/bounds.ts";
import type { TurnId } from "../../../protocol/ids.ts";
import type { Bytes } from "./s3-client.ts";
import type { Contents } from "./contents.ts";
import { decodeText } from "./file-text.ts";
import { entryOf, type FileEntry, type Manifest } from "./manifest.ts";
import type { ManifestStore, TreeChange } from "./manifest-store.ts";
import type { Tree, WorkspacePath } from "./path.ts";
import { type Divergence, keepAside, type NoteUnion, rebase } from "./rebase.ts";
import { uniteLines } from "./unite-lines.ts";

/** Where a change ended up. */
export type Landing = {
  /** The head after the move, or the one that could not be moved. */
  readonly head: string | null;
  readonly files: Manifest;
  readonly conflicts: readonly WorkspacePath[];
  /** The name under which the change was kept when the head was lost too often. */
  readonly branch: string | null;
};

export type LandingPlace = {
  readonly tree: Tree;
  readonly turnId: TurnId;
  readonly manifests: ManifestStore;
  readonly contents: Contents;
};

type Joined = { readonly files: Manifest; readonly conflicts: readonly WorkspacePath[] };

/**
 * Moves the head by compare-and-swap, rebasing each time somebody was faster, at most `headTriesMax` times; then the
 * change is kept as a branch. Contents are stored before any head names them. Throws `StorageError`.
 */
export async function landTree(
  place: LandingPlace,
  { base, mine, head: startHead }: TreeChange & { readonly head: string | null },
): Promise<Landing> {
  const { tree, turnId, manifests, contents } = place;
  let head = startHead;
  let theirs = base;
  let joined: Joined = { files: mine, conflicts: [] };
  for (let attempt = 1; attempt <= WORKSPACE_BOUNDS.headTriesMax; attempt += 1) {
    await contents.store();
    const outcome = await manifests.moveHead(tree, { turnId, from: head, to: joined.files, mine });
    if (outcome.moved) return { ...joined, head: outcome.head, branch: null };
    head = outcome.head;
    theirs = head === null ? base : await manifests.read(tree, head);
    joined = await join(place, { base, mine, theirs });
  }
  return { head, files: theirs, conflicts: [], branch: await manifests.saveBranch(tree, turnId, mine) };
}

async function join({ tree, turnId, contents }: LandingPlace, divergence: Divergence): Promise<Joined> {
  const { files, unions, conflicts } = rebase(divergence, turnId);
  const copies: WorkspacePath[] = [];
  for (const union of unions) {
    const content = await uniteNote(tree, contents, union);
    if (content === null) {
      copies.push(keepAside(files, union.path, { entry: union.mine, turnId }));
    } else {
      const entry = entryOf(content);
      contents.hold(tree, entry, content);
      files.set(union.path, entry);
    }
  }
  return { files, conflicts: [...conflicts, ...copies] };
}

/** The united note; null when a side is not text or the whole would be too large. */
async function uniteNote(tree: Tree, contents: Contents, { base, mine, theirs }: NoteUnion): Promise<Bytes | null> {
  const read = async (entry: FileEntry) => decodeText(await contents.get(tree, entry));
  const [old, my, their] = await Promise.all([base ? read(base) : "", read(mine), read(theirs)]);
  if (old === null || my === null || their === null) return null;
  const content = new TextEncoder().encode(uniteLines(old, my, their));
  return content.byteLength > WORKSPACE_BOUNDS.fileMaxBytes ? null : content;
}
