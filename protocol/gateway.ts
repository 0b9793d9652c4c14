/** The Gateway of Discord, as the edge's objects and the admin API speak of it. Never a text. */
import type { GatewayStop } from "./owner-news.ts";

/** How the connection is. Times are epoch ms. */
export type GatewayStatus = {
  readonly phase: GatewayPhase;
  /** When the phase began. */
  readonly since: number;
  /** Discord keeps a session for us: what comes while we are away is sent later. */
  readonly hasSession: boolean;
  /** When the last event came; null: none since the object was made or woken. */
  readonly lastEventAt: number | null;
  /** IDENTIFYs of the current day, of which there may be `identifiesMax`. */
  readonly identifies: number;
  readonly identifiesMax: number;
  /** Since the object was made. */
  readonly resumes: number;
  readonly zombies: number;
  /** Events that no session has taken yet. */
  readonly waiting: number;
  /** Channels that are still to be read after a session was lost. */
  readonly unread: number;
  /** Messages that nobody has read or will read, as far as they could be counted. */
  readonly missed: number;
  readonly stopped: GatewayStopped | null;
};

export type GatewayPhase =
  /** Not wanted. */
  | "off"
  /** Between two connections. */
  | "waiting"
  | "connecting"
  | "ready"
  /** Discord has said that trying again is of no use; only other settings lead out. */
  | "stopped";

/** Why there will be no further connection. `code`: of the close frame; null: Discord said it by HTTP. */
export type GatewayStopped = { readonly reason: GatewayStop; readonly code: number | null };
