/** AgentCore Memory: what is worth remembering of each space's conversations, found by three strategies of AWS's own. */
import { CfnMemory } from "aws-cdk-lib/aws-bedrockagentcore";
import type { Construct } from "constructs";
import { agentCoreName } from "./names.ts";
import { actorNamespace } from "./namespaces.ts";

/** AgentCore fills this in. */
const ACTOR = actorNamespace("{actorId}");

/** Where each strategy puts its records. */
export const NAMESPACE_TEMPLATES = {
  facts: `${ACTOR}facts/`,
  preferences: `${ACTOR}preferences/`,
  summaries: `${ACTOR}sessions/{sessionId}/summaries/`,
} as const;

/** Makes the memory. It goes with the stack: it needs a name, and one that stayed would be in the way of the next. */
export function createMemory(
  scope: Construct,
  { name, eventExpiryDays }: { readonly name: string; readonly eventExpiryDays: number },
): CfnMemory {
  return new CfnMemory(scope, "Memory", {
    name: agentCoreName(name),
    description: "What agent-claw remembers of each space",
    eventExpiryDuration: eventExpiryDays,
    memoryStrategies: [
      { semanticMemoryStrategy: { name: "facts", namespaceTemplates: [NAMESPACE_TEMPLATES.facts] } },
      { userPreferenceMemoryStrategy: { name: "preferences", namespaceTemplates: [NAMESPACE_TEMPLATES.preferences] } },
      { summaryMemoryStrategy: { name: "summaries", namespaceTemplates: [NAMESPACE_TEMPLATES.summaries] } },
    ],
  });
}
