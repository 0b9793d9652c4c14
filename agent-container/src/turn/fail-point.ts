/** The fail points of a turn, which name the conversation and the process for the fault suite to aim at. */
import { reach, type WaitingPoint } from "../../../fail-points/fail-point.ts";
import type { TurnRequest } from "./ports.ts";

/** As `reach`. */
export function reachInTurn(point: WaitingPoint, { conversation }: Pick<TurnRequest, "conversation">): Promise<void> {
  return reach(point, { conversation, pid: process.pid });
}
