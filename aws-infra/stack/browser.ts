/** The browser that turns use: in AWS, on the public network, without a recording of what was seen in it. */
import { CfnBrowserCustom } from "aws-cdk-lib/aws-bedrockagentcore";
import type { Construct } from "constructs";
import { agentCoreName } from "./names.ts";

/** Makes the browser. It has no role: without recording and signing it needs no rights. */
export function createBrowser(scope: Construct, name: string): CfnBrowserCustom {
  return new CfnBrowserCustom(scope, "Browser", {
    name: agentCoreName(name),
    description: "The browser of agent-claw's turns",
    networkConfiguration: { networkMode: "PUBLIC" },
  });
}
