/** The agent's bundle, the Worker's module and the template, and the name of what they are together. No account, no network. */
import { join } from "node:path";
import { buildAgent } from "../../../local/agent-bundle.ts";
import { runBuildStep } from "../../../local/build-step.ts";
import { buildWorker } from "../../../local/worker-bundle.ts";
import { installCdk, synthesize } from "../cdk.ts";
import { releaseId } from "../release.ts";
import type { Step } from "../step.ts";

export const buildAll: Step = {
  id: "build",
  title: "Build the agent, the Worker and the template",
  async run({ facts: { root, settings }, tell }) {
    const agent = await buildAgent(root);
    const agentFolder = join(agent.entryPath, "..");
    const isImage = settings.context["artifact"] === "image";
    if (isImage) {
      // The Dockerfile takes what is beside it.
      const script = [join(root, "agent-container", "build.ts")];
      await runBuildStep({ what: "the agent", root, script, environment: {} });
    }
    const worker = await buildWorker(root);
    await installCdk(root, tell);
    const assembly = await synthesize(root, settings, { agentFolder: isImage ? null : agentFolder, tell });
    const release = releaseId(agentFolder, worker.modulePath);
    tell(`release ${release}`);
    return { built: { release, assembly }, release };
  },
};
