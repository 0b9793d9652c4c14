/**
 * The files of one turn: a working copy on disk over two trees (the space's own and the shared one). Changes become
 * durable at `checkpoint`, and visible to others only at `commit`, which moves the heads by compare-and-swap.
 */
import { StorageError } from "../../../protocol/errors.ts";
import type { TurnId } from "../../../protocol/ids.ts";
import { type SpaceId, type SpaceKind, spaceKind } from "../../../protocol/space.ts";
import type { BlobStore } from "./blob-store.ts";
import { Contents } from "./contents.ts";
import { decodeText, encodeText } from "./file-text.ts";
import { HEARTBEAT_PATH, heartbeatHash } from "./heartbeat-checklist.ts";
import { type Landing, landTree } from "./land-tree.ts";
import {
  entryOf,
  type FileEntry,
  type FileInfo,
  isSameEntry,
  isSameManifest,
  listFiles,
  type Manifest,
} from "./manifest.ts";
import type { ManifestStore } from "./manifest-store.ts";
import { isSteering, type Tree, TREES, treeOf, type WorkspacePath } from "./path.ts";
import { PathIndex } from "./path-index.ts";
import { checkedPath, WorkspaceRefusal } from "./refusal.ts";
import type { Bytes } from "./s3-client.ts";
import { seedManifest } from "./seeds.ts";
import { dropWarmCopy, restWarmCopy, takeWarmCopy } from "./warm-copies.ts";
import { WorkingCopy } from "./working-copy.ts";
import { canWriteTree, refuseNewFile, refuseWrite } from "./write-rules.ts";

export type WorkspaceTurn = {
  readonly turnId: TurnId;
  readonly space: SpaceId;
  readonly blobs: BlobStore;
  readonly manifests: ManifestStore;
  /** Folder for working copies, of this process alone. */
  readonly workDir: string;
  /** Why a file that steers the agent is not to be written now, for the model; null: it may be. */
  readonly refuseSteering: (path: string) => Promise<string | null>;
  /** The checkpoint that an interrupted turn goes on from. */
  readonly checkpointId?: string;
};

type WorkspaceCommit = {
  /** Id of the space's head. */
  readonly head: string;
  readonly heartbeatHash: string | null;
  /** Conflict copies that this commit left behind. */
  readonly conflicts: readonly string[];
  /** Names under which work was kept that could not be joined; empty almost always. */
  readonly branches: readonly string[];
};

/** Methods throw `WorkspaceRefusal` for what the model can put right and `StorageError` for the rest. */
export interface Workspace {
  /** The working copy on disk. A file is in it once it has been read or written by this process. */
  readonly root: string;
  readonly space: SpaceId;
  /** The text of a file; null when absent. Refuses names that cannot be and files that are not text. */
  readText(path: string): Promise<string | null>;
  /** A file of any kind as it is now, stored in the space; null when absent. Refuses names that cannot be. */
  publish(path: string): Promise<PublishedFile | null>;
  /** All files, by name. */
  list(): Promise<readonly FileInfo[]>;
  /** Writes a whole file and tells whether it existed. */
  write(path: string, text: string): Promise<"created" | "replaced">;
  /** Changes a file; no other write comes between reading and writing. What `change` throws is passed on. */
  edit(path: string, change: (text: string) => string): Promise<void>;
  /** Makes the changes so far durable and names them for `checkpointId`; null when nothing changed since the last. */
  checkpoint(): Promise<string | null>;
  /** Moves the heads to what this turn made. Repeating it, also after a crash, moves them once. */
  commit(): Promise<WorkspaceCommit>;
  /** Gives the working copy back. What was not committed is forgotten, checkpoints apart. */
  close(): Promise<void>;
}

/** A file that can go out: a blob of its hash is in the space, whatever becomes of the turn. */
export type PublishedFile = { readonly path: WorkspacePath; readonly entry: FileEntry; readonly content: Bytes };

/** A tree as this turn sees it: the head it started from (null: never written), its files, and the files now. */
type TreeState = { readonly head: string | null; readonly base: Manifest; readonly mine: Manifest };

/** Opens the workspace of a turn; on a warm process whose heads did not move this reads two rows and no file. */
export async function openWorkspace(turn: WorkspaceTurn): Promise<Workspace> {
  const key = warmKey(turn);
  const warm = takeWarmCopy(key);
  const openTree = (tree: Tree) => readTree(turn, tree, warm?.trees[tree]);
  const trees = { shared: await openTree("shared"), space: await openTree("space") };
  const copy = warm?.copy ?? (await WorkingCopy.create(turn.workDir));
  await copy.keepOnly(trees.shared.mine, trees.space.mine);
  return new TurnWorkspace(turn, copy, trees, key);
}

/** Removes the working copy that rests for the next turn of a space, if there is one. */
export function dropWorkspace(place: Pick<WorkspaceTurn, "workDir" | "space">): Promise<void> {
  return dropWarmCopy(warmKey(place));
}

function warmKey({ workDir, space }: Pick<WorkspaceTurn, "workDir" | "space">): string {
  return `${workDir}\n${space}`;
}

async function readTree(
  { turnId, space, manifests, checkpointId }: WorkspaceTurn,
  tree: Tree,
  warm: { readonly head: string | null; readonly base: Manifest } | undefined,
): Promise<TreeState> {
  const head = await manifests.head(tree);
  if (checkpointId !== undefined) {
    const { baseId, mineId } = (await manifests.readCheckpoint(checkpointId))[tree];
    if (!(await manifests.hasLanded(tree, turnId, mineId))) {
      const [base, mine] = await Promise.all([manifests.read(tree, baseId), manifests.read(tree, mineId)]);
      return { head: head === null ? null : baseId, base, mine };
    }
  }
  if (warm !== undefined && warm.head === head) return { ...warm, mine: warm.base };
  const base = head === null ? seedManifest(tree, spaceKind(space)) : await manifests.read(tree, head);
  return { head, base, mine: base };
}

/** What `final.workspace.head` calls a space that was never written. */
const SEEDS_HEAD = "seeds";

class TurnWorkspace implements Workspace {
  readonly root: string;
  readonly space: SpaceId;
  readonly #turn: WorkspaceTurn;
  readonly #kind: SpaceKind;
  readonly #copy: WorkingCopy;
  readonly #key: string;
  readonly #contents: Contents;
  readonly #trees: Record<Tree, TreeState>;
  #index: PathIndex;
  /** What the last checkpoint holds. */
  #saved: Readonly<Record<Tree, Manifest>>;
  /** Ends when all writes so far have ended; one runs at a time. */
  #queue: Promise<unknown> = Promise.resolve();
  #isOpen = true;

  constructor(turn: WorkspaceTurn, copy: WorkingCopy, trees: Record<Tree, TreeState>, key: string) {
    this.root = copy.root;
    this.space = turn.space;
    this.#turn = turn;
    this.#kind = spaceKind(turn.space);
    this.#copy = copy;
    this.#key = key;
    this.#contents = new Contents(turn.blobs);
    this.#trees = trees;
    this.#index = indexOf(trees);
    this.#saved = { shared: trees.shared.mine, space: trees.space.mine };
  }

  async readText(path: string): Promise<string | null> {
    const name = checkedPath(path);
    const tree = treeOf(name);
    const entry = this.#trees[tree].mine.get(name);
    if (entry === undefined) return null;
    const text = decodeText(await this.#read(tree, name, entry));
    if (text === null) throw new WorkspaceRefusal("workspace_not_text", `${name} is not a text file.`);
    return text;
  }

  publish(path: string): Promise<PublishedFile | null> {
    return this.#inOrder(async () => {
      const name = checkedPath(path);
      const tree = treeOf(name);
      const entry = this.#trees[tree].mine.get(name);
      if (entry === undefined) return null;
      const content = await this.#read(tree, name, entry);
      // Whoever sends it looks in the space, and a seed or a shared file need not be there yet.
      await this.#turn.blobs.put("space", entry, content);
      return { path: name, entry, content };
    });
  }

  async list(): Promise<readonly FileInfo[]> {
    return listFiles([this.#trees.shared.mine, this.#trees.space.mine]);
  }

  write(path: string, text: string): Promise<"created" | "replaced"> {
    return this.#inOrder(() => this.#put(checkedPath(path), text));
  }

  edit(path: string, change: (text: string) => string): Promise<void> {
    return this.#inOrder(async () => {
      const name = checkedPath(path);
      const text = await this.readText(name);
      if (text === null) throw new WorkspaceRefusal("workspace_absent", `There is no file ${name}.`);
      await this.#put(name, change(text));
    });
  }

  checkpoint(): Promise<string | null> {
    return this.#inOrder(async () => {
      const { shared, space } = this.#trees;
      if (this.#saved.shared === shared.mine && this.#saved.space === space.mine) return null;
      this.#holdSeeds();
      await this.#contents.store();
      const id = await this.#turn.manifests.saveCheckpoint(this.#turn.turnId, { shared, space });
      this.#saved = { shared: shared.mine, space: space.mine };
      return id;
    });
  }

  commit(): Promise<WorkspaceCommit> {
    return this.#inOrder(async () => {
      if (this.#isChanged() || this.#kind === "owner") this.#holdSeeds();
      const landings: Landing[] = [];
      for (const tree of TREES) {
        const { head, base, mine } = this.#trees[tree];
        // The owner's seeds are stored at once, for whoever looks into the bucket. Others' wait for a first change:
        // storing files that nobody touched would cost every stranger's first turn several requests.
        const isDone = isSameManifest(base, mine) && (head !== null || this.#kind !== "owner");
        if (!isDone && canWriteTree(this.#kind, tree)) landings.push(await this.#land(tree));
      }
      return {
        ...(await this.#describeHead()),
        conflicts: landings.flatMap(({ conflicts }) => conflicts),
        branches: landings.flatMap(({ branch }) => branch ?? []),
      };
    });
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#queue;
    await restWarmCopy(this.#key, { copy: this.#copy, trees: this.#trees });
  }

  async #land(tree: Tree): Promise<Landing> {
    const { turnId, manifests } = this.#turn;
    const landing = await landTree({ tree, turnId, manifests, contents: this.#contents }, this.#trees[tree]);
    const { head, files } = landing;
    this.#trees[tree] = { head, base: files, mine: files };
    this.#saved = { ...this.#saved, [tree]: files };
    this.#index = indexOf(this.#trees);
    return landing;
  }

  /** The head as it is now: a turn that changed nothing must not report one that another turn has replaced. */
  async #describeHead(): Promise<Pick<WorkspaceCommit, "head" | "heartbeatHash">> {
    const { manifests } = this.#turn;
    const state = this.#trees.space;
    const head = await manifests.head("space");
    const files = head === null || head === state.head ? state.base : await manifests.read("space", head);
    const entry = files.get(HEARTBEAT_PATH);
    const content =
      entry && ((await this.#copy.read(HEARTBEAT_PATH, entry)) ?? (await this.#contents.get("space", entry)));
    return { head: head ?? SEEDS_HEAD, heartbeatHash: heartbeatHash(content ? decodeText(content) : null) };
  }

  async #put(path: WorkspacePath, text: string): Promise<"created" | "replaced"> {
    const tree = treeOf(path);
    const content = encodeText(path, text);
    refuseWrite(this.#kind, path, content.byteLength);
    const why = isSteering(path) ? await this.#turn.refuseSteering(path) : null;
    if (why !== null) throw new WorkspaceRefusal("workspace_needs_yes", why);
    const entry = entryOf(content);
    const state = this.#trees[tree];
    const old = state.mine.get(path);
    if (old === undefined) refuseNewFile(path, this.#index, state.mine.size);
    if (isSameEntry(old, entry)) return "replaced";
    this.#contents.hold(tree, entry, content);
    await this.#putOnDisk(path, entry, content);
    this.#trees[tree] = { ...state, mine: new Map(state.mine).set(path, entry) };
    this.#index.add(path);
    return old === undefined ? "created" : "replaced";
  }

  async #read(tree: Tree, path: WorkspacePath, entry: FileEntry): Promise<Bytes> {
    const onDisk = await this.#copy.read(path, entry);
    if (onDisk !== null) return onDisk;
    const content = await this.#contents.get(tree, entry);
    if (this.#isOpen && this.#trees[tree].mine.get(path) === entry) await this.#putOnDisk(path, entry, content);
    return content;
  }

  #putOnDisk(path: WorkspacePath, entry: FileEntry, content: Bytes): Promise<void> {
    return this.#copy.write(path, entry, { content, isReadOnly: !canWriteTree(this.#kind, treeOf(path)) });
  }

  #isChanged(): boolean {
    return TREES.some((tree) => !isSameManifest(this.#trees[tree].base, this.#trees[tree].mine));
  }

  /** A tree that was never written consists of seeds, which are stored with the first change to it. */
  #holdSeeds(): void {
    for (const tree of TREES) {
      const { head, base } = this.#trees[tree];
      if (head === null && canWriteTree(this.#kind, tree)) this.#contents.holdSeeds(tree, base);
    }
  }

  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(() => {
      if (!this.#isOpen) throw new StorageError("storage_unavailable", "the workspace of this turn is closed");
      return work();
    });
    this.#queue = turn.catch(() => undefined);
    return turn;
  }
}

function indexOf(trees: Readonly<Record<Tree, TreeState>>): PathIndex {
  return new PathIndex([...trees.shared.mine.keys(), ...trees.space.mine.keys()]);
}
