/** The committed files of a space, for readers without a turn. Writes nothing, neither to disk nor to a store. */
import { type SpaceId, spaceKind } from "../../../protocol/space.ts";
import type { BlobStore } from "./blob-store.ts";
import { Contents } from "./contents.ts";
import { decodeText } from "./file-text.ts";
import { listFiles } from "./manifest.ts";
import type { ManifestStore } from "./manifest-store.ts";
import { type Tree, treeOf } from "./path.ts";
import { checkedPath, WorkspaceRefusal } from "./refusal.ts";
import { seedManifest } from "./seeds.ts";
import type { Workspace } from "./workspace.ts";

export type WorkspaceView = Pick<Workspace, "list" | "readText">;
export type ViewSource = {
  readonly space: SpaceId;
  readonly blobs: BlobStore;
  readonly manifests: ManifestStore;
};

/** Looks at the heads as they are now; a space that nobody wrote to shows its seeds. Throws `StorageError`. */
export async function openWorkspaceView({ space, blobs, manifests }: ViewSource): Promise<WorkspaceView> {
  const readTree = async (tree: Tree) => {
    const head = await manifests.head(tree);
    return head === null ? seedManifest(tree, spaceKind(space)) : await manifests.read(tree, head);
  };
  const trees = { shared: await readTree("shared"), space: await readTree("space") };
  const contents = new Contents(blobs);
  return {
    list: async () => listFiles([trees.shared, trees.space]),
    readText: async (name) => {
      const path = checkedPath(name);
      const tree = treeOf(path);
      const entry = trees[tree].get(path);
      if (entry === undefined) return null;
      const text = decodeText(await contents.get(tree, entry));
      if (text === null) throw new WorkspaceRefusal("workspace_not_text", `${path} is not a text file.`);
      return text;
    },
  };
}
