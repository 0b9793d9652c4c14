/**
 * Where the manifests of a space live: immutable rows, one head per tree that moves only by compare-and-swap, and the
 * checkpoints of running turns. Every write first checks, in its transaction, that the turn's fence was not passed.
 */
import type { DatabaseSync } from "node:sqlite";
import { RETENTION } from "../../../protocol/bounds.ts";
import { failIfArmed } from "../../../fail-points/fail-point.ts";
import { StorageError } from "../../../protocol/errors.ts";
import type { Fence, TurnId } from "../../../protocol/ids.ts";
import type { ConversationKey } from "../../../protocol/session-key.ts";
import { checkFence } from "../stores/fence.ts";
import { inTransaction } from "../stores/space-database.ts";
import { formatManifest, type Manifest, parseManifest, sha256 } from "./manifest.ts";
import { migrateManifests } from "./manifest-schema.ts";
import type { Tree } from "./path.ts";

/** A turn's change of one tree: what it started from and what it made of it. */
export type TreeChange = { readonly base: Manifest; readonly mine: Manifest };
/** A saved checkpoint, by the ids of its manifests. */
type Checkpoint = Readonly<Record<Tree, { readonly baseId: string; readonly mineId: string }>>;

type HeadMove = {
  readonly turnId: TurnId;
  /** The head that `to` was made from; null when the tree has none yet. */
  readonly from: string | null;
  readonly to: Manifest;
  /** What the turn brought before it was joined with others' work; marks the change as landed. */
  readonly mine: Manifest;
};

type HeadMoveOutcome =
  | { readonly moved: true; readonly head: string }
  /** Someone else moved it; `head` is where it is now. */
  | { readonly moved: false; readonly head: string | null };

/** All methods throw `StorageError`; those that write throw `storage_fence_lost` once a later turn was seen. */
export interface ManifestStore {
  /** The id of a tree's head; null for a tree that was never written. */
  head(tree: Tree): Promise<string | null>;
  read(tree: Tree, id: string): Promise<Manifest>;
  /** Saves what a running turn has so far and names it; the same content has the same name. */
  saveCheckpoint(turnId: TurnId, trees: Readonly<Record<Tree, TreeChange>>): Promise<string>;
  readCheckpoint(id: string): Promise<Checkpoint>;
  /** Moves a head if it is still where `from` says. */
  moveHead(tree: Tree, move: HeadMove): Promise<HeadMoveOutcome>;
  /** Whether a change of this turn is already part of the head's history. */
  hasLanded(tree: Tree, turnId: TurnId, mineId: string): Promise<boolean>;
  /** Keeps work that could not be joined under a name of its own, which is returned. */
  saveBranch(tree: Tree, turnId: TurnId, mine: Manifest): Promise<string>;
}

export type ManifestTarget = {
  /** The database of the space; it also holds the fences. */
  readonly space: DatabaseSync;
  /** The database of the tree that all spaces of the agent share. */
  readonly shared: DatabaseSync;
  readonly conversation: ConversationKey;
  /** The fence of the turn that writes, read at each commit because a live turn can be given a later one. */
  fence(): Fence;
  now(): number;
};

const HEAD = "head";

/** Opens the manifests in both databases, migrating them. Throws `storage_schema_newer`. */
export function createManifestStore(target: ManifestTarget): ManifestStore {
  migrateManifests(target.space);
  migrateManifests(target.shared);
  return new SqliteManifestStore(target);
}

class SqliteManifestStore implements ManifestStore {
  readonly #target: ManifestTarget;

  constructor(target: ManifestTarget) {
    this.#target = target;
  }

  async head(tree: Tree): Promise<string | null> {
    return readHead(this.#target[tree]);
  }

  async read(tree: Tree, id: string): Promise<Manifest> {
    const row = this.#target[tree].prepare("SELECT files FROM workspace_manifests WHERE id = ?").get(id);
    return parseManifest(id, text(row, "files"));
  }

  async saveCheckpoint(turnId: TurnId, trees: Readonly<Record<Tree, TreeChange>>): Promise<string> {
    const now = this.#target.now();
    const ids = this.#write("shared", (db) => this.#insertBoth(db, trees.shared));
    return this.#write("space", (db) => {
      const space = this.#insertBoth(db, trees.space);
      const id = sha256([turnId, ...ids, ...space].join("\n"));
      db.prepare(
        `INSERT INTO workspace_checkpoints
           (id, turn_id, shared_base_id, shared_mine_id, space_base_id, space_mine_id, saved_at)
         VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET saved_at = excluded.saved_at`,
      ).run(id, turnId, ...ids, ...space, now);
      return id;
    });
  }

  async readCheckpoint(id: string): Promise<Checkpoint> {
    const row = this.#target.space.prepare("SELECT * FROM workspace_checkpoints WHERE id = ?").get(id);
    return {
      shared: { baseId: text(row, "shared_base_id"), mineId: text(row, "shared_mine_id") },
      space: { baseId: text(row, "space_base_id"), mineId: text(row, "space_mine_id") },
    };
  }

  async moveHead(tree: Tree, { turnId, from, to, mine }: HeadMove): Promise<HeadMoveOutcome> {
    const now = this.#target.now();
    return this.#write(tree, (db) => {
      const head = readHead(db);
      if (head !== from) return { moved: false, head };
      const id = this.#insert(db, to);
      db.prepare("UPDATE workspace_manifests SET used_at = ? WHERE id = ?").run(now, head);
      this.#setHead(db, HEAD, id);
      db.prepare("INSERT OR IGNORE INTO workspace_moves VALUES (?, ?, ?, ?)").run(
        turnId,
        formatManifest(mine).id,
        id,
        now,
      );
      sweep(db, now);
      return { moved: true, head: id };
    });
  }

  async hasLanded(tree: Tree, turnId: TurnId, mineId: string): Promise<boolean> {
    const query = "SELECT 1 FROM workspace_moves WHERE turn_id = ? AND mine_id = ?";
    return this.#target[tree].prepare(query).get(turnId, mineId) !== undefined;
  }

  async saveBranch(tree: Tree, turnId: TurnId, mine: Manifest): Promise<string> {
    const name = `branch:${turnId}`;
    this.#write(tree, (db) => {
      this.#setHead(db, name, this.#insert(db, mine));
    });
    return name;
  }

  /**
   * Runs `work` on a tree's database while nobody can raise the fence: the space's database is locked first, then, for
   * the shared tree, its own. Always in this order, so two turns cannot block each other for good.
   */
  #write<T>(tree: Tree, work: (db: DatabaseSync) => T): T {
    const { space, shared, conversation } = this.#target;
    return inTransaction(space, () => {
      checkFence(space, conversation, this.#target.fence());
      FAIL_POINTS && failIfArmed("manifest.write");
      return tree === "space" ? work(space) : inTransaction(shared, () => work(shared));
    });
  }

  #insertBoth(db: DatabaseSync, { base, mine }: TreeChange): readonly [string, string] {
    return [this.#insert(db, base), this.#insert(db, mine)];
  }

  #insert(db: DatabaseSync, files: Manifest): string {
    const manifest = formatManifest(files);
    db.prepare(
      `INSERT INTO workspace_manifests (id, files, used_at) VALUES (?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET used_at = excluded.used_at`,
    ).run(manifest.id, manifest.text, this.#target.now());
    return manifest.id;
  }

  #setHead(db: DatabaseSync, name: string, id: string): void {
    db.prepare(
      `INSERT INTO workspace_heads (name, manifest_id, moved_at) VALUES (?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET manifest_id = excluded.manifest_id, moved_at = excluded.moved_at`,
    ).run(name, id, this.#target.now());
  }
}

/** How many files the head of a tree names; 0 for one that was never written, or whose manifest is damaged. */
export function countHeadFiles(db: DatabaseSync): number {
  migrateManifests(db);
  const row = db
    .prepare(
      `SELECT json_array_length(files, '$.files') AS count FROM workspace_manifests
       WHERE id = (SELECT manifest_id FROM workspace_heads WHERE name = ?) AND json_valid(files)`,
    )
    .get(HEAD);
  return typeof row?.["count"] === "number" ? row["count"] : 0;
}

function readHead(db: DatabaseSync): string | null {
  const row = db.prepare("SELECT manifest_id FROM workspace_heads WHERE name = ?").get(HEAD);
  return row === undefined ? null : text(row, "manifest_id");
}

/** Forgets manifests that nothing has named for `RETENTION.manifestsMs`; heads and branches stay. */
function sweep(db: DatabaseSync, now: number): void {
  const before = now - RETENTION.manifestsMs;
  const statements = [
    `DELETE FROM workspace_manifests WHERE rowid IN (
       SELECT rowid FROM workspace_manifests
       WHERE used_at < ? AND id NOT IN (SELECT manifest_id FROM workspace_heads) LIMIT ?)`,
    "DELETE FROM workspace_moves WHERE rowid IN (SELECT rowid FROM workspace_moves WHERE moved_at < ? LIMIT ?)",
    "DELETE FROM workspace_checkpoints WHERE rowid IN (SELECT rowid FROM workspace_checkpoints WHERE saved_at < ? LIMIT ?)",
  ];
  for (const statement of statements) db.prepare(statement).run(before, RETENTION.sweepRowsMax);
}

/** A text column of a row that must be there. */
function text(row: Record<string, unknown> | undefined, column: string): string {
  const value = row?.[column];
  if (typeof value !== "string") throw new StorageError("storage_unavailable", "a manifest is no longer stored");
  return value;
}
