/** Reads what follows `/heartbeat`. Pure. */
import { HEARTBEAT_ORDERS, type HeartbeatOrder } from "../../protocol/heartbeat.ts";

export type HeartbeatRequest = HeartbeatOrder | "status" | "malformed";

/** What somebody wants of it. */
export function readHeartbeatRequest(rest: string): HeartbeatRequest {
  const word = rest.toLowerCase();
  if (word === "" || word === "status") return "status";
  return HEARTBEAT_ORDERS.find((order) => order === word) ?? "malformed";
}
