/** What is told of the Gateway. Pure. */
import type { GatewayPhase, GatewayStatus } from "../../protocol/gateway.ts";
import { GATEWAY_BOUNDS } from "./bounds.ts";
import type { Phase, State } from "./gateway-state.ts";

const PHASES = {
  off: "off",
  idle: "waiting",
  locating: "connecting",
  connecting: "connecting",
  greeting: "connecting",
  identifying: "connecting",
  resuming: "connecting",
  ready: "ready",
  terminal: "stopped",
} as const satisfies Record<Phase, GatewayPhase>;

/** What the state does not hold. */
export type Load = Pick<GatewayStatus, "lastEventAt" | "waiting" | "unread" | "missed">;

export function statusOf({ phase, since, session, identifies, counts, stopped }: State, load: Load): GatewayStatus {
  return {
    phase: PHASES[phase],
    since,
    hasSession: session !== null,
    identifies: identifies.count,
    identifiesMax: GATEWAY_BOUNDS.identifiesMax,
    resumes: counts.resumes,
    zombies: counts.zombies,
    stopped,
    ...load,
  };
}
