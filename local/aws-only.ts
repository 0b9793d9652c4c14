/** `npm run aws`: the laptop's AWS alone, at a fixed address, for plain `npx wrangler dev` with the `.dev.vars` example. */
import { join, resolve } from "node:path";
import { totalmem } from "node:os";
import { buildAgent } from "./agent-bundle.ts";
import { startLaptopAws, stopLaptopAws } from "./laptop-aws.ts";
import { LOCAL_AWS, WRANGLER_DEV_VARIABLES } from "./local-aws-names.ts";
import { createGatedLog, errorText, logToTerminal, outliveReaders } from "./log.ts";
import { modelProviders } from "./model-providers.ts";
import { readSettings } from "./settings.ts";
import { openStateDir } from "./state-dir.ts";
import { loadVariables } from "./variables.ts";
import { region } from "./worker-environment.ts";

const root = resolve(import.meta.dirname, "..");
const gate = createGatedLog(logToTerminal);
gate.open();

try {
  outliveReaders();
  const variables = loadVariables(root);
  const { settings } = readSettings(variables, { root, memoryBytes: totalmem() });
  // Beside the state that `wrangler dev` keeps: the agent's files and the edge's fences belong together.
  const stateDir = join(root, ".wrangler", "state", "aws");
  await openStateDir(stateDir);
  const { entryPath: agentEntry } = await buildAgent(root);
  const aws = await startLaptopAws({
    port: LOCAL_AWS.fixedPort,
    stateDir,
    region: region(variables),
    credentials: {
      accessKeyId: variables["AWS_ACCESS_KEY_ID"] ?? WRANGLER_DEV_VARIABLES.AWS_ACCESS_KEY_ID,
      secretAccessKey: variables["AWS_SECRET_ACCESS_KEY"] ?? WRANGLER_DEV_VARIABLES.AWS_SECRET_ACCESS_KEY,
    },
    agentEntry,
    processMax: settings.processMax,
    providers: modelProviders(variables),
    runsAgents: true,
    log: gate.log,
  });
  await aws.ready;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      // The terminal sends the agents the same signal.
      gate.close();
      void stopLaptopAws(aws).then(() => {
        console.log("stopped");
        process.exit(0);
      });
    });
  }
  console.log(`ready ${aws.url}`);
} catch (error) {
  console.error(`the laptop's AWS cannot start: ${errorText(error)}`);
  process.exit(1);
}
