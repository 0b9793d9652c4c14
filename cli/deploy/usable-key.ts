/** Whether the Worker can reach AWS with the key that it has. Pure. */
import type { AccessKey } from "./account.ts";
import type { WorkerVersion } from "./cloudflare.ts";
import { RELAY_SECRET } from "./variables.ts";

/** The key that the Worker uses, if it can: active, and its secret half set. */
export function usableKey(live: WorkerVersion | null, keys: readonly AccessKey[]): string | null {
  if (live === null || !live.secretNames.includes(RELAY_SECRET)) return null;
  const id = live.plain["AWS_ACCESS_KEY_ID"];
  return keys.find((key) => key.isActive && key.id === id)?.id ?? null;
}
