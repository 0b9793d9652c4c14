/** How a turn that cannot give an answer says so. */
import { ClawError } from "../../../protocol/errors.ts";
import type { Fence } from "../../../protocol/ids.ts";
import type { TurnEventBody } from "../../../protocol/turn-event.ts";
import { BudgetShortError } from "../agent/models/purse.ts";
import { isKeyRefusal } from "../agent/models/failure.ts";
import { FenceLostError } from "../stores/fence-lost.ts";

export type ErrorBody = Extract<TurnEventBody, { kind: "error" }>;

/** Why a live turn was stopped from outside. */
export type StopReason = "aborted" | "deadline" | "shutting_down";

const STOPPED: Readonly<Record<StopReason, ErrorBody>> = {
  aborted: { kind: "error", code: "aborted", message: "The turn was stopped.", retry: "never" },
  deadline: { kind: "error", code: "deadline", message: "The turn took too long and was stopped.", retry: "never" },
  shutting_down: { kind: "error", code: "shutting_down", message: "The runtime is shutting down.", retry: "after" },
};

/** The terminal event of a turn that was stopped. */
export function stoppedError(reason: StopReason): ErrorBody {
  return STOPPED[reason];
}

/** The terminal event of a turn whose fence is no longer the highest one. */
export function fenceLost(passedBy: Fence): ErrorBody {
  return { kind: "error", code: "fence_lost", message: "A later turn has taken over.", retry: "never", passedBy };
}

/** The terminal event of a turn whose model gave no answer. */
export function modelFailed(message: string): ErrorBody {
  const refused = isKeyRefusal(message) && { keyRefused: true as const };
  return { kind: "error", code: "model_failed", message, retry: "never", ...refused };
}

/** The terminal event for a thrown error. Its text is ours; foreign messages can hold anything and stay in the log. */
export function thrownError(error: unknown): ErrorBody {
  if (error instanceof BudgetShortError) {
    const message = "Too little is left of the budget for the next model call.";
    return { kind: "error", code: "budget_short", message, retry: "after", needs: error.needs };
  }
  if (error instanceof FenceLostError) return fenceLost(error.passedBy);
  if (error instanceof ClawError)
    return { kind: "error", code: error.code, message: error.message, retry: error.retry };
  return { kind: "error", code: "agent_failed", message: "The agent failed unexpectedly.", retry: "after" };
}
