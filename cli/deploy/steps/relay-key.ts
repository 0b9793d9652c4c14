/** The key with which the Worker reaches AWS. It is made here, handed to the Worker in the next step, and kept nowhere else. */
import { DeployError } from "../deploy-error.ts";
import { writeDeployment } from "../deployment-file.ts";
import { type Facts, known, outputsOf } from "../facts.ts";
import { fatesOf, type KeyFate, keyIdOf } from "../spare-keys.ts";
import type { Step } from "../step.ts";
import { usableKey } from "../usable-key.ts";
import { waitFor } from "../wait.ts";

/** A new key is known everywhere within seconds (IAM is eventually consistent). */
const KNOWN_MAX_MS = 120_000;

/** IAM's quota "access keys per user", which cannot be raised. */
const KEYS_MAX = 2;

/** `isNew`: another key even if the Worker has one that works. */
export function makeRelayKey({ isNew }: { readonly isNew: boolean }): Step {
  return {
    id: "relay_key",
    title: isNew ? "Make a new key for the Worker's way to AWS" : "Make the key for the Worker's way to AWS",
    async look(facts) {
      const { aws, cloudflare, cloudflareAccountId } = known(facts.accounts, "accounts");
      const live = await cloudflare.liveVersion(cloudflareAccountId, facts.settings.name);
      if (isNew) return { isDone: false, learned: { live } };
      const id = usableKey(live, await aws.accessKeys(outputsOf(facts).RelayUserName));
      if (id === null) return { isDone: false, learned: { live } };
      return { isDone: true, why: "the Worker has one that works", learned: { live, key: { id, secret: null } } };
    },
    async run({ facts, tell }) {
      const { aws, cloudflareAccountId: accountId } = known(facts.accounts, "accounts");
      const user = outputsOf(facts).RelayUserName;
      await makeRoom(facts, tell);
      const key = await aws.createAccessKey(user);
      const file = { ...facts.file, relayKeys: [...facts.file.relayKeys, { accountId, id: key.id }] };
      writeDeployment(facts.stateDir, facts.settings.name, file);
      tell(`${key.id} is made; waiting until AWS knows it everywhere`);
      const isKnown = await waitFor(async () => ((await aws.isKeyKnown(key)) ? true : null), KNOWN_MAX_MS);
      if (isKnown === null) throw new DeployError("AWS does not take the new key yet", "try again in a minute");
      return { key, file };
    },
  };
}

/** Nothing goes before the new Worker works, unless IAM allows no further key. */
async function makeRoom(facts: Facts, tell: (line: string) => void): Promise<void> {
  const { aws } = known(facts.accounts, "accounts");
  const user = outputsOf(facts).RelayUserName;
  if ((await aws.accessKeys(user)).length < KEYS_MAX) return;
  const fates = await keyFates(facts);
  const spare = fates.find(({ goes }) => goes);
  if (spare === undefined) {
    throw new DeployError(
      `IAM allows ${KEYS_MAX} access keys for ${user}, and both may be in use`,
      ...fates.map(({ id, why }) => `${id}: ${why}`),
      `delete the one that no Worker needs (aws iam delete-access-key --user-name ${user} --access-key-id ...), and run this again`,
    );
  }
  tell(`removing ${spare.id} to make room: ${spare.why}`);
  await aws.deleteAccessKey(user, spare.id);
}

/** Keys that the Worker does not use any more. It comes last, when the new one has shown that it works. */
export const removeOldKeys: Step = {
  id: "old_key",
  title: "Remove keys that the Worker does not use any more",
  async look(facts) {
    const old = await oldKeys(facts);
    if (old.some(({ goes }) => goes)) return { isDone: false };
    return { isDone: true, why: ["there are none", ...old.map(({ id, why }) => `${id} stays: ${why}`)].join("; ") };
  },
  async run({ facts, tell }) {
    const { aws } = known(facts.accounts, "accounts");
    for (const { id, goes, why } of await oldKeys(facts)) {
      if (goes) await aws.deleteAccessKey(outputsOf(facts).RelayUserName, id);
      tell(goes ? `removed ${id}: ${why}` : `${id} stays: ${why}`);
    }
    return {};
  },
};

async function oldKeys(facts: Facts): Promise<readonly KeyFate[]> {
  const current = known(facts.key, "key").id;
  return (await keyFates(facts)).filter(({ id }) => id !== current);
}

async function keyFates(facts: Facts): Promise<readonly KeyFate[]> {
  const { aws, cloudflare, cloudflareAccountId } = known(facts.accounts, "accounts");
  const { name } = facts.settings;
  const keys = await aws.accessKeys(outputsOf(facts).RelayUserName);
  const [live, summaries, used] = await Promise.all([
    cloudflare.liveVersions(cloudflareAccountId, name),
    cloudflare.versions(cloudflareAccountId, name),
    Promise.all(keys.map(async (key) => ({ key, lastUsedAtMs: await aws.keyLastUsedAtMs(key.id) }))),
  ]);
  const versions = await Promise.all(summaries.map(({ id }) => cloudflare.version(cloudflareAccountId, name, id)));
  const made = facts.file.relayKeys.filter(({ accountId }) => accountId === cloudflareAccountId).map(({ id }) => id);
  const had = versions.flatMap((version) => (version === null ? [] : [keyIdOf(version) ?? ""]));
  return fatesOf({ keys: used, live, ours: new Set([...made, ...had]), now: Date.now() });
}
