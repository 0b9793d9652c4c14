/** `npm run aws`: the laptop's AWS alone, at a fixed address, for plain `npx wrangler dev` with the `.dev.vars` example. */
import { resolve } from "node:path";
import { totalmem } from "node:os";
import { buildAgent } from "./agent-bundle.ts";
import { startLaptopAws, stopLaptopAws } from "./laptop-aws.ts";
import { errorText, logToTerminal } from "./log.ts";
import { readSettings } from "./settings.ts";
import { openStateDir } from "./state-dir.ts";
import { loadVariables } from "./variables.ts";
import { region } from "./worker-environment.ts";

/** The port that `.dev.vars.example` names. */
const PORT = 8788;
const root = resolve(import.meta.dirname, "..");

try {
  const variables = loadVariables(root);
  const { settings } = readSettings(variables, { root, memoryBytes: totalmem() });
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = variables;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new Error("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are missing in .dev.vars; copy .dev.vars.example");
  }
  await openStateDir(settings.stateDir);
  const { entryPath: agentEntry } = await buildAgent(root);
  const aws = await startLaptopAws({
    port: PORT,
    stateDir: settings.stateDir,
    region: region(variables),
    credentials: { accessKeyId, secretAccessKey },
    agentEntry,
    processMax: settings.processMax,
    runsAgents: true,
    log: logToTerminal,
  });
  await aws.ready;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void stopLaptopAws(aws).then(() => process.exit(0)));
  }
  console.log(`ready ${aws.url}`);
} catch (error) {
  console.error(`the laptop's AWS cannot start: ${errorText(error)}`);
  process.exit(1);
}
