/** The databases of one process, each opened once: one per space, and one for the tree that the agent's spaces share. */
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { StorageError } from "../../../protocol/errors.ts";
import { type ConversationKey, parseConversationKey } from "../../../protocol/session-key.ts";
import { spaceFolder, type SpaceId, spaceOf } from "../../../protocol/space.ts";
import { openSpaceDatabase } from "./space-database.ts";

/** Whose databases are wanted. */
export type Owner = { readonly conversation: ConversationKey; readonly space: SpaceId };

export type OwnedDatabases = {
  readonly agent: string;
  readonly space: DatabaseSync;
  readonly shared: DatabaseSync;
  /** File of `space`. */
  readonly path: string;
};

export class Databases {
  readonly #stateDir: string | undefined;
  readonly #opened = new Map<string, DatabaseSync>();

  constructor(stateDir: string | undefined) {
    this.#stateDir = stateDir;
  }

  /**
   * Opens what a conversation works on. Throws `StorageError` when this runtime has no store, or when the space is not
   * the conversation's own: what a turn may touch follows from its conversation alone.
   */
  of({ conversation, space }: Owner): OwnedDatabases {
    if (this.#stateDir === undefined) {
      throw new StorageError("storage_unavailable", "this runtime has no session store: AGENT_STATE_DIR is not set");
    }
    const ref = parseConversationKey(conversation);
    if (!ref.ok || spaceOf(ref.value) !== space) {
      throw new StorageError("storage_unavailable", "the space does not belong to the conversation");
    }
    const { agent } = ref.value;
    const path = join(this.#stateDir, agent, `${spaceFolder(space)}.sqlite`);
    return { agent, path, space: this.#open(path), shared: this.#open(join(this.#stateDir, agent, "shared.sqlite")) };
  }

  /** Closes everything; each database is then one file again. */
  close(): void {
    for (const db of this.#opened.values()) db.close();
    this.#opened.clear();
  }

  #open(path: string): DatabaseSync {
    const db = this.#opened.get(path) ?? openSpaceDatabase(path);
    this.#opened.set(path, db);
    return db;
  }
}
