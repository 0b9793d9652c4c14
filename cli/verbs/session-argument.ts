/** Reads the name of a session on the command line. */
import { InvalidArgumentError } from "commander";
import { isSessionKey } from "../../protocol/session-key.ts";

/** What to say to a text that cannot be the name of a session. */
const SESSION_FORM = "A session looks like agent:main:telegram:direct:42; npm run claw -- sessions lists them";

/** Returns `text`. Throws what commander turns into a wrong usage if it cannot be the name of a session. */
export function readSession(text: string): string {
  if (isSessionKey(text)) return text;
  throw new InvalidArgumentError(SESSION_FORM);
}
