/** The stack: each part from its own file, joined, with what the deploy command has to know as outputs. */
import { CfnOutput, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { ENDPOINT_NAME, type StackOutput, STACK_OUTPUTS } from "../../protocol/deployment.ts";
import type { InfraSettings } from "../settings.ts";
import { createBrowser } from "./browser.ts";
import { createBucket } from "./bucket.ts";
import { createDataRole } from "./data-role.ts";
import { createEndpoint } from "./endpoint.ts";
import { createExecutionRole } from "./execution-role.ts";
import { createMemory } from "./memory.ts";
import { agentCoreName } from "./names.ts";
import { createRelay, grantRelay } from "./relay.ts";
import { createRuntime } from "./runtime.ts";
import { createSecret } from "./secret.ts";
import { createTable } from "./table.ts";

/** Everything that a deployment has in AWS, in no account and no Region until it is deployed. */
export class AgentClawStack extends Stack {
  constructor(scope: Construct, settings: InfraSettings) {
    super(scope, settings.name, {
      stackName: settings.name,
      description: "agent-claw: the agent's runtime, its memory, its data, and who may reach them",
    });

    const bucket = createBucket(this);
    const table = createTable(this);
    const memory = createMemory(this, settings);
    const browser = createBrowser(this, settings.name);
    const secret = createSecret(this);

    const runtime = createRuntime(this, createExecutionRole(this, agentCoreName(settings.name)), settings);
    const endpoint = createEndpoint(this, runtime, settings.logRetentionDays);

    const relay = createRelay(this);
    const dataRole = createDataRole(this, relay, {
      bucketArn: bucket.bucketArn,
      tableArn: table.tableArn,
      memoryArn: memory.attrMemoryArn,
      browserArn: browser.attrBrowserArn,
    });
    grantRelay(this, relay, {
      assume: dataRole.roleArn,
      invoke: [runtime.attrAgentRuntimeArn, `${runtime.attrAgentRuntimeArn}/runtime-endpoint/${ENDPOINT_NAME}`],
      readSecret: secret.ref,
    });

    const outputs: Record<StackOutput, string> = {
      RuntimeArn: runtime.attrAgentRuntimeArn,
      RuntimeVersion: runtime.attrAgentRuntimeVersion,
      LiveVersion: endpoint.attrLiveVersion,
      EndpointName: ENDPOINT_NAME,
      TableName: table.tableName,
      BucketName: bucket.bucketName,
      MemoryId: memory.attrMemoryId,
      BrowserId: browser.attrBrowserId,
      DataRoleArn: dataRole.roleArn,
      RelayUserName: relay.userName,
      SecretArn: secret.ref,
    };
    for (const name of STACK_OUTPUTS) new CfnOutput(this, name, { value: outputs[name] });
  }
}
