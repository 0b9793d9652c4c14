/** The way back: the Worker first, which an agent of a later release understands, then the agent. */
import { PINNED_VERSION_PARAMETER } from "../../../protocol/deployment.ts";
import { DeployError } from "../deploy-error.ts";
import { type Facts, known } from "../facts.ts";
import type { Step } from "../step.ts";
import { RUNTIME_VERSION } from "../worker-settings.ts";
import { rollBackWorker } from "../wrangler.ts";
import { settle } from "./stack.ts";

export const rollBack: Step = {
  id: "worker_back",
  title: "Bring the earlier version of the Worker back",
  async look({ live, earlier }) {
    const isDone = live?.id === known(earlier, "earlier").version.id;
    return isDone ? { isDone, why: "it is there" } : { isDone: false };
  },
  async run({ facts, tell }) {
    const { root, settings } = facts;
    const { cloudflareAccountId } = known(facts.accounts, "accounts");
    const { version } = known(facts.earlier, "earlier");
    await rollBackWorker({ root, settings, accountId: cloudflareAccountId }, version.id, tell);
    return { live: version };
  },
};

export const leadEndpointBack: Step = {
  id: "endpoint_back",
  title: "Lead new sessions to the version of the agent of that release",
  async look(facts) {
    const version = wantedVersion(facts);
    const { aws } = known(facts.accounts, "accounts");
    const stack = await aws.stack(facts.settings.name);
    const isDone = stack?.parameters[PINNED_VERSION_PARAMETER] === version && stack.status.endsWith("E_COMPLETE");
    return isDone ? { isDone, why: `they are led to version ${version}` } : { isDone: false };
  },
  async run({ facts, tell }) {
    const { name } = facts.settings;
    const { aws } = known(facts.accounts, "accounts");
    await settle(aws, name, tell);
    await aws.pinVersion(name, wantedVersion(facts));
    const status = await settle(aws, name, tell);
    if (status === "UPDATE_COMPLETE" || status === "CREATE_COMPLETE") return {};
    const failed = await aws.firstFailure(name);
    throw new DeployError(
      failed === null ? `the stack is at ${status ?? "no state"}` : `${failed.logicalId}: ${failed.reason}`,
    );
  },
};

function wantedVersion({ live }: Facts): string {
  const version = live?.plain[RUNTIME_VERSION];
  if (version !== undefined) return version;
  throw new DeployError("the Worker does not say which version of the agent it had");
}
