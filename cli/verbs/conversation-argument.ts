/** Reads the name of a conversation on the command line. */
import { InvalidArgumentError } from "commander";
import { isConversationKey } from "../../protocol/session-key.ts";

const FORM = "A conversation looks like agent:main:main; npm run claw -- conversations lists them";

/** Returns `text`. Throws what commander turns into a wrong usage if it cannot be the name of a conversation. */
export function readConversation(text: string): string {
  if (isConversationKey(text)) return text;
  throw new InvalidArgumentError(FORM);
}

/** Where the admin API has its transcript. */
export function transcriptPath(conversation: string): string {
  return `/admin/api/conversations/${encodeURIComponent(conversation)}/transcript`;
}
