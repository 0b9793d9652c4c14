/** Which models a deployment has keys for, and what a turn gets of them. */
import type { Grants } from "../protocol/invocation.ts";
import type { Config } from "./config.ts";

/** The providers that no key reaches, each with the variable that is missing. Bedrock takes the AWS credentials. */
export function missingModelKeys({ models }: Pick<Config, "models">): ReadonlyMap<string, string> {
  return new Map([
    ...(models.grants.anthropic ? [] : [["anthropic", "ANTHROPIC_API_KEY"] as const]),
    ...(models.grants.openai ? [] : [["openai", "OPENAI_API_KEY"] as const]),
  ]);
}

/** The keys for a turn that may use these models. Bedrock's are the deployment's own: only who asks for it gets them. */
export function modelGrants({ models }: Pick<Config, "models">, names: readonly string[]): Grants["models"] {
  const { anthropic, openai } = models.grants;
  return {
    ...(anthropic && { anthropic }),
    ...(openai && { openai }),
    ...(names.some(isBedrock) && { bedrock: models.bedrock }),
  };
}

/** Whether Bedrock runs a model. */
export function isBedrock(name: string): boolean {
  return /^(?:amazon-)?bedrock\//.test(name);
}
