/** One agent's storage for tests: an S3, the databases on disk, and turns of any space on them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { raiseFence } from "../../../agent-container/src/stores/fence.ts";
import { openSpaceDatabase } from "../../../agent-container/src/stores/space-database.ts";
import { createBlobStore } from "../../../agent-container/src/workspace/blob-store.ts";
import { createManifestStore, type ManifestStore } from "../../../agent-container/src/workspace/manifest-store.ts";
import { openWorkspace, type Workspace } from "../../../agent-container/src/workspace/workspace.ts";
import type { Grants } from "../../../protocol/invocation.ts";
import { isTurnId, type TurnId } from "../../../protocol/ids.ts";
import { type ConversationKey, isConversationKey } from "../../../protocol/session-key.ts";
import { isSpaceId, type SpaceId, spaceFolder } from "../../../protocol/space.ts";
import { type MemoryS3, startMemoryS3 } from "./memory-s3.ts";

type TurnOptions = {
  readonly turn?: string;
  readonly space?: string;
  readonly conversation?: string;
  readonly fence?: number;
  /** Stands for the process: turns of one process share their working copies. */
  readonly process?: string;
  readonly checkpointId?: string;
  readonly now?: number;
  /** Why a file that steers the agent may not be written. */
  readonly refuseSteering?: (path: string) => Promise<string | null>;
  wrap?(manifests: ManifestStore): ManifestStore;
};

export type World = {
  readonly s3: MemoryS3;
  readonly dir: string;
  grant(space: SpaceId): Promise<Grants["blobs"]>;
  open(options?: TurnOptions): Promise<Workspace>;
  manifests(options?: TurnOptions): ManifestStore;
  database(space: string): DatabaseSync;
  raise(conversation: string, fence: number): void;
  stop(): Promise<void>;
};

export const OWNER = "agent:main:main";

/** Contents go to an S3 in memory, or to where `grantOf` says. */
export async function createWorld(grantOf?: World["grant"]): Promise<World> {
  const s3 = await startMemoryS3();
  const grant = grantOf ?? (async () => s3.grant);
  const dir = mkdtempSync(join(tmpdir(), "claw-workspace-"));
  const opened: DatabaseSync[] = [];
  const openAt = (name: string) => {
    const db = openSpaceDatabase(join(dir, `${name}.sqlite`));
    opened.push(db);
    return db;
  };
  const database = (space: string) => openAt(spaceFolder(spaceId(space)));
  const manifests = ({ space = "owner", conversation = OWNER, fence = 1, now = 1_000 }: TurnOptions = {}) =>
    createManifestStore({
      space: database(space),
      shared: openAt("shared"),
      conversation: conversationKey(conversation),
      fence: () => fence,
      now: () => now,
    });
  return {
    s3,
    dir,
    manifests,
    database,
    grant,
    open: async (options = {}) => {
      const space = spaceId(options.space ?? "owner");
      const store = manifests(options);
      const granted = await grant(space);
      return openWorkspace({
        turnId: turnId(options.turn ?? "turn-0001"),
        space,
        blobs: createBlobStore(() => granted, { agent: "main", space }),
        manifests: options.wrap?.(store) ?? store,
        workDir: join(dir, options.process ?? "process"),
        refuseSteering: options.refuseSteering ?? (() => Promise.resolve(null)),
        ...(options.checkpointId !== undefined && { checkpointId: options.checkpointId }),
      });
    },
    raise: (conversation, fence) => raiseFence(database("owner"), conversationKey(conversation), fence),
    stop: async () => {
      for (const db of opened) db.close();
      rmSync(dir, { recursive: true, force: true });
      await s3.stop();
    },
  };
}

export function turnId(text: string): TurnId {
  if (!isTurnId(text)) throw new Error(`not a turn id: ${text}`);
  return text;
}

export function spaceId(text: string): SpaceId {
  if (!isSpaceId(text)) throw new Error(`not a space: ${text}`);
  return text;
}

function conversationKey(text: string): ConversationKey {
  if (!isConversationKey(text)) throw new Error(`not a conversation: ${text}`);
  return text;
}
