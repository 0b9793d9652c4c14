/**
 * Opens one call to one model, with the keys of the turn and nothing else: pi's own ways of finding keys (environment,
 * profiles, stored logins) are not used.
 */
import { createHash } from "node:crypto";
import {
  type Api,
  type AssistantMessageEventStream,
  hasApi,
  type Model,
  type SimpleStreamOptions,
  type TranscriptContext,
} from "@earendil-works/pi-ai";
import type { Grants } from "../../../../protocol/invocation.ts";
import { joinTurns } from "./bedrock-turns.ts";
import type { Candidate } from "./candidates.ts";
import { loadedClient } from "./provider-clients.ts";
import { streamOffline } from "./offline.ts";

/** Starts a call. Failures are in the stream, as pi's contract asks. */
export type OpenModel = (
  candidate: Candidate,
  context: TranscriptContext,
  options: SimpleStreamOptions,
) => AssistantMessageEventStream;

/** The real thing, for the keys of one turn: asked for at each call. The clients of the candidates' providers must be loaded. */
export function createOpenModel(keysNow: () => Grants["models"]): OpenModel {
  return ({ model, name }, context, { sessionId, ...asked }) => {
    const keys = keysNow();
    const given = { ...asked, ...(sessionId !== undefined && { sessionId: cacheKeyOf(sessionId) }) };
    const options = { ...given, fetch: tellingRefusals(given, model) };
    if (hasApi(model, "anthropic-messages") && keys.anthropic) {
      const { apiKey, baseUrl } = keys.anthropic;
      return loadedClient("anthropic").streamSimple(withBaseUrl(model, baseUrl), context, { ...options, apiKey });
    }
    if (hasApi(model, "openai-responses") && keys.openai) {
      const { apiKey, baseUrl } = keys.openai;
      return loadedClient("openai").streamSimple(withBaseUrl(model, baseUrl), context, { ...options, apiKey });
    }
    if (hasApi(model, "bedrock-converse-stream") && keys.bedrock) {
      const env = bedrockEnvironment(keys.bedrock);
      const { bedrockProviderModule } = loadedClient("amazon-bedrock");
      const onPayload = async (payload: unknown) => {
        const told: unknown = (await given.onPayload?.(payload, model)) ?? payload;
        return joinTurns(told) ?? told;
      };
      return bedrockProviderModule.streamSimple(bedrockModel(model, keys.bedrock), context, {
        ...given,
        env,
        onPayload,
      });
    }
    if (hasApi(model, "offline")) return streamOffline(context);
    throw new Error(`no key for ${name}`);
  };
}

/**
 * By this a provider finds the cached beginning of a conversation again. The name of a session is no business of theirs:
 * it holds ids of people and chats, and can be longer than they take.
 */
function cacheKeyOf(sessionId: string): string {
  return createHash("sha256").update(sessionId).digest("hex").slice(0, 32);
}

/**
 * Pi tells of an answer only when it is a good one, where the provider's client is built on `fetch`; that of Bedrock,
 * which is not, tells of every one.
 */
function tellingRefusals({ onResponse }: SimpleStreamOptions, model: Model<Api>): typeof fetch {
  return async (...request) => {
    const response = await fetch(...request);
    const { ok, status, headers } = response;
    if (!ok) await onResponse?.({ status, headers: Object.fromEntries(headers) }, model);
    return response;
  };
}

function withBaseUrl<T extends Api>(model: Model<T>, baseUrl: string | undefined): Model<T> {
  return baseUrl === undefined ? model : { ...model, baseUrl };
}

function bedrockModel<T extends Api>(model: Model<T>, key: NonNullable<Grants["models"]["bedrock"]>): Model<T> {
  return withBaseUrl(model, key.endpoint ?? `https://bedrock-runtime.${key.region}.amazonaws.com`);
}

/** Pi takes AWS keys only in the shape of an environment; these values stay in this object. */
function bedrockEnvironment(key: NonNullable<Grants["models"]["bedrock"]>): Record<string, string> {
  const { accessKeyId, secretAccessKey, sessionToken } = key.credentials;
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken !== undefined && { AWS_SESSION_TOKEN: sessionToken }),
    AWS_REGION: key.region,
    // The AWS SDK speaks HTTP/2, which needs TLS: a stand-in on plain http gets HTTP/1.1.
    ...(key.endpoint?.startsWith("http:") && { AWS_BEDROCK_FORCE_HTTP1: "1" }),
  };
}
