/** Names of single writes, by which one is known again when its answer was lost. */
import { randomBytes } from "node:crypto";

const NAME_BYTES = 16;

/** A name that nothing else has; DynamoDB takes at most 36 characters. */
export function newName(): string {
  return randomBytes(NAME_BYTES).toString("base64url");
}
