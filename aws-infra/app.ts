/** The CDK app: `CDK_OUTDIR=<folder> node aws-infra/app.ts` writes the template; it needs no account and no network. */
import { App } from "aws-cdk-lib";
import { readSettings } from "./settings.ts";
import { AgentClawStack } from "./stack/agent-claw-stack.ts";
import { artifactProblem } from "./stack/artifact.ts";

// Not by itself at the end of the process: settings that are refused make nothing.
const app = new App({ analyticsReporting: false, autoSynth: false });
const read = readSettings((name) => app.node.tryGetContext(name));
if (read.ok) {
  const problem = artifactProblem(read.settings);
  if (problem === null) {
    new AgentClawStack(app, read.settings);
    app.synth();
  } else {
    refuse([problem]);
  }
} else {
  refuse(read.problems);
}

function refuse(problems: readonly string[]): void {
  for (const problem of problems) console.error(`aws-infra: ${problem}`);
  process.exitCode = 1;
}
