/** Removes the transcripts of earlier runs, as the edge asks for it. It is in no run's way: what fails is asked for again. */
import type { TurnTask } from "../../../protocol/invocation.ts";
import { type ConversationKey, parseConversationKey } from "../../../protocol/session-key.ts";
import { type SpaceId, spaceOf } from "../../../protocol/space.ts";
import type { SpaceStore } from "../stores/space-store.ts";
import type { TurnPorts } from "./ports.ts";

export type ExpiredRuns = Pick<TurnTask, "expired"> & {
  /** Of the turn that does it. */
  readonly conversation: ConversationKey;
  readonly space: SpaceId;
  readonly store: Pick<SpaceStore, "agent" | "removeConversation">;
  readonly log: TurnPorts["log"];
};

/** Only runs of jobs of the same agent and space. Never throws. */
export async function removeExpired({ expired, conversation, space, store, log }: ExpiredRuns): Promise<void> {
  const gone = expired.filter((run) => run !== conversation && isRunIn({ agent: store.agent, space }, run));
  try {
    for (const run of gone) await store.removeConversation(run);
  } catch (error) {
    log({ event: "expired_not_removed", conversation, error: error instanceof Error ? error.message : "not an error" });
  }
}

function isRunIn(
  { agent, space }: { readonly agent: string; readonly space: SpaceId },
  conversation: ConversationKey,
): boolean {
  const ref = parseConversationKey(conversation);
  return ref.ok && ref.value.kind === "job" && ref.value.agent === agent && spaceOf(ref.value) === space;
}
