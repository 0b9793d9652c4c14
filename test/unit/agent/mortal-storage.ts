/**
 * The databases of a process that dies at one of its commits: its connections are closed there, as the kernel does for
 * a process that was killed, and nothing of it is stored afterwards. Or of one whose disk fails at that commit alone.
 */
import type { DatabaseSync } from "node:sqlite";
import { Databases, type OwnedDatabases } from "../../../agent-container/src/stores/databases.ts";
import type { Owner } from "../../../agent-container/src/stores/owner.ts";

/** When it wants to commit for the nth time (from 1), or right after it did. */
export type Death = { readonly commit: number; readonly when: "before" | "after" };
/** That commit fails, and the process lives on. */
export type Failure = { readonly commit: number; readonly when: "failing" };

export class MortalStorage {
  /** Commits so far, the one that it died at included. */
  commits = 0;
  isDead = false;
  readonly #databases: Databases;
  readonly #death: Death | Failure | undefined;
  readonly #watched = new Set<DatabaseSync>();

  constructor(stateDir: string, death: Death | Failure | undefined) {
    this.#databases = new Databases(stateDir);
    this.#death = death;
  }

  of(owner: Owner): OwnedDatabases {
    if (this.isDead) throw new Killed();
    const owned = this.#databases.of(owner);
    this.#watch(owned.space);
    this.#watch(owned.shared);
    return owned;
  }

  close(): void {
    if (!this.isDead) this.#databases.close();
  }

  #watch(db: DatabaseSync): void {
    if (this.#watched.has(db)) return;
    this.#watched.add(db);
    const exec = db.exec.bind(db);
    db.exec = (sql) => {
      if (sql !== "COMMIT") {
        exec(sql);
        return;
      }
      this.commits += 1;
      const when = this.commits === this.#death?.commit ? this.#death.when : undefined;
      if (when === "failing") throw new Error("disk I/O error");
      if (when !== "before") exec(sql);
      if (when !== undefined) this.#die();
    };
  }

  #die(): never {
    this.isDead = true;
    this.#databases.close();
    throw new Killed();
  }
}

class Killed extends Error {
  constructor() {
    super("the process was killed");
  }
}
