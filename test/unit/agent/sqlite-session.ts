/** Opens a transcript in a database of the test's own. */
import { type Session, StorageBackedSession } from "@earendil-works/pi-agent-core";
import { openTranscript, type SessionTarget } from "../../../agent-container/src/stores/session-store.ts";

export async function openSession(target: SessionTarget): Promise<Session> {
  const { metadata, storage } = await openTranscript(target);
  return new StorageBackedSession(metadata, storage);
}
