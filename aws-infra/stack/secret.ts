/** The one secret: a JSON object with the keys of models and tools, which the deploy command writes and the edge reads. */
import { RemovalPolicy } from "aws-cdk-lib";
import { CfnSecret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import { acceptFinding } from "./accepted-finding.ts";

/**
 * Makes the secret without a value: the template never holds one, so no update of the stack can overwrite what was
 * written. It goes with the stack: its values come from the owner's settings, and waiting costs money.
 */
export function createSecret(scope: Construct): CfnSecret {
  const secret = new CfnSecret(scope, "Secret", { description: "Keys of models and tools of agent-claw, as JSON" });
  secret.applyRemovalPolicy(RemovalPolicy.DESTROY);
  acceptFinding(
    secret,
    "SMG4",
    "The keys belong to model providers: only the owner can make new ones. A new value needs no deploy.",
  );
  return secret;
}
