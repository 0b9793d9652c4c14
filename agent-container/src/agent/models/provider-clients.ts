/**
 * The providers' own clients, the heaviest part of the container. Where any model may be asked for they are all
 * imported before the process is healthy; a laptop imports only those that it has keys for.
 */
import { PROVIDER_NAMES, type ProviderName } from "./catalog.ts";

const IMPORTS = {
  anthropic: () => import("@earendil-works/pi-ai/api/anthropic-messages"),
  openai: () => import("@earendil-works/pi-ai/api/openai-responses"),
  "amazon-bedrock": () => import("@earendil-works/pi-ai/bedrock-provider"),
} as const;

type Clients = { [Name in keyof typeof IMPORTS]: Awaited<ReturnType<(typeof IMPORTS)[Name]>> };

const loaded: Partial<Clients> = {};

/** Imports the clients of these providers, once. The offline model needs none. */
export async function loadClients(names: readonly ProviderName[] = PROVIDER_NAMES): Promise<void> {
  await Promise.all([
    names.includes("anthropic") && load("anthropic"),
    names.includes("openai") && load("openai"),
    names.includes("amazon-bedrock") && load("amazon-bedrock"),
  ]);
}

/** A client that `loadClients` has imported. Throws if it has not. */
export function loadedClient<Name extends keyof Clients>(name: Name): Clients[Name] {
  const client = loaded[name];
  if (client === undefined) throw new Error(`the client of ${name} was not loaded`);
  return client;
}

async function load<Name extends keyof Clients>(name: Name): Promise<void> {
  // Pi leaves the AWS SDK its own tries: three, with pauses that a person waits for and that we know nothing of. There is
  // no other way to them, and no other client of that SDK in this process.
  if (name === "amazon-bedrock") process.env["AWS_MAX_ATTEMPTS"] = "1";
  const imports: { [N in keyof Clients]: () => Promise<Clients[N]> } = IMPORTS;
  loaded[name] ??= await imports[name]();
}
