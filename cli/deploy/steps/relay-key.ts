/** The key with which the Worker reaches AWS. It is made here, handed to the Worker in the next step, and kept nowhere else. */
import { DeployError } from "../deploy-error.ts";
import { known, outputsOf } from "../facts.ts";
import type { Step } from "../step.ts";
import { usableKey } from "../usable-key.ts";
import { waitFor } from "../wait.ts";

/** A new key is known everywhere within seconds (IAM is eventually consistent). */
const KNOWN_MAX_MS = 120_000;

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
      const { aws } = known(facts.accounts, "accounts");
      const user = outputsOf(facts).RelayUserName;
      const keys = await aws.accessKeys(user);
      const inUse = usableKey(facts.live ?? null, keys);
      // A run that was ended before the Worker had its key has left one that nobody knows the secret of.
      for (const stray of keys.filter(({ id }) => id !== inUse)) {
        tell(`removing ${stray.id}, which the Worker does not use`);
        await aws.deleteAccessKey(user, stray.id);
      }
      const key = await aws.createAccessKey(user);
      tell(`${key.id} is made; waiting until AWS knows it everywhere`);
      const isKnown = await waitFor(async () => ((await aws.isKeyKnown(key)) ? true : null), KNOWN_MAX_MS);
      if (isKnown === null) throw new DeployError("AWS does not take the new key yet", "try again in a minute");
      return { key };
    },
  };
}

/** Keys that the Worker does not use any more. It comes last, when the new one has shown that it works. */
export const removeOldKeys: Step = {
  id: "old_key",
  title: "Remove keys that the Worker does not use any more",
  async look(facts) {
    const isDone = (await oldKeys(facts)).length === 0;
    return isDone ? { isDone, why: "there are none" } : { isDone: false };
  },
  async run({ facts, tell }) {
    const { aws } = known(facts.accounts, "accounts");
    for (const id of await oldKeys(facts)) {
      await aws.deleteAccessKey(outputsOf(facts).RelayUserName, id);
      tell(`removed ${id}`);
    }
    return {};
  },
};

async function oldKeys(facts: Parameters<typeof outputsOf>[0]): Promise<readonly string[]> {
  const keys = await known(facts.accounts, "accounts").aws.accessKeys(outputsOf(facts).RelayUserName);
  const current = known(facts.key, "key").id;
  return keys.map(({ id }) => id).filter((id) => id !== current);
}
