/** The Worker: code, variables and secrets as one version. */
import { STATE_SCHEMAS } from "../../../local/state-version.ts";
import type { Variables } from "../../../local/variables.ts";
import type { WorkerVersion } from "../cloudflare.ts";
import { settingsDigest, writeDeployment } from "../deployment-file.ts";
import { DeployError } from "../deploy-error.ts";
import { type Facts, known, outputsOf } from "../facts.ts";
import { staleSecrets } from "../plan.ts";
import type { Step } from "../step.ts";
import { RELAY_SECRET } from "../variables.ts";
import { plainVariables, workerSecrets } from "../worker-settings.ts";
import { changeSecrets, uploadWorker } from "../wrangler.ts";

export const deployWorker: Step = {
  id: "worker",
  title: "Upload the Worker with its variables and secrets",
  async look(facts) {
    const { plain, secrets, digest } = wishes(facts);
    const live = facts.live ?? null;
    const isDone =
      live !== null &&
      known(facts.key, "key").secret === null &&
      // Nobody can read secrets back. So they count as unchanged only in the very version that was uploaded from here.
      facts.file.uploaded?.versionId === live.id &&
      facts.file.uploaded.digest === digest &&
      isSame(live.plain, plain) &&
      Object.keys(secrets).every((name) => live.secretNames.includes(name)) &&
      staleSecrets(live, Object.keys(secrets)).length === 0;
    return isDone ? { isDone, why: "this release, with these settings, is there" } : { isDone: false };
  },
  async run({ facts, tell }) {
    const { root, settings, stateDir } = facts;
    const { cloudflareAccountId, url } = known(facts.accounts, "accounts");
    const access = { root, settings, accountId: cloudflareAccountId };
    const { plain, secrets, digest } = wishes(facts);
    const key = known(facts.key, "key");
    const isUrgent = key.secret !== null && (facts.live ?? null) !== null;
    const release = known(facts.release, "release");
    const all = { ...secrets, ...(key.secret !== null && { [RELAY_SECRET]: key.secret }) };
    await uploadWorker(access, { plain, secrets: all, release, isUrgent }, tell);
    let live = await readLive(facts);
    const stale = staleSecrets(live, Object.keys(secrets));
    if (stale.length > 0) {
      tell(`taking away secrets that are not set any more: ${stale.join(", ")}`);
      await changeSecrets(access, Object.fromEntries(stale.map((name) => [name, null])), tell);
      live = await readLive(facts);
    }
    const file = { ...facts.file, url, uploaded: { versionId: live.id, digest } };
    writeDeployment(stateDir, settings.name, file);
    return { live, file, key: { id: key.id, secret: null } };
  },
};

/** Only the secrets of the Worker that is there, without any code. */
export const setWorkerSecrets: Step = {
  id: "worker_secrets",
  title: "Set the secrets of the Worker",
  async run({ facts, tell }) {
    const { root, settings, file } = facts;
    const accountId = known(facts.accounts, "accounts").cloudflareAccountId;
    const live = facts.live ?? null;
    if (live === null) throw new DeployError("there is no Worker yet", "run npm run deploy first");
    const secrets = workerSecrets(settings, file);
    const stale = staleSecrets(live, Object.keys(secrets));
    const changes = { ...secrets, ...Object.fromEntries(stale.map((name) => [name, null])) };
    await changeSecrets({ root, settings, accountId }, changes, tell);
    return { live: await readLive(facts) };
  },
};

function wishes(facts: Facts): { readonly plain: Variables; readonly secrets: Variables; readonly digest: string } {
  const { settings, file } = facts;
  const plain = plainVariables({
    settings,
    url: known(facts.accounts, "accounts").url,
    release: known(facts.release, "release"),
    relayKeyId: known(facts.key, "key").id,
    outputs: outputsOf(facts),
    schemas: STATE_SCHEMAS,
  });
  const secrets = workerSecrets(settings, file);
  return { plain, secrets, digest: settingsDigest(file.adminToken, [plain, secrets]) };
}

function isSame(a: Variables, b: Variables): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

async function readLive(facts: Facts): Promise<WorkerVersion> {
  const { cloudflare, cloudflareAccountId } = known(facts.accounts, "accounts");
  const live = await cloudflare.liveVersion(cloudflareAccountId, facts.settings.name);
  if (live === null) throw new DeployError("wrangler has uploaded the Worker, but Cloudflare does not show it");
  return live;
}
