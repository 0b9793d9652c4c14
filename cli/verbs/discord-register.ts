/** `claw discord register`: the commands that Discord offers people; shows first what would change. */
import * as v from "valibot";
import { type Address, findAddress } from "../address.ts";
import { askAdmin } from "../admin-api.ts";
import { isAgreed } from "../confirmation.ts";
import { changesLines, commandsAnswer, hasChanges } from "../discord-commands.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { complainOf, print } from "./ask.ts";
import { complain, type Verb, type VerbOptions } from "./verb.ts";

type RegisterOptions = VerbOptions & { readonly yes?: true };
type Commands = v.InferOutput<typeof commandsAnswer>;

const VERB = "discord register";
const PATH = "/admin/api/discord/commands";

export const registerVerb: Verb<RegisterOptions> = {
  name: "register",
  summary: "registers the commands that people are offered in Discord; shows first what would change",
  declare: (command) => command.option("--yes", "without asking; needed where there is no terminal"),
  async run(options) {
    const address = findAddress(options);
    if (!address.ok) return complain(VERB, EXIT.unusable, address.error);
    const looked = await askAdmin(address.value, PATH);
    if (!looked.ok) return complainOf(VERB, looked.error);
    const commands = v.safeParse(commandsAnswer, looked.value);
    if (!commands.success) return complain(VERB, EXIT.failed, OTHER_RELEASE);
    if (!hasChanges(commands.output.changes)) return nothingToDo(options, commands.output);
    return await register(options, address.value, commands.output);
  },
};

function nothingToDo(options: VerbOptions, { changes, wanted }: Commands): ExitCode {
  const said = `Nothing changes: Discord has the ${wanted.length} commands of this release.`;
  return print(VERB, options, { json: { changes, registered: false }, lines: [said] });
}

async function register(options: RegisterOptions, address: Address, { changes }: Commands): Promise<ExitCode> {
  // Standard output is for the outcome, which may go elsewhere.
  for (const line of changesLines(changes)) console.error(line);
  if (!options.yes) {
    if (!process.stdin.isTTY) return complain(VERB, EXIT.unusable, "nothing was registered; if you want it so: --yes");
    const isWanted = await isAgreed("Register them so?", { input: process.stdin, output: process.stderr });
    if (!isWanted) return complain(VERB, EXIT.failed, "nothing was registered");
  }
  const registered = await askAdmin(address, PATH, { method: "PUT" });
  if (!registered.ok) return complainOf(VERB, registered.error);
  return print(VERB, options, { json: { changes, registered: true }, lines: [DONE] });
}

const DONE = "They are registered. Discord shows them at once; an app that is open may have to be reloaded (Ctrl-R).";
const OTHER_RELEASE = "the assistant is of another release and says it in its own way; use the claw of that release";
