/** Opens the transcript of a conversation as a session of pi's. */
import { BACKGROUND_CONTEXT, type Session, StorageBackedSession } from "@earendil-works/pi-agent-core";
import type { SpaceStore, Transcript, Writer } from "./space-store.ts";

/** Creates the transcript when absent. Throws `StorageError`. */
export async function openSession(store: SpaceStore, transcript: Transcript, writer: Writer): Promise<Session> {
  const { metadata, storage } = await store.openTranscript(transcript, writer);
  return new StorageBackedSession(metadata, storage);
}

/** Opens a transcript to be read only; null when there is none. Throws `StorageError`. */
export async function readSession(store: SpaceStore, transcript: Transcript): Promise<Session | null> {
  if (!(await store.hasTranscript(transcript))) return null;
  return openSession(store, transcript, { conversation: transcript.conversation, fence: () => 0 });
}

/** Lets go of a session that was only read. */
export function closeSession(session: Session): Promise<void> {
  return session.close(BACKGROUND_CONTEXT);
}
