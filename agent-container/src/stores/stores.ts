/** Where the stores of a process are: on its disk, or in the table that a turn brings with it. */
import { StorageError } from "../../../protocol/errors.ts";
import type { Grants } from "../../../protocol/invocation.ts";
import { Databases, type Owner } from "./databases.ts";
import type { SpaceStore } from "./space-store.ts";
import { createSqliteStore } from "./sqlite-store.ts";

/** Whose store is wanted, and what leads to it: asked at each use, for a resume brings newer credentials. */
export type StoreRequest = Owner & { grants(): Pick<Grants, "blobs" | "store"> | undefined };

export class Stores {
  readonly #databases: Databases;

  constructor(stateDir: string | undefined) {
    this.#databases = new Databases(stateDir);
  }

  /** Throws `StorageError` when there is no store, or when the space is not the conversation's own. */
  of(request: StoreRequest): SpaceStore {
    if (request.grants()?.store !== undefined) {
      throw new StorageError("storage_unavailable", "this release has no client for a table");
    }
    return createSqliteStore(this.#databases.of(request));
  }

  close(): void {
    this.#databases.close();
  }
}
