/**
 * The ways out for webhooks. `npm start` binds `PUBLIC_NETWORK`, which connects to public addresses only, whatever a name
 * leads to; on a laptop everything else can be reached otherwise. Cloudflare's own network reaches nothing private.
 */
import type { WebhookContext } from "./webhook.ts";

/** Both ways, by the bindings of the Worker. */
export function webhookWays(env: object): Pick<WebhookContext, "fetchPublic" | "fetchAllowed"> {
  const network: unknown = Reflect.get(env, "PUBLIC_NETWORK");
  const fetchAllowed: WebhookContext["fetchAllowed"] = (url, init) => fetch(url, init);
  return { fetchAllowed, fetchPublic: isFetcher(network) ? (url, init) => network.fetch(url, init) : fetchAllowed };
}

function isFetcher(value: unknown): value is Fetcher {
  return typeof value === "object" && value !== null && "fetch" in value && typeof value.fetch === "function";
}
