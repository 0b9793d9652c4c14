/** Where the Worker of a run is, and the token that opens it. */
import type { Address } from "../address.ts";
import { type Facts, known } from "./facts.ts";

export function addressOf({ accounts, file }: Facts): Address {
  const { url } = known(accounts, "accounts");
  return { url, token: file.adminToken, isLocal: false, stateDir: null, polls: false };
}
