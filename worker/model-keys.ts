/** Which models a deployment has keys for, and what a turn gets of them. */
import type { AwsCredentials, Grants } from "../protocol/invocation.ts";
import type { Config, ModelKeys } from "./config.ts";
import { createModelKeySource, type KeySettings, knownModelKeys } from "./credentials/model-key-source.ts";

/** The providers whose models can be named, as settings call them. */
export type Providers = Readonly<Partial<Record<keyof ModelKeys, unknown>>>;

/**
 * The providers that there are keys for. An isolate that has not read the secret yet takes all of them for usable: nothing
 * is to be refused for a key that is there.
 */
export function providersWithKeys(settings: KeySettings): Providers {
  return knownModelKeys(settings) ?? { anthropic: true, openai: true, bedrock: true };
}

/** The providers that no key reaches, each with the variable that is missing. */
export function missingModelKeys(settings: KeySettings): ReadonlyMap<string, string> {
  const providers = providersWithKeys(settings);
  return new Map([
    ...(providers.anthropic ? [] : [["anthropic", "ANTHROPIC_API_KEY"] as const]),
    ...(providers.openai ? [] : [["openai", "OPENAI_API_KEY"] as const]),
  ]);
}

/** Has this isolate know the keys, if they can be known just now. Never rejects. */
export async function learnModelKeys(settings: KeySettings, now: number): Promise<void> {
  await createModelKeySource(settings)
    .current(now)
    .catch(() => undefined);
}

/** The keys for a turn that may use these models. Bedrock's are AWS credentials: only who asks for it gets them. */
export function modelGrants(keys: ModelKeys, models: readonly string[]): Grants["models"] {
  const { bedrock, ...others } = keys;
  return { ...others, ...(models.some((model) => /^(?:amazon-)?bedrock\//.test(model)) && { bedrock }) };
}

/** The keys with the credentials that Bedrock is asked with: those of the space of the turn, where that is the setting. */
export function forSpace(
  keys: ModelKeys,
  credentials: AwsCredentials,
  { bedrockCredentials }: Pick<Config, "bedrockCredentials">,
): ModelKeys {
  return bedrockCredentials === "space" ? { ...keys, bedrock: { ...keys.bedrock, credentials } } : keys;
}
