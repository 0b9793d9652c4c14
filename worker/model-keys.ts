/** Which models a deployment has keys for, and what a turn gets of them. */
import type { Grants } from "../protocol/invocation.ts";
import type { ModelKeys } from "./config.ts";

type Keys = { readonly modelKeys: ModelKeys };

/** The providers that no key reaches, each with the variable that is missing. */
export function missingModelKeys({ modelKeys }: Keys): ReadonlyMap<string, string> {
  return new Map([
    ...(modelKeys.anthropic ? [] : [["anthropic", "ANTHROPIC_API_KEY"] as const]),
    ...(modelKeys.openai ? [] : [["openai", "OPENAI_API_KEY"] as const]),
  ]);
}

/** The keys for a turn that may use these models. Bedrock's are the deployment's own: only who asks for it gets them. */
export function modelGrants({ modelKeys }: Keys, models: readonly string[]): Grants["models"] {
  const { bedrock, ...others } = modelKeys;
  return { ...others, ...(models.some((model) => /^(?:amazon-)?bedrock\//.test(model)) && { bedrock }) };
}
