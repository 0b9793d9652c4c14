/**
 * Several owners of one conversation, each with connections of its own as processes have, write in any order. Once a
 * higher fence was raised, nothing of a lower one changes a single row of any table.
 */
import type { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { BACKGROUND_CONTEXT, insertEntry, type Session, setValue, value } from "@earendil-works/pi-agent-core";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { raiseFence } from "../../../agent-container/src/stores/fence.ts";
import { openSession } from "./sqlite-session.ts";
import { entryOf, type Manifest } from "../../../agent-container/src/workspace/manifest.ts";
import { openSpaceDatabase } from "../../../agent-container/src/stores/space-database.ts";
import type { ManifestStore } from "../../../agent-container/src/workspace/manifest-store.ts";
import { workspacePath } from "../../../agent-container/src/workspace/path.ts";
import type { Workspace } from "../../../agent-container/src/workspace/workspace.ts";
import { createWorld, turnId, type World } from "../workspace/world.ts";
import { PROCESS_TEST_MS } from "./eventually.ts";
import { CONVERSATION } from "./invocations.ts";

vi.setConfig({ testTimeout: PROCESS_TEST_MS });

/** What an owner does. `reopen` is a process of its own again, with the same fence. */
const OPERATIONS = ["raise", "reopen", "journal", "checkpoint", "move_head", "commit", "save_branch"] as const;
type Operation = (typeof OPERATIONS)[number];

const FENCES = [1, 2, 3] as const;

/** One process that has, or had, the conversation. The first two fences are one turn, the third is the next turn. */
class Owner {
  readonly fence: number;
  readonly #world: World;
  readonly #name: string;
  #db: DatabaseSync;
  #manifests: ManifestStore;
  #session: Session | undefined;
  #workspace: Workspace | undefined;
  #writes = 0;

  constructor(world: World, fence: number) {
    this.#world = world;
    this.fence = fence;
    this.#name = fence < 3 ? "turn-0001" : "turn-0002";
    this.#db = world.database("owner");
    this.#manifests = world.manifests({ fence });
  }

  async do(operation: Operation): Promise<void> {
    this.#writes += 1;
    switch (operation) {
      case "raise":
        raiseFence(this.#db, CONVERSATION, this.fence);
        return;
      case "reopen":
        await this.close();
        this.#db = this.#world.database("owner");
        this.#manifests = this.#world.manifests({ fence: this.fence });
        raiseFence(this.#db, CONVERSATION, this.fence);
        return;
      case "journal":
        return this.#journal(await this.#openSession());
      case "checkpoint":
        await (await this.#write()).checkpoint();
        return;
      case "commit":
        await (await this.#write()).commit();
        return;
      case "move_head": {
        const to = this.#files();
        for (const tree of ["shared", "space"] as const) {
          const from = await this.#manifests.head(tree);
          await this.#manifests.moveHead(tree, { turnId: turnId(this.#name), from, to, mine: to });
        }
        return;
      }
      case "save_branch":
        await this.#manifests.saveBranch("space", turnId(this.#name), this.#files());
        await this.#manifests.saveBranch("shared", turnId(this.#name), this.#files());
        return;
    }
  }

  async close(): Promise<void> {
    await this.#workspace?.close();
    await this.#session?.close(BACKGROUND_CONTEXT);
    this.#workspace = undefined;
    this.#session = undefined;
  }

  get #words(): string {
    return `${String(this.fence)}.${String(this.#writes)}`;
  }

  /** Entry and value in one commit, as a step of the loop is. */
  async #journal(session: Session): Promise<void> {
    const entry = { id: this.#words, parentId: null, type: "custom", customType: "answer" } as const;
    const writes = [insertEntry(entry), setValue(value<string>("test", "last"), this.#words)];
    await session.mutate((mutator) => mutator.commit(writes, BACKGROUND_CONTEXT), BACKGROUND_CONTEXT);
  }

  async #write(): Promise<Workspace> {
    this.#workspace ??= await this.#world.open({ turn: this.#name, fence: this.fence, process: `p${this.#words}` });
    await this.#workspace.write(`memory/${String(this.fence)}.md`, this.#words);
    await this.#workspace.write("SOUL.md", this.#words);
    return this.#workspace;
  }

  async #openSession(): Promise<Session> {
    const path = join(this.#world.dir, "owner.sqlite");
    const target = { db: this.#db, path, conversation: CONVERSATION, epoch: 0, fence: () => this.fence };
    this.#session ??= await openSession(target);
    return this.#session;
  }

  #files(): Manifest {
    return new Map([[workspacePath("a.md"), entryOf(new TextEncoder().encode(this.#words))]]);
  }
}

/** Every row of every table of the space's and the shared database. */
function rowsOf(...databases: readonly DatabaseSync[]): string {
  return JSON.stringify(
    databases.map((db) =>
      db
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        .all()
        .map(({ name }) => [name, db.prepare(`SELECT * FROM "${String(name)}"`).all()] as const)
        .filter(([, rows]) => rows.length > 0),
    ),
  );
}

const steps = fc.array(
  fc.record({ owner: fc.integer({ min: 0, max: 2 }), operation: fc.constantFrom(...OPERATIONS) }),
  { minLength: 6, maxLength: 16 },
);

describe("owners of one conversation", () => {
  it("change nothing once a higher fence was raised, and everything they like until then", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (played) => {
        const world = await createWorld();
        const shared = openSpaceDatabase(join(world.dir, "shared.sqlite"));
        const space = world.database("owner");
        try {
          await play(world, played, () => rowsOf(space, shared));
        } finally {
          shared.close();
          await world.stop();
        }
      }),
      { numRuns: 20, endOnFailure: true },
    );
  });
});

async function play(
  world: World,
  played: readonly { readonly owner: number; readonly operation: Operation }[],
  rows: () => string,
): Promise<void> {
  const owners = FENCES.map((fence) => new Owner(world, fence));
  let highest = 0;
  for (const { owner: index, operation } of played) {
    const owner = owners[index];
    if (owner === undefined) throw new Error("no such owner");
    // As in the real thing an owner's first act is to raise its fence.
    if (owner.fence > highest) {
      await owner.do("raise");
      highest = owner.fence;
    }
    const before = rows();
    const done = await owner.do(operation).then(
      () => "done",
      (error: unknown) => error,
    );
    if (owner.fence === highest) expect(done).toBe("done");
    else {
      expect(done).toMatchObject({ code: "storage_fence_lost", passedBy: highest });
      expect(rows()).toBe(before);
    }
  }
  await Promise.all(owners.map((owner) => owner.close()));
}
