/**
 * The manifests of a space and of the tree that all spaces of its agent share, in the table. Every write is one
 * transaction with the check of the turn's fence. What nothing names any more is let go by a time to live.
 */
import { RETENTION } from "../../../../protocol/bounds.ts";
import { failIfArmed } from "../../../../fail-points/fail-point.ts";
import { StorageError } from "../../../../protocol/errors.ts";
import type { TurnId } from "../../../../protocol/ids.ts";
import { formatManifest, type Manifest, parseManifest, sha256 } from "../../workspace/manifest.ts";
import type { ManifestStore, TreeChange } from "../../workspace/manifest-store.ts";
import type { Tree } from "../../workspace/path.ts";
import { newerSchema } from "../newer-schema.ts";
import type { Writer } from "../space-store.ts";
import { TABLE_BOUNDS } from "./bounds.ts";
import { assertFence, type FencedOutcome, writeFenced } from "./fenced-write.ts";
import { type Item, type Key, type NewItem, numeral, optionalNumber, optionalText, text } from "./item.ts";
import {
  checkpointKey,
  HEAD_PREFIX,
  headKey,
  ITEM_VERSION,
  manifestKey,
  moveKey,
  ownSharedManifestKey,
  TABLE_TTL_ATTRIBUTE,
} from "./keys.ts";
import type { LargeTexts } from "./large-texts.ts";
import { newName } from "./new-name.ts";
import type { Expression } from "./expressions.ts";
import { keyOf, type Table, type WriteOp } from "./table.ts";

type HeadMove = Parameters<ManifestStore["moveHead"]>[1];
type HeadMoveOutcome = Awaited<ReturnType<ManifestStore["moveHead"]>>;

export type ManifestPlace = {
  readonly table: Table;
  /** The partition of each tree. */
  readonly partitions: Readonly<Record<Tree, string>>;
  /** What is too large for an item goes where whoever reads the item's partition can read it. */
  readonly textsOf: Readonly<Record<Tree, LargeTexts>>;
  readonly writer: Writer;
  now(): number;
};

/** A manifest, and where it is kept for as long as a checkpoint is. */
type Passing = { readonly key: Key; readonly body: string };

const HEAD = "head";
const VERSION = { v: numeral(ITEM_VERSION) };

export class DynamoManifestStore implements ManifestStore {
  readonly #at: ManifestPlace;
  /** Manifests that were a head when they were seen here: they stay for as long as any turn can last. */
  readonly #kept = new Set<string>();

  constructor(at: ManifestPlace) {
    this.#at = at;
  }

  async head(tree: Tree): Promise<string | null> {
    return this.#keep(tree, headOf(await this.#at.table.get(headKey(this.#at.partitions[tree], HEAD))));
  }

  async read(tree: Tree, id: string): Promise<Manifest> {
    const item = await this.#find(tree, id);
    if (item === undefined) throw gone();
    const { partitions, textsOf } = this.#at;
    const texts = keyOf(item).partition === partitions.shared ? textsOf.shared : textsOf.space;
    return parseManifest(id, await texts.open(item));
  }

  async saveCheckpoint(turnId: TurnId, trees: Readonly<Record<Tree, TreeChange>>): Promise<string> {
    const { partitions } = this.#at;
    const manifests = new Map<string, Passing>();
    const name = (tree: Tree, files: Manifest) => {
      const { id, text: body } = formatManifest(files);
      // Only the owner's space may write to the shared partition, so what a turn has of that tree is kept in its own.
      const key = tree === "space" ? manifestKey(partitions.space, id) : ownSharedManifestKey(partitions.space, id);
      manifests.set(nameOf(tree, id), { key, body });
      return text(id);
    };
    const ids = {
      shared_base: name("shared", trees.shared.base),
      shared_mine: name("shared", trees.shared.mine),
      space_base: name("space", trees.space.base),
      space_mine: name("space", trees.space.mine),
    };
    const id = sha256([turnId, ...Object.values(ids).map(({ S }) => S)].join("\n"));
    const item = { ...VERSION, turn: text(turnId), ...ids, ...this.#expiry() };
    await this.#saveAll({ kind: "put", key: checkpointKey(partitions.space, id), item }, manifests);
    return id;
  }

  async readCheckpoint(id: string): ReturnType<ManifestStore["readCheckpoint"]> {
    const item = await this.#present(checkpointKey(this.#at.partitions.space, id));
    const named = (name: string) => {
      const found = item === undefined ? undefined : optionalText(item, name);
      if (found === undefined) throw gone();
      return found;
    };
    return {
      shared: { baseId: named("shared_base"), mineId: named("shared_mine") },
      space: { baseId: named("space_base"), mineId: named("space_mine") },
    };
  }

  async moveHead(tree: Tree, { turnId, from, to, mine }: HeadMove): Promise<HeadMoveOutcome> {
    const partition = this.#at.partitions[tree];
    const head = headKey(partition, HEAD);
    const { id, text: body } = formatManifest(to);
    const name = newName();
    const move = moveKey(partition, turnId, formatManifest(mine).id);
    const sealed = await this.#seal(tree, body);
    const ops: WriteOp[] = [
      { kind: "put", key: head, item: this.#headItem(id, name), condition: stillAt(from) },
      { kind: "put", key: manifestKey(partition, id), item: { ...VERSION, ...sealed } },
      { kind: "put", key: move, item: { ...VERSION, head: text(id), moved_by: text(name), ...this.#expiry() } },
    ];
    if (from !== null && from !== id) ops.push({ kind: "update", key: manifestKey(partition, from), ...this.#letGo() });
    const outcome = await this.#write(ops, () => this.#isMovedBy(move, name));
    if (outcome.kind === "refused") return { moved: false, head: this.#keep(tree, headOf(outcome.reasons[0]?.item)) };
    this.#keep(tree, id);
    return { moved: true, head: id };
  }

  async hasLanded(tree: Tree, turnId: TurnId, mineId: string): Promise<boolean> {
    return (await this.#present(moveKey(this.#at.partitions[tree], turnId, mineId))) !== undefined;
  }

  async saveBranch(tree: Tree, turnId: TurnId, mine: Manifest): Promise<string> {
    const name = `branch:${turnId}`;
    const { id, text: body } = formatManifest(mine);
    // A branch holds its manifest itself, so it is there for as long as the branch is.
    const item = { ...this.#headItem(id, newName()), ...(await this.#seal(tree, body)) };
    await this.#saveAll({ kind: "put", key: headKey(this.#at.partitions[tree], name), item }, new Map());
    return name;
  }

  /** The item that holds a manifest: its own, or a branch. */
  async #find(tree: Tree, id: string): Promise<Item | undefined> {
    const { table, partitions } = this.#at;
    const own = await this.#present(manifestKey(partitions[tree], id));
    if (own !== undefined && isFilled(own)) return own;
    const passing = tree === "shared" ? await this.#present(ownSharedManifestKey(partitions.space, id)) : undefined;
    if (passing !== undefined) return passing;
    const branches = await table.queryAll({ partition: partitions[tree], sorts: { prefix: `${HEAD_PREFIX}branch:` } });
    return branches.find((branch) => headOf(branch) === id);
  }

  /** An item that is there and whose time is not over: DynamoDB takes its time to remove one. */
  async #present(key: Key): Promise<Item | undefined> {
    const item = await this.#at.table.get(key);
    if (item === undefined) return undefined;
    assertVersion(item);
    const untilMs = (optionalNumber(item, TABLE_TTL_ATTRIBUTE) ?? Number.POSITIVE_INFINITY) * 1_000;
    return untilMs < this.#at.now() ? undefined : item;
  }

  /** Keeps manifests for a while, with the item that names them. One that is a head keeps itself. */
  async #saveAll(naming: WriteOp, manifests: ReadonlyMap<string, Passing>): Promise<void> {
    for (let attempt = 1; attempt <= TABLE_BOUNDS.commitTriesMax; attempt += 1) {
      const missing = [...manifests].filter(([name]) => !this.#kept.has(name));
      const ops = await Promise.all(missing.map(([, passing]) => this.#put(passing)));
      // Written twice it is the same, so nobody need know whether it was.
      const outcome = await this.#write([naming, ...ops], () => Promise.resolve(false));
      if (outcome.kind === "done") return;
      const [, ...heads] = outcome.reasons;
      for (const [at, [name]] of missing.entries()) if (heads[at]?.isCondition === true) this.#kept.add(name);
    }
    throw new StorageError("storage_unavailable", "others keep changing the manifests of a checkpoint");
  }

  async #put({ key, body }: Passing): Promise<WriteOp> {
    const item = { ...VERSION, ...(await this.#seal("space", body)), ...this.#expiry() };
    const condition = { expression: `attribute_not_exists(pk) OR attribute_exists(${TABLE_TTL_ATTRIBUTE})` };
    return { kind: "put", key, item, condition };
  }

  #seal(tree: Tree, body: string): Promise<NewItem> {
    const { table, partitions, textsOf, writer } = this.#at;
    return textsOf[tree].seal(body, () => assertFence(table, partitions.space, writer));
  }

  #headItem(id: string, name: string): NewItem {
    return { ...VERSION, manifest: text(id), moved_at: numeral(this.#at.now()), moved_by: text(name) };
  }

  #letGo(): { readonly update: Expression } {
    const values = { ":until": this.#expiry()[TABLE_TTL_ATTRIBUTE] ?? numeral(0) };
    return { update: { expression: `SET ${TABLE_TTL_ATTRIBUTE} = :until`, values } };
  }

  #expiry(): NewItem {
    return { [TABLE_TTL_ATTRIBUTE]: numeral(Math.ceil((this.#at.now() + RETENTION.manifestsMs) / 1_000)) };
  }

  async #isMovedBy(move: Key, name: string): Promise<boolean> {
    const item = await this.#at.table.get(move);
    return item !== undefined && optionalText(item, "moved_by") === name;
  }

  #keep(tree: Tree, id: string | null): string | null {
    if (id !== null) this.#kept.add(nameOf(tree, id));
    return id;
  }

  #write(ops: readonly WriteOp[], isStored: () => Promise<boolean>): Promise<FencedOutcome> {
    FAIL_POINTS && failIfArmed("manifest.write");
    const { table, partitions, writer } = this.#at;
    return writeFenced(table, { partition: partitions.space, writer, ops, isStored });
  }
}

/** How many files the head of a tree names; 0 for one that was never written, or whose manifest is damaged. */
export async function countHeadFiles(table: Table, partition: string, texts: LargeTexts): Promise<number> {
  const id = headOf(await table.get(headKey(partition, HEAD)));
  const item = id === null ? undefined : await table.get(manifestKey(partition, id));
  if (id === null || item === undefined) return 0;
  try {
    return parseManifest(id, await texts.open(item)).size;
  } catch {
    return 0;
  }
}

function headOf(item: Item | undefined): string | null {
  if (item === undefined) return null;
  assertVersion(item);
  return optionalText(item, "manifest") ?? null;
}

function stillAt(from: string | null): Expression {
  if (from === null) return { expression: "attribute_not_exists(pk)" };
  const values = { ":from": text(from), ":v": numeral(ITEM_VERSION) };
  return { expression: "manifest = :from AND v <= :v", values };
}

/** Letting go of a manifest that is no longer there leaves an item with nothing but an end. */
function isFilled(item: Item): boolean {
  return optionalText(item, "body") !== undefined || optionalText(item, "blobs") !== undefined;
}

function assertVersion(item: Item): void {
  if ((optionalNumber(item, "v") ?? 0) > ITEM_VERSION) throw newerSchema("My workspace");
}

function nameOf(tree: Tree, id: string): string {
  return `${tree}/${id}`;
}

function gone(): StorageError {
  return new StorageError("storage_unavailable", "a manifest is no longer stored");
}
