/** The stack as the template says, its endpoint at the newest version of the agent. */
import { PINNED_VERSION_PARAMETER } from "../../../protocol/deployment.ts";
import type { AwsAccount, StackState } from "../account.ts";
import { type Assembly, deployStack } from "../cdk.ts";
import { ToolError } from "../child.ts";
import { DeployError } from "../deploy-error.ts";
import { adviceOn } from "../explain.ts";
import { type Facts, known, outputsOf } from "../facts.ts";
import type { Step } from "../step.ts";
import { isSameTemplate } from "../template.ts";
import { waitFor } from "../wait.ts";

/** CloudFormation's own longest wait for one resource is an hour; ours take minutes. */
const SETTLE_MAX_MS = 3_600_000;

export const deployInfrastructure: Step = {
  id: "stack",
  title: "Bring the AWS stack up to date",
  async look(facts) {
    const { aws } = known(facts.accounts, "accounts");
    // Asked anew: the plan may have been looked at for long.
    const stack = await aws.stack(facts.settings.name);
    const isDone = stack !== null && isUpToDate(stack, known(facts.built, "built").assembly);
    return isDone ? { isDone, why: "it is as the template says", learned: { stack } } : { isDone: false };
  },
  async run({ facts, tell }) {
    const { root, settings } = facts;
    const { aws } = known(facts.accounts, "accounts");
    await settle(aws, settings.name, tell);
    try {
      await deployStack(root, settings, known(facts.built, "built").assembly, tell);
    } catch (error) {
      throw await explain(aws, settings.name, error);
    }
    const after: Facts = { ...facts, stack: await aws.stack(settings.name) };
    outputsOf(after);
    return { stack: after.stack ?? null };
  },
};

function isUpToDate(stack: StackState, { template }: Assembly): boolean {
  const isWhole = /^(?:CREATE|UPDATE)_COMPLETE$/.test(stack.status);
  const isPinned = (stack.parameters[PINNED_VERSION_PARAMETER] ?? "") !== "";
  return isWhole && !isPinned && isSameTemplate(template, stack.template);
}

/** A run that was killed leaves CloudFormation at work, which takes nothing new meanwhile. */
export async function settle(aws: AwsAccount, name: string, tell: (line: string) => void): Promise<string | null> {
  let told = "";
  const end = await waitFor(async () => {
    const now = await aws.stackStatus(name);
    if (now === null || now.status === "REVIEW_IN_PROGRESS" || !now.status.endsWith("_IN_PROGRESS")) return { now };
    if (now.status !== told) tell(`waiting for what CloudFormation does already: ${now.status}`);
    told = now.status;
    return null;
  }, SETTLE_MAX_MS);
  if (end === null) throw new DeployError(`CloudFormation is still at ${told}`, "look at the stack in the AWS console");
  return end.now?.status ?? null;
}

/** The resource that failed says more than the CDK's last lines. */
async function explain(aws: AwsAccount, name: string, error: unknown): Promise<unknown> {
  if (!(error instanceof ToolError)) return error;
  const failed = await aws.firstFailure(name).catch(() => null);
  if (failed === null) return error;
  const advice = adviceOn(failed.reason);
  return new DeployError(
    `${failed.logicalId} (${failed.type}): ${failed.reason}`,
    ...(advice === null ? [] : [advice]),
    "CloudFormation takes back what this run has changed; data that was there is not touched",
  );
}
