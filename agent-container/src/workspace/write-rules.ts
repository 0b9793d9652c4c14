/** What a space may write into its workspace. Pure; the reasons are written for the model. */
import { WORKSPACE_BOUNDS } from "../../../protocol/bounds.ts";
import type { SpaceKind } from "../../../protocol/space.ts";
import { byteLength, isPersonal, PATH_BOUNDS, type Tree, treeOf, type WorkspacePath } from "./path.ts";
import type { PathIndex } from "./path-index.ts";
import { WorkspaceRefusal } from "./refusal.ts";

/** Whether turns of such a space may change the tree: what all spaces share is the owner's. */
export function canWriteTree(kind: SpaceKind, tree: Tree): boolean {
  return tree === "space" || kind === "owner";
}

/** Throws `WorkspaceRefusal` unless a space of this kind may have `bytes` at `path`. */
export function refuseWrite(kind: SpaceKind, path: WorkspacePath, bytes: number): void {
  if (!canWriteTree(kind, treeOf(path))) {
    throw new WorkspaceRefusal("workspace_read_only", `${path} can only be changed in a chat with your owner.`);
  }
  if (kind === "group" && isPersonal(path)) {
    throw new WorkspaceRefusal("workspace_read_only", `There is no ${path} in a group. Use a file in memory/ instead.`);
  }
  if (bytes > WORKSPACE_BOUNDS.fileMaxBytes) {
    const sizes = `${bytes} bytes, and a file can have ${WORKSPACE_BOUNDS.fileMaxBytes}`;
    throw new WorkspaceRefusal("workspace_full", `${path} would have ${sizes}. Split it into several files.`);
  }
}

/** Throws `WorkspaceRefusal` unless a file can be added to a tree of `files` files. */
export function refuseNewFile(path: WorkspacePath, index: PathIndex, files: number): void {
  const spot = index.find(path);
  if (spot.kind === "taken") {
    throw new WorkspaceRefusal("workspace_path", `${path} cannot be beside ${spot.by}. Choose another name.`);
  }
  if (byteLength(path) > PATH_BOUNDS.newMaxBytes) {
    throw new WorkspaceRefusal("workspace_path", "The path is too long. Use a shorter name or fewer folders.");
  }
  if (files >= WORKSPACE_BOUNDS.filesMax) {
    const most = `${WORKSPACE_BOUNDS.filesMax} files, the most it can`;
    throw new WorkspaceRefusal("workspace_full", `The workspace has ${most}. Add to a file that exists.`);
  }
}
