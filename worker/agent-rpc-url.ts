/** Where a running turn reaches `POST /agent/rpc`. Pure. */
import { isLocalHost } from "../protocol/public-host.ts";
import { err, ok, type Result } from "../protocol/result.ts";
import type { Config } from "./config.ts";

const PATH = "/agent/rpc";

/**
 * The address, or why there is none: a runtime elsewhere does not reach this machine, and no token goes over the internet
 * in plain text.
 */
export function agentRpcUrl({
  edgeUrl,
  publicUrl,
  runtime,
}: Pick<Config, "edgeUrl" | "publicUrl"> & { readonly runtime: Pick<Config["runtime"], "endpoint"> }): Result<
  string,
  string
> {
  const address = edgeUrl ?? publicUrl;
  if (address === null) return err("PUBLIC_URL is not set");
  const { hostname, protocol } = new URL(address);
  if (isLocalHost(hostname)) {
    const isNear = isLocalHost(new URL(runtime.endpoint).hostname);
    return isNear ? ok(address + PATH) : err("PUBLIC_URL is no public address, and the runtime is not on this machine");
  }
  return protocol === "https:" ? ok(address + PATH) : err("PUBLIC_URL must begin with https:");
}
