/** Opens the transcript of a conversation as a session of pi's: for a turn, or to be read only. */
import { BACKGROUND_CONTEXT, type Session, StorageBackedSession } from "@earendil-works/pi-agent-core";
import type { Fence } from "../../../protocol/ids.ts";
import { SessionCache } from "./session-cache.ts";
import type { SpaceStore, Transcript } from "./space-store.ts";
import type { WarmSessions } from "./warm-sessions.ts";

/** The transcript of a running turn. Closing the session stores what is left and lets go of it. */
export type TurnSession = {
  readonly session: Session;
  /** Makes durable what was written so far. To be called before every effect. Throws `StorageError`. */
  readonly flush: () => Promise<void>;
};

export type TurnSessionOptions = {
  readonly store: SpaceStore;
  readonly transcript: Transcript;
  /** The fence at this moment: a live turn can be given a later one. */
  readonly fence: () => Fence;
  /** As a `Writer` has it. */
  readonly settled: () => Promise<unknown>;
  /** The fence that the store had before the turn. */
  readonly fenceBefore: Fence;
  readonly warm: WarmSessions;
};

/** Creates the transcript when absent. Throws `StorageError`. */
export async function openTurnSession(options: TurnSessionOptions): Promise<TurnSession> {
  const { store, transcript, fence, settled, fenceBefore, warm } = options;
  let cache: SessionCache | undefined;
  const nextSeq = () => cache?.durableSeq ?? null;
  const writer = { conversation: transcript.conversation, fence, settled, nextSeq };
  const { metadata, storage, nextSeq: firstSeq } = await store.openTranscript(transcript, writer);
  const opened = await SessionCache.open(storage, firstSeq, warm.take(transcript, fenceBefore));
  cache = opened;
  const session = new StorageBackedSession(metadata, opened, {
    onClose: () => {
      if (opened.warm !== null) warm.keep(transcript, fence(), opened.warm);
    },
  });
  return { session, flush: () => opened.flush() };
}

/** Opens a transcript to be read only; null when there is none. Throws `StorageError`. */
export async function readSession(store: SpaceStore, transcript: Transcript): Promise<Session | null> {
  if (!(await store.hasTranscript(transcript))) return null;
  const writer = { conversation: transcript.conversation, fence: () => 0 };
  const { metadata, storage } = await store.openTranscript(transcript, writer);
  return new StorageBackedSession(metadata, storage);
}

/** Lets go of a session that was only read. */
export function closeSession(session: Session): Promise<void> {
  return session.close(BACKGROUND_CONTEXT);
}
