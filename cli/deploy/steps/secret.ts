/** The keys of models and tools, in the one secret; the edge reads it again by itself. */
import * as v from "valibot";
import { DeployError } from "../deploy-error.ts";
import { type Facts, known, outputsOf } from "../facts.ts";
import type { Step } from "../step.ts";

const secretText = v.pipe(
  v.string(),
  v.parseJson(),
  v.check((held) => !Array.isArray(held)),
  v.record(v.string(), v.unknown()),
);

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
  const arn = outputsOf(facts).SecretArn;
  const text = await known(facts.accounts, "accounts").aws.secret(arn);
  const before = text === null || text === "" ? null : readSecret(text, arn);
  return { before, wanted: { ...before, ...facts.settings.variables.accountSecrets } };
}

/** Somebody else may have written it: what cannot be read is not written over. */
function readSecret(text: string, arn: string): Readonly<Record<string, unknown>> {
  const parsed = v.safeParse(secretText, text);
  if (parsed.success) return parsed.output;
  throw new DeployError(
    `the secret ${arn} holds no JSON object, and was left as it is`,
    "look at it in AWS Secrets Manager; set it to a JSON object, {} if nothing in it is needed, and run this again",
  );
}
