/** What each way to call the command must know before its plan is shown; says no where there is no way. */
import { assertNever } from "../../protocol/assert.ts";
import { PINNED_VERSION_PARAMETER } from "../../protocol/deployment.ts";
import { DeployError } from "./deploy-error.ts";
import { findEarlierRelease } from "./earlier-release.ts";
import { type Facts, known, outputsOf } from "./facts.ts";
import { RUNTIME_VERSION } from "./worker-settings.ts";
import type { Mode } from "./step.ts";

/** The facts with what the mode adds to them. Throws `DeployError`. */
export async function prepareMode(mode: Mode, facts: Facts): Promise<Facts> {
  switch (mode) {
    case "deploy":
      return facts;
    case "rotate":
      return rotating(facts);
    case "secrets":
      return { ...facts, release: releaseOfLive(facts) };
    case "rollback":
      return await goingBack(facts);
    default:
      return assertNever(mode);
  }
}

/** Key and Worker change together, so the code has to be the one that runs: a new key is no reason for a new release. */
function rotating(facts: Facts): Facts {
  outputsOf(facts);
  const there = releaseOfLive(facts);
  const here = known(facts.built, "built").release;
  if (there === here) return facts;
  throw new DeployError(
    `${there} is deployed, and the code here is ${here}`,
    "rotate from the code that is deployed, or run npm run deploy first",
  );
}

async function goingBack(facts: Facts): Promise<Facts> {
  const { live, settings } = facts;
  const { aws, cloudflare, cloudflareAccountId } = known(facts.accounts, "accounts");
  if (live === undefined || live === null)
    throw new DeployError("nothing is deployed that could go back", "deploy it first: npm run deploy");
  const summaries = await cloudflare.versions(cloudflareAccountId, settings.name);
  // A run that was ended half way has brought the Worker back, and not yet the agent: it is not to go back once more.
  const release = live.plain["RELEASE_ID"];
  const runtimeVersion = live.plain[RUNTIME_VERSION];
  const isOlder = summaries.some(({ number }) => number > live.number);
  const isPinned = facts.stack?.parameters[PINNED_VERSION_PARAMETER] === runtimeVersion;
  if (isOlder && !isPinned && release !== undefined && runtimeVersion !== undefined) {
    return { ...facts, earlier: { version: live, release, runtimeVersion }, release };
  }
  const versions = await Promise.all(
    summaries.map(({ id }) => cloudflare.version(cloudflareAccountId, settings.name, id)),
  );
  const found = findEarlierRelease({
    live,
    versions: versions.filter((version) => version !== null),
    keys: await aws.accessKeys(outputsOf(facts).RelayUserName),
  });
  if (!found.ok)
    throw new DeployError(
      found.error,
      `mend what is wrong, and npm run deploy; the log: npx wrangler tail ${settings.name}`,
    );
  return { ...facts, earlier: found.value, release: found.value.release };
}

function releaseOfLive({ live }: Facts): string {
  const release = live?.plain["RELEASE_ID"];
  if (release !== undefined) return release;
  throw new DeployError("nothing is deployed yet", "run npm run deploy first");
}
