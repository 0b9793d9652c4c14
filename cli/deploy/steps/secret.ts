/** The keys of models and tools, in the one secret; the edge reads it again by itself. */
import * as v from "valibot";
import { type Facts, known, outputsOf } from "../facts.ts";
import type { Step } from "../step.ts";

const secretText = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.string()));

export const writeSecret: Step = {
  id: "secret",
  title: "Write the keys of models and tools into AWS Secrets Manager",
  async look(facts) {
    const { before, wanted } = await compare(facts);
    const isDone = before !== null && JSON.stringify(before) === JSON.stringify(wanted);
    return isDone ? { isDone, why: "it holds them" } : { isDone: false };
  },
  async run({ facts }) {
    const { wanted } = await compare(facts);
    await known(facts.accounts, "accounts").aws.putSecret(outputsOf(facts).SecretArn, JSON.stringify(wanted));
    return {};
  },
};

/** What the secret holds and is to hold: keys that are not set here stay, another machine may have set them. */
async function compare(facts: Facts) {
  const text = await known(facts.accounts, "accounts").aws.secret(outputsOf(facts).SecretArn);
  const parsed = v.safeParse(secretText, text);
  const before = parsed.success ? parsed.output : null;
  return { before, wanted: { ...before, ...facts.settings.variables.accountSecrets } };
}
