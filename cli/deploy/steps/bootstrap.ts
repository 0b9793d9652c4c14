/** What the CDK needs once in each account and region: a bucket and a registry for what is uploaded, and roles. */
import { bootstrap } from "../cdk.ts";
import { known } from "../facts.ts";
import type { Step } from "../step.ts";

export const bootstrapAccount: Step = {
  id: "bootstrap",
  title: "Prepare the AWS account for the CDK (stack CDKToolkit: a bucket, a registry, roles; once per region)",
  async look({ accounts, built }) {
    const { bootstrapVersion } = known(accounts, "accounts");
    const needed = known(built, "built").assembly.bootstrapVersion;
    const isDone = bootstrapVersion !== null && bootstrapVersion >= needed;
    return isDone ? { isDone, why: `it is prepared (version ${bootstrapVersion})` } : { isDone: false };
  },
  async run({ facts: { root, settings, accounts }, tell }) {
    await bootstrap(root, settings, { accountId: known(accounts, "accounts").awsAccountId, tell });
    return {};
  },
};
