/** Which models a turn may use, in order: pure, from the settings and the keys that the turn brought. */
import { createHash } from "node:crypto";
import type { Api, Model } from "@earendil-works/pi-ai";
import type { Grants, TurnSettings } from "../../../../protocol/invocation.ts";
import { err, ok, type Result } from "../../../../protocol/result.ts";
import { WINDOW_BOUNDS } from "../compaction/bounds.ts";
import { windowVerdict } from "../compaction/window.ts";
import { DEFAULT_MODEL_IDS, findModel, isProviderName, type ProviderName } from "./catalog.ts";
import { OFFLINE_MODEL } from "./offline.ts";

/** A model that can be called with the keys at hand. `name` is what settings and usage call it. */
export type Candidate = {
  readonly name: string;
  readonly provider: ProviderName;
  readonly model: Model<Api>;
  /** Tells keys apart, and nothing else of them. */
  readonly keyId: string;
};

export type Candidates = readonly [Candidate, ...Candidate[]];

/** Why the model of the settings cannot be used, in words for the person who set it. */
export type ModelProblem = {
  readonly code: "model_unknown" | "model_key_missing" | "model_window_small";
  readonly message: string;
};

const OFFLINE: Candidate = { name: "offline/offline", provider: "offline", model: OFFLINE_MODEL, keyId: "" };
const PREFERENCE = ["anthropic", "openai", "amazon-bedrock"] as const;

/**
 * The model of the settings, then its fallbacks, each once. A fallback that cannot be used is left out; the model itself
 * must be usable. With no model set: the first provider that a key exists for, else the offline model.
 */
export function selectCandidates(
  settings: Pick<TurnSettings, "model" | "fallbacks">,
  keys: Grants["models"],
): Result<Candidates, ModelProblem> {
  const first = settings.model === null ? ok(defaultCandidate(keys)) : resolve(settings.model, keys);
  if (!first.ok) return first;
  const rest = settings.fallbacks.flatMap((name) => {
    const fallback = resolve(name, keys);
    return fallback.ok ? [fallback.value] : [];
  });
  const others = new Map(rest.map((fallback) => [fallback.name, fallback]));
  others.delete(first.value.name);
  return ok([first.value, ...others.values()]);
}

function defaultCandidate(keys: Grants["models"]): Candidate {
  const provider = PREFERENCE.find((name) => hasKey(name, keys));
  if (provider === undefined) return OFFLINE;
  const id = DEFAULT_MODEL_IDS[provider];
  const model = findModel(provider, id);
  if (model === undefined) throw new Error(`the default model ${id} is not in the catalogue`);
  return { name: `${provider}/${id}`, provider, model, keyId: keyIdOf(provider, keys) };
}

function resolve(name: string, keys: Grants["models"]): Result<Candidate, ModelProblem> {
  const slash = name.indexOf("/");
  const prefix = name.slice(0, Math.max(slash, 0));
  const provider = prefix === "bedrock" ? "amazon-bedrock" : prefix;
  if (!isProviderName(provider)) {
    return err({
      code: "model_unknown",
      message: `"${name}" is not a model: write provider/model with provider anthropic, openai or amazon-bedrock.`,
    });
  }
  const model = findModel(provider, name.slice(slash + 1));
  if (model === undefined) {
    return err({ code: "model_unknown", message: `The provider ${provider} has no model "${name.slice(slash + 1)}".` });
  }
  if (!hasKey(provider, keys)) {
    return err({ code: "model_key_missing", message: `There is no key for ${provider}, which "${name}" needs.` });
  }
  if (windowVerdict(model.contextWindow) === "refused") {
    return err({
      code: "model_window_small",
      message: `"${name}" takes in ${String(model.contextWindow)} tokens; at least ${String(WINDOW_BOUNDS.refusedBelow)} are needed.`,
    });
  }
  return ok({ name: `${provider}/${model.id}`, provider, model, keyId: keyIdOf(provider, keys) });
}

function hasKey(provider: ProviderName, keys: Grants["models"]): boolean {
  return provider === "offline" || keyOf(provider, keys) !== undefined;
}

function keyOf(provider: Exclude<ProviderName, "offline">, keys: Grants["models"]) {
  return keys[provider === "amazon-bedrock" ? "bedrock" : provider];
}

function keyIdOf(provider: ProviderName, keys: Grants["models"]): string {
  if (provider === "offline") return "";
  return createHash("sha256")
    .update(JSON.stringify(keyOf(provider, keys)))
    .digest("base64url")
    .slice(0, 16);
}
