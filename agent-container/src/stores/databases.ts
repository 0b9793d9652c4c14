/** The databases of one process, each opened once: one per space, and one for the tree that the agent's spaces share. */
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { StorageError } from "../../../protocol/errors.ts";
import { spaceFolder } from "../../../protocol/space.ts";
import { agentOf, type Owner } from "./owner.ts";
import { openSpaceDatabase } from "./space-database.ts";

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
   * the conversation's own.
   */
  of(owner: Owner): OwnedDatabases {
    if (this.#stateDir === undefined) {
      throw new StorageError("storage_unavailable", "this runtime has no session store: AGENT_STATE_DIR is not set");
    }
    const agent = agentOf(owner);
    const path = join(this.#stateDir, agent, `${spaceFolder(owner.space)}.sqlite`);
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
