/** Asks Discord where the Gateway is, and how often we may still IDENTIFY ("Get Gateway Bot"). */
import * as v from "valibot";
import { errorFields, log } from "../../worker/log.ts";
import { GATEWAY_BOUNDS } from "./bounds.ts";
import type { ConnectionEvent } from "./gateway-state.ts";
import type { Wanted } from "./wanted.ts";

export type Located = Extract<ConnectionEvent, { kind: "located" | "not_located" }>;

const count = v.pipe(v.number(), v.minValue(0));
const gatewayBot = v.object({
  url: v.pipe(v.string(), v.url(), v.maxLength(512)),
  session_start_limit: v.object({ remaining: count, reset_after: count }),
});
/** "User Agent": required, with an address and a version. */
const USER_AGENT = "DiscordBot (agent-claw, 0.1.0)";
const NO_ANSWER = { kind: "not_located", status: null, retryAfterMs: 0 } as const;

/** Never rejects. */
export async function locate({ token, apiRoot }: Wanted, connection: number): Promise<Located> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), GATEWAY_BOUNDS.locateMs);
  try {
    const headers = { authorization: `Bot ${token}`, "user-agent": USER_AGENT };
    const response = await fetch(`${apiRoot}/gateway/bot`, { headers, signal: controller.signal });
    const body = await response.text();
    if (!response.ok) return { connection, ...refused(response) };
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), gatewayBot), body);
    if (!parsed.success) return { connection, ...NO_ANSWER, status: response.status };
    const { url, session_start_limit: limit } = parsed.output;
    return { connection, kind: "located", url, remaining: limit.remaining, resetAfterMs: limit.reset_after };
  } catch (error) {
    log("warn", "gateway_not_located", errorFields(error));
    return { connection, ...NO_ANSWER };
  } finally {
    clearTimeout(timer);
  }
}

function refused({ status, headers }: Response): Omit<Extract<Located, { kind: "not_located" }>, "connection"> {
  const seconds = Number(headers.get("retry-after") ?? 0);
  return { kind: "not_located", status, retryAfterMs: Number.isFinite(seconds) ? Math.max(0, seconds) * 1_000 : 0 };
}
