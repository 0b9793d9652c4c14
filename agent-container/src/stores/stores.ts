/** Where the stores of a process are: on its disk, or in the table that a turn brings with it. */
import type { Grants } from "../../../protocol/invocation.ts";
import { Databases } from "./databases.ts";
import { createDynamoStore } from "./dynamo/dynamo-store.ts";
import type { TableOptions } from "./dynamo/table.ts";
import { agentOf, type Owner } from "./owner.ts";
import type { SpaceStore } from "./space-store.ts";
import { createSqliteStore } from "./sqlite-store.ts";

/** Whose store is wanted, and what leads to it: asked at each use, for a resume brings newer credentials. */
export type StoreRequest = Owner & { grants(): Pick<Grants, "blobs" | "store"> | undefined };

export class Stores {
  readonly #databases: Databases;
  readonly #tableOptions: TableOptions;

  constructor(stateDir: string | undefined, tableOptions: TableOptions = {}) {
    this.#databases = new Databases(stateDir);
    this.#tableOptions = tableOptions;
  }

  /** Throws `StorageError` when there is no store, or when the space is not the conversation's own. */
  of(request: StoreRequest): SpaceStore {
    if (request.grants()?.store !== undefined) {
      const owner = { agent: agentOf(request), space: request.space };
      return createDynamoStore(owner, () => request.grants(), this.#tableOptions);
    }
    return createSqliteStore(this.#databases.of(request));
  }

  close(): void {
    this.#databases.close();
  }
}
