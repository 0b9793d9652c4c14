/** What can go wrong with the Gateway, as data: one fault, and how it is brought about. */
import { setTimeout as pause } from "node:timers/promises";
import type { DiscordGatewayEmulator } from "../gateway.ts";
import type { RetryableCloseCode, TerminalCloseCode } from "./codes.ts";

/** What a client survives. Those that wait for a next connection drop the one that is there. */
export type GatewayFault =
  /** Without a code: an empty close frame. */
  | { readonly kind: "close"; readonly code: RetryableCloseCode | null }
  | { readonly kind: "drop"; readonly isReset: boolean }
  | { readonly kind: "stall" }
  | { readonly kind: "withhold_acks" }
  | { readonly kind: "ask_heartbeat" }
  | { readonly kind: "reconnect" }
  | { readonly kind: "invalidate"; readonly isResumable: boolean }
  | { readonly kind: "refuse_upgrade"; readonly status: number; readonly times: number }
  | { readonly kind: "hang_upgrade" }
  | { readonly kind: "slow_hello"; readonly delayMs: number }
  | { readonly kind: "replay_overlap"; readonly count: number }
  | { readonly kind: "hold_dispatches"; readonly forMs: number }
  /** The session cannot be resumed any more when the client comes back. */
  | { readonly kind: "forget_session" };

/** What ends the life of a client: it must not connect again. */
export type TerminalFault = { readonly kind: "terminal_close"; readonly code: TerminalCloseCode };

/** Brings a fault about on the live connection; false if there is none. */
export async function bringAbout(
  gateway: DiscordGatewayEmulator,
  fault: GatewayFault | TerminalFault,
  signal?: AbortSignal,
): Promise<boolean> {
  if (!gateway.isLive) return false;
  switch (fault.kind) {
    case "close":
      return gateway.closeWith(fault.code ?? undefined);
    case "terminal_close":
      return gateway.closeWith(fault.code);
    case "drop":
      return gateway.dropNow(fault.isReset);
    case "stall":
      return gateway.stall();
    case "withhold_acks":
      return gateway.withholdAcks();
    case "ask_heartbeat":
      return gateway.askHeartbeat();
    case "reconnect":
      return gateway.reconnect();
    case "invalidate":
      return gateway.invalidate(fault.isResumable);
    case "refuse_upgrade":
      gateway.refuseUpgrade(fault.status, fault.times);
      return gateway.dropNow();
    case "hang_upgrade":
      gateway.hangUpgrade();
      return gateway.dropNow();
    case "slow_hello":
      gateway.slowHello(fault.delayMs);
      return gateway.dropNow();
    case "replay_overlap":
      gateway.replayOverlap(fault.count);
      return gateway.dropNow();
    case "forget_session":
      return gateway.forgetSession();
    case "hold_dispatches":
      gateway.holdDispatches();
      await pause(gateway.scaled(fault.forMs), null, { ...(signal && { signal }) }).catch(() => null);
      gateway.releaseDispatches();
      return true;
    default:
      fault satisfies never;
      return false;
  }
}
