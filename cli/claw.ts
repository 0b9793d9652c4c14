/** `npm run claw -- <verb>`: looks after an assistant. One file per verb; `--help` and exit codes are the same for all. */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import * as v from "valibot";
import { EXIT } from "./exit-code.ts";
import { doctorVerb } from "./verbs/doctor.ts";
import { ledgerVerb } from "./verbs/ledger.ts";
import { logsVerb } from "./verbs/logs.ts";
import { replayVerb } from "./verbs/replay.ts";
import { sessionsVerb } from "./verbs/sessions.ts";
import { statusVerb } from "./verbs/status.ts";
import type { Verb, VerbOptions } from "./verbs/verb.ts";

const packageFile = v.pipe(v.string(), v.parseJson(), v.object({ version: v.string() }));
const { version } = v.parse(packageFile, readFileSync(new URL("../package.json", import.meta.url), "utf8"));

const program = new Command("claw")
  .description("Looks after the assistant that npm start runs here, or after a deployment.")
  .version(version, "--version", "print the version of this folder")
  .addHelpText("after", "\nExit codes: 0 done, 1 failed or something is wrong, 2 wrong usage or no assistant there")
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? EXIT.done : EXIT.unusable));

addVerb(statusVerb);
addVerb(sessionsVerb);
addVerb(ledgerVerb);
addVerb(replayVerb);
addVerb(logsVerb);
addVerb(doctorVerb);

await program.parseAsync();

function addVerb<Options extends VerbOptions>(verb: Verb<Options>): void {
  const command = program.command(verb.name).description(verb.summary);
  (verb.declare?.(command) ?? command)
    .option("--url <url>", "a deployment instead of the local assistant")
    .option("--token <token>", "its admin token (default: ADMIN_TOKEN)")
    .option("--json", "print JSON for scripts")
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? EXIT.done : EXIT.unusable))
    .action(async () => {
      process.exitCode = await verb.run(command.opts<Options>(), command.args);
    });
}
