/** What people read when a transcript cannot be read. */
import { StorageError } from "../../../../protocol/errors.ts";

/** `storage_damaged`: it would break every turn of the conversation without saying what helps. */
export function damagedTranscript(cause?: unknown): StorageError {
  const message = "What was said here before is damaged and cannot be read. Send /new to begin a fresh conversation.";
  return new StorageError("storage_damaged", message, { cause });
}
