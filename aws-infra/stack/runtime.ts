/** The agent's runtime: what it runs, how long a session may wait and live, and nothing secret. */
import { CfnRuntime } from "aws-cdk-lib/aws-bedrockagentcore";
import type { Role } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import type { InfraSettings } from "../settings.ts";
import { createArtifact } from "./artifact.ts";
import { agentCoreName } from "./names.ts";

/**
 * Makes the runtime. Each change of it is a new version. It has no environment variables: keys and names come with
 * each turn, and what the process needs besides are its defaults (agent-container/src/environment.ts).
 */
export function createRuntime(scope: Construct, role: Role, settings: InfraSettings): CfnRuntime {
  const { artifact, rights } = createArtifact(scope, role, settings);
  const runtime = new CfnRuntime(scope, "Runtime", {
    agentRuntimeName: agentCoreName(settings.name),
    description: "The agent of agent-claw",
    agentRuntimeArtifact: artifact,
    roleArn: role.roleArn,
    networkConfiguration: { networkMode: "PUBLIC" },
    protocolConfiguration: "HTTP",
    // Never left to AWS's default, which is not the same in all Regions.
    platformVersion: settings.platform,
    lifecycleConfiguration: {
      idleRuntimeSessionTimeout: settings.idleSeconds,
      maxLifetime: settings.maxLifetimeSeconds,
    },
  });
  if (rights !== null) runtime.node.addDependency(rights);
  return runtime;
}
