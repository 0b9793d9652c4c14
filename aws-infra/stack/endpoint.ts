/** The one endpoint that the edge invokes, the log of what runs there, and the way back to an earlier version. */
import { CfnCondition, CfnParameter, Fn, RemovalPolicy, Validations } from "aws-cdk-lib";
import { CfnRuntimeEndpoint, type CfnRuntime } from "aws-cdk-lib/aws-bedrockagentcore";
import { CfnLogGroup } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { ENDPOINT_NAME, PINNED_VERSION_PARAMETER } from "../../protocol/deployment.ts";

/** Makes the endpoint. It follows the newest version, unless the parameter names another. */
export function createEndpoint(scope: Construct, runtime: CfnRuntime, logRetentionDays: number): CfnRuntimeEndpoint {
  const pinned = new CfnParameter(scope, PINNED_VERSION_PARAMETER, {
    type: "String",
    default: "",
    allowedPattern: "^([1-9][0-9]{0,4})?$",
    description: "The version of the runtime that new sessions get; empty: the newest",
  });
  // The checker puts the default into the endpoint, where the condition never puts it.
  Validations.of(scope).acknowledge({
    id: "CloudFormation-Validate::W1030",
    reason: "The empty default means the newest version; the endpoint gets the parameter only when it is not empty.",
  });
  const isPinned = new CfnCondition(scope, "IsPinned", {
    expression: Fn.conditionNot(Fn.conditionEquals(pinned.valueAsString, "")),
  });
  const version = Fn.conditionIf(isPinned.logicalId, pinned.valueAsString, runtime.attrAgentRuntimeVersion);
  const endpoint = new CfnRuntimeEndpoint(scope, "Endpoint", {
    agentRuntimeId: runtime.attrAgentRuntimeId,
    agentRuntimeVersion: version.toString(),
    name: ENDPOINT_NAME,
    description: "Where the edge sends its turns",
  });
  endpoint.addResourceDependency(createLog(scope, runtime, logRetentionDays));
  return endpoint;
}

/**
 * AgentCore writes to the group of this name. The runtime's id is in it, so it cannot be made before the runtime; it
 * is made before the endpoint, and so before anybody could write to it. AgentCore's own endpoint, DEFAULT, has none:
 * nobody invokes it, and a stack that makes a group which AgentCore may make first can fail for that.
 */
function createLog(scope: Construct, runtime: CfnRuntime, retentionInDays: number): CfnLogGroup {
  const log = new CfnLogGroup(scope, "Log", {
    logGroupName: `/aws/bedrock-agentcore/runtimes/${runtime.attrAgentRuntimeId}-${ENDPOINT_NAME}`,
    retentionInDays,
  });
  log.applyRemovalPolicy(RemovalPolicy.DESTROY);
  return log;
}
