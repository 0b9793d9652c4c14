/**
 * The keys of models: those of the secret, over those of the variables. The secret is read when a turn needs it, at most
 * every few minutes, so that a key is rotated without a deploy.
 */
import { AgentError } from "../../protocol/errors.ts";
import { createSigner } from "../agentcore/signer.ts";
import type { Config, ModelKeys } from "../config.ts";
import { errorFields, log } from "../log.ts";
import { EDGE_CREDENTIAL_BOUNDS } from "./bounds.ts";
import { IsolateValues } from "./isolate-values.ts";
import { readSecret } from "./read-secret.ts";
import type { SecretValues } from "./secret-values.ts";

export type KeySettings = Pick<Config, "modelKeys" | "modelBaseUrls" | "secret" | "runtime">;

/** What an isolate knows of the secret; times in epoch ms. */
export type KnownSecret = {
  values: SecretValues | null;
  /** Until when it need not be read again. */
  freshUntil: number;
  forcedAt: number;
  /** Reads so far, in the order in which they began: how many, the one that is stored, the last before a key was refused. */
  begun: number;
  stored: number;
  refusedAfter: number;
};

export interface ModelKeySource {
  /** Throws `AgentError` (`agent_unavailable`) if the secret has never been read and cannot be. */
  current(now: number): Promise<ModelKeys>;
  /** A model has refused its key: there may be a newer one. */
  refused(now: number): void;
}

const isolate = new IsolateValues<KnownSecret>(nothingKnown);

/** Nobody has read it yet. */
export function nothingKnown(): KnownSecret {
  return { values: null, freshUntil: 0, forcedAt: Number.NEGATIVE_INFINITY, begun: 0, stored: 0, refusedAfter: 0 };
}

/** Makes a source, for one Durable Object or one request. `known`: another memory than the isolate's. */
export function createModelKeySource(settings: KeySettings, known = knownOf(settings)): ModelKeySource {
  const { secret, runtime } = settings;
  if (secret === null) {
    return { current: () => Promise.resolve(settings.modelKeys), refused: () => undefined };
  }
  const sign = createSigner({ service: "secretsmanager", ...runtime });
  let flight: Promise<SecretValues> | null = null;

  const read = async (now: number): Promise<SecretValues> => {
    known.begun += 1;
    const order = known.begun;
    try {
      const values = await readSecret(sign, secret, now);
      // Another object has stored what it began to read later.
      if (known.values !== null && order < known.stored) return known.values;
      known.values = values;
      known.stored = order;
      // A key that was refused meanwhile may be one of these.
      known.freshUntil = order <= known.refusedAfter ? 0 : now + EDGE_CREDENTIAL_BOUNDS.secretFreshMs;
      return values;
    } catch (error) {
      if (!(error instanceof AgentError) || known.values === null) throw error;
      if (order < known.stored) return known.values;
      known.freshUntil = now + EDGE_CREDENTIAL_BOUNDS.secretRetryMs;
      log("warn", "secret_unread", errorFields(error));
      return known.values;
    }
  };

  return {
    async current(now) {
      if (known.values !== null && now < known.freshUntil) return withSecret(settings, known.values);
      flight ??= read(now).finally(() => {
        flight = null;
      });
      return withSecret(settings, await flight);
    },
    refused(now) {
      if (now - known.forcedAt < EDGE_CREDENTIAL_BOUNDS.secretForcedEveryMs) return;
      known.forcedAt = now;
      known.refusedAfter = known.begun;
      known.freshUntil = 0;
    },
  };
}

/** The keys as far as this isolate knows them; null: it has not read the secret yet. */
export function knownModelKeys(settings: KeySettings): ModelKeys | null {
  if (settings.secret === null) return settings.modelKeys;
  const { values } = knownOf(settings);
  return values && withSecret(settings, values);
}

function withSecret({ modelKeys, modelBaseUrls }: KeySettings, values: SecretValues): ModelKeys {
  const { ANTHROPIC_API_KEY: anthropic, OPENAI_API_KEY: openai } = values;
  return {
    ...modelKeys,
    ...(anthropic !== undefined && { anthropic: { apiKey: anthropic, ...modelBaseUrls.anthropic } }),
    ...(openai !== undefined && { openai: { apiKey: openai, ...modelBaseUrls.openai } }),
  };
}

function knownOf({ secret, runtime }: KeySettings): KnownSecret {
  const { accessKeyId, secretAccessKey, sessionToken } = runtime.credentials;
  return isolate.of(JSON.stringify([secret, runtime.region, accessKeyId, secretAccessKey, sessionToken]));
}
