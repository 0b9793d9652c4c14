/** The refusal of a store that a newer release has written; people read its message in the chat. */
import { StorageError } from "../../../protocol/errors.ts";

/** `storage_schema_newer`, with what it is about in front: "The session store". */
export function newerSchema(what: string, options: ErrorOptions = {}): StorageError {
  const message = `${what} was written by a newer release of agent-claw, which has to be started again.`;
  return new StorageError("storage_schema_newer", message, options);
}
