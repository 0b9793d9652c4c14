/** Who the Worker is in AWS: a user whose key the deploy command makes, so that no template ever holds it. */
import { Policy, PolicyStatement, User } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";

/** Makes the user. It has no password and no key. */
export function createRelay(scope: Construct): User {
  return new User(scope, "Relay");
}

/** Gives the user all that it may do: three things, each on one resource. */
export function grantRelay(
  scope: Construct,
  relay: User,
  may: {
    readonly assume: string;
    readonly invoke: readonly string[];
    readonly readSecret: string;
  },
): void {
  new Policy(scope, "RelayPolicy", {
    users: [relay],
    statements: [
      new PolicyStatement({
        sid: "BecomeASpace",
        actions: ["sts:AssumeRole", "sts:TagSession"],
        resources: [may.assume],
      }),
      new PolicyStatement({
        sid: "RunTurns",
        actions: ["bedrock-agentcore:InvokeAgentRuntime", "bedrock-agentcore:StopRuntimeSession"],
        resources: [...may.invoke],
      }),
      new PolicyStatement({
        sid: "ReadTheSecret",
        actions: ["secretsmanager:GetSecretValue"],
        resources: [may.readSecret],
      }),
    ],
  });
}
