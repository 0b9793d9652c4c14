/** Carries out `forget`: whatever a space holds is gone afterwards, from its database, from S3 and from this process. */
import { ClawError } from "../../protocol/errors.ts";
import type { ForgetInvocation, ForgetReply } from "../../protocol/invocation.ts";
import { forgetPictures } from "./agent/attachments/turn-attachments.ts";
import { dropHome } from "./home.ts";
import type { Environment } from "./environment.ts";
import type { SpaceStore } from "./stores/space-store.ts";
import type { Turns } from "./turn/turns.ts";
import { forgetKnown } from "./workspace/blob-store.ts";
import { createS3Client } from "./workspace/s3-client.ts";
import { deleteObjects, spacePrefix } from "./workspace/space-objects.ts";

/** Where it works. */
export type ForgetPlace = {
  readonly store: SpaceStore;
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
  const { store, turns, environment } = place;
  const { agent } = store;
  const forgetting = await store.outrunAll(conversation, fence);
  await turns.leaveSpace(space, (left) => store.storedFence(left));
  const address = createS3Client(() => grants.blobs).urlOf(spacePrefix({ agent, space }));
  forgetKnown(address);
  forgetPictures(address);
  await dropHome({ agent, space }, environment);
  const counts = await forgetting.empty();
  // What a new turn stores must not be taken from under it.
  const blobs = await deleteObjects(
    () => grants.blobs,
    { agent, space },
    () => forgetting.guard(),
  );
  return { ...counts, blobs };
}
