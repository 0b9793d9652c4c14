/** Carries out `forget`: whatever a space holds is gone afterwards, from its database, from S3 and from this process. */
import { ClawError, StorageError } from "../../protocol/errors.ts";
import type { ForgetInvocation, ForgetReply } from "../../protocol/invocation.ts";
import { forgetPictures } from "./agent/attachments/turn-attachments.ts";
import { dropHome } from "./home.ts";
import type { Environment } from "./environment.ts";
import type { OwnedDatabases } from "./stores/databases.ts";
import { checkFence, fenceMark, outrunAll, storedFence } from "./stores/fence.ts";
import { emptyDatabase } from "./stores/forget-database.ts";
import { countSessions } from "./stores/session-store.ts";
import type { Turns } from "./turn/turns.ts";
import { forgetKnown } from "./workspace/blob-store.ts";
import { countHeadFiles } from "./workspace/manifest-store.ts";
import { createS3Client } from "./workspace/s3-client.ts";
import { deleteObjects, spacePrefix } from "./workspace/space-objects.ts";

/** Where it works. */
export type ForgetPlace = {
  readonly databases: OwnedDatabases;
  readonly turns: Pick<Turns, "leaveSpace">;
  readonly environment: Pick<Environment, "workDir">;
};

/**
 * Repeating it, also after it broke off, removes what is left; the reply counts what this call removed. First nothing
 * more can be committed, then nothing names the contents any more, then they go. Throws `StorageError`:
 * `storage_fence_lost` for an outdated order, `storage_unavailable` when somebody writes or reads meanwhile. Throws
 * `forget_refused` for the owner's space.
 */
export async function forgetSpace(order: ForgetInvocation, place: ForgetPlace): Promise<ForgetReply> {
  const { conversation, fence, space, grants } = order;
  if (space === "owner") throw new ClawError("forget_refused", "never", "The owner's space is never forgotten.");
  const { databases, turns, environment } = place;
  const { space: db, agent } = databases;
  outrunAll(db, conversation, fence);
  const mark = fenceMark(db);
  // What a new turn stores must not be taken from under it.
  const guard = () => {
    checkFence(db, conversation, fence);
    if (fenceMark(db) !== mark) throw new StorageError("storage_unavailable", "a turn has begun in the space");
  };
  await turns.leaveSpace(space, (left) => storedFence(db, left));
  const address = createS3Client(() => grants.blobs).urlOf(spacePrefix({ agent, space }));
  forgetKnown(address);
  forgetPictures(address);
  await dropHome({ agent, space }, environment);
  const [transcripts, files] = [countSessions(db), countHeadFiles(db)];
  emptyDatabase(db, guard);
  const blobs = await deleteObjects(() => grants.blobs, { agent, space }, guard);
  return { transcripts, files, blobs };
}
