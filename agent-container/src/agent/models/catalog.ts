/** The models we can call: pi's catalogue for three providers, and the offline model. */
import type { Api, Model } from "@earendil-works/pi-ai";
import { AMAZON_BEDROCK_MODELS } from "@earendil-works/pi-ai/providers/amazon-bedrock.models";
import { ANTHROPIC_MODELS } from "@earendil-works/pi-ai/providers/anthropic.models";
import { OPENAI_MODELS } from "@earendil-works/pi-ai/providers/openai.models";
import { OFFLINE_MODEL } from "./offline.ts";

export const PROVIDER_NAMES = ["anthropic", "openai", "amazon-bedrock", "offline"] as const;
export type ProviderName = (typeof PROVIDER_NAMES)[number];

const CATALOG: Readonly<Record<ProviderName, Readonly<Record<string, Model<Api>>>>> = {
  anthropic: ANTHROPIC_MODELS,
  openai: OPENAI_MODELS,
  "amazon-bedrock": AMAZON_BEDROCK_MODELS,
  offline: { [OFFLINE_MODEL.id]: OFFLINE_MODEL },
};

/** What a provider is asked for when the settings name no model: a mid-size one of its newest family. */
export const DEFAULT_MODEL_IDS: Readonly<Record<Exclude<ProviderName, "offline">, string>> = {
  anthropic: "claude-sonnet-5",
  openai: "gpt-5.5",
  "amazon-bedrock": "global.anthropic.claude-sonnet-5",
};

/** Tells whether `text` names a provider. */
export function isProviderName(text: string): text is ProviderName {
  return Object.hasOwn(CATALOG, text);
}

/** All of a provider's that the catalogue lists. */
export function modelsOf(provider: ProviderName): readonly Model<Api>[] {
  return Object.values(CATALOG[provider]);
}

/** What an id of a model can be made of, at any of the providers. */
const MODEL_ID = /^[\w.:@/-]{1,160}$/;

/**
 * Looks a model up. One that pi's catalogue does not list (newer than this release, or older) is described like the
 * provider's default one, at no known price; whether it exists is the provider's to say. Undefined for what cannot be
 * an id.
 */
export function findModel(provider: ProviderName, id: string): Model<Api> | undefined {
  const models = CATALOG[provider];
  if (Object.hasOwn(models, id)) return models[id];
  if (provider === "offline" || !MODEL_ID.test(id)) return undefined;
  const alike = models[DEFAULT_MODEL_IDS[provider]];
  return alike && { ...alike, id, name: id, cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 } };
}
