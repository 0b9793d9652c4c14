/** The CDK app: `CDK_OUTDIR=<folder> node aws-infra/app.ts` writes the template; it needs no account and no network. */
import { App } from "aws-cdk-lib";
import { readSettings } from "./settings.ts";
import { AgentClawStack } from "./stack/agent-claw-stack.ts";

const app = new App({ analyticsReporting: false });
const read = readSettings((name) => app.node.tryGetContext(name));
if (read.ok) {
  new AgentClawStack(app, read.settings);
  app.synth();
} else {
  for (const problem of read.problems) console.error(`aws-infra: ${problem}`);
  process.exitCode = 1;
}
