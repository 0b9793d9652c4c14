/** Asks Discord where the Gateway is, and how often we may still IDENTIFY. */
import { type DiscordSettings, readGateway } from "../../worker/channels/registry.ts";
import { errorFields, log } from "../../worker/log.ts";
import type { ConnectionEvent } from "./gateway-state.ts";

type Located = Extract<ConnectionEvent, { kind: "located" | "not_located" }>;

/** Never rejects. */
export async function locate(settings: DiscordSettings, connection: number): Promise<Located> {
  try {
    const gateway = await readGateway(settings);
    if (!gateway) return { kind: "not_located", connection, isTokenRefused: true, retryAfterMs: 0 };
    const { remaining, resetAfterMs } = gateway.starts;
    return { kind: "located", connection, url: gateway.url, remaining, resetAfterMs };
  } catch (error) {
    log("warn", "gateway_not_located", { connection, ...errorFields(error) });
    return { kind: "not_located", connection, isTokenRefused: false, retryAfterMs: pauseOf(error) };
  }
}

/** How long Discord wants to be left alone, in ms. */
export function pauseOf(error: unknown): number {
  const asked = error instanceof Error && "retryAfterMs" in error ? error.retryAfterMs : 0;
  return typeof asked === "number" ? asked : 0;
}
