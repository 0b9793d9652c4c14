/** Most verbs ask the admin API one thing and print the answer: as JSON for scripts, or as text for people. */
import { findAddress } from "../address.ts";
import { askAdmin } from "../admin-api.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { complain, type VerbOptions } from "./verb.ts";

/** Asks for `path` and prints what `render` makes of the answer. */
export async function askAndPrint(
  verb: string,
  path: string,
  options: VerbOptions,
  render: (answer: unknown) => readonly string[],
): Promise<ExitCode> {
  const address = findAddress(options);
  if (!address.ok) return complain(verb, EXIT.unusable, address.error);
  const answer = await askAdmin(address.value, path);
  if (!answer.ok) return complain(verb, answer.error.exit, answer.error.message);
  const lines = options.json ? [JSON.stringify(answer.value)] : render(answer.value);
  for (const line of lines) console.log(line);
  return EXIT.done;
}
