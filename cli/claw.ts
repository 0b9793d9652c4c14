/** `npm run claw -- <verb>`: looks after an assistant. One file per verb; `--help` and exit codes are the same for all. */
import { readFileSync } from "node:fs";
import { Command, type CommanderError } from "commander";
import * as v from "valibot";
import { printableLine } from "../local/terminal-text.ts";
import { EXIT } from "./exit-code.ts";
import { conversationsVerb } from "./verbs/conversations.ts";
import { configVerbs } from "./verbs/config.ts";
import { discordVerbs } from "./verbs/discord.ts";
import { doctorVerb } from "./verbs/doctor.ts";
import { heartbeatVerb } from "./verbs/heartbeat.ts";
import { jobVerbs } from "./verbs/jobs.ts";
import { ledgerVerb } from "./verbs/ledger.ts";
import { logsVerb } from "./verbs/logs.ts";
import { pairVerbs } from "./verbs/pair.ts";
import { peopleVerbs } from "./verbs/people.ts";
import { replayVerb } from "./verbs/replay.ts";
import { sessionsVerb } from "./verbs/sessions.ts";
import { statusVerb } from "./verbs/status.ts";
import { telegramVerbs } from "./verbs/telegram.ts";
import { transcriptVerbs } from "./verbs/transcript.ts";
import { usageVerb } from "./verbs/usage.ts";
import type { Verb, VerbGroup } from "./verbs/verb.ts";

const packageFile = v.pipe(v.string(), v.parseJson(), v.object({ version: v.string() }));
const { version } = v.parse(packageFile, readFileSync(new URL("../package.json", import.meta.url), "utf8"));

const program = new Command("claw")
  .description("Looks after the assistant that npm start runs here, or after a deployment.")
  .version(version, "--version", "print the version of this folder")
  .addHelpText("after", "\nExit codes: 0 done, 1 failed or something is wrong, 2 wrong usage or no assistant there")
  .exitOverride(exit);

const VERBS: readonly (Verb | VerbGroup)[] = [
  statusVerb,
  pairVerbs,
  peopleVerbs,
  configVerbs,
  sessionsVerb,
  conversationsVerb,
  transcriptVerbs,
  jobVerbs,
  heartbeatVerb,
  usageVerb,
  ledgerVerb,
  replayVerb,
  logsVerb,
  telegramVerbs,
  discordVerbs,
  doctorVerb,
];
for (const verb of VERBS) add(program, verb);

await program.parseAsync();

function add(parent: Command, verb: Verb | VerbGroup): void {
  const isDefault = "isDefault" in verb;
  const command = parent.command(verb.name, { isDefault }).description(verb.summary).exitOverride(exit);
  if ("verbs" in verb) {
    for (const each of verb.verbs) add(command, each);
    return;
  }
  verb.declare?.(command);
  // What runs when no verb is named is also given the names of verbs that there are none of.
  const takesStrayWords = isDefault && command.registeredArguments.length === 0;
  command
    .option("--url <url>", "a deployment instead of the local assistant")
    .option("--token <token>", "its admin token (default: ADMIN_TOKEN)")
    .option("--deployed [name]", "what npm run deploy has deployed from here; comes last")
    .option("--json", "print JSON for scripts")
    .allowExcessArguments(takesStrayWords)
    .action(async () => {
      const [stray] = takesStrayWords ? command.args : [];
      if (stray !== undefined) parent.error(`error: unknown command '${printableLine(stray)}'`);
      process.exitCode = await verb.run(command.opts(), command.args);
    });
}

function exit({ exitCode }: CommanderError): never {
  process.exit(exitCode === 0 ? EXIT.done : EXIT.unusable);
}
