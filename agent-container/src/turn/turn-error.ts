/** How a turn that cannot give an answer says so. */
import { ClawError, StorageError } from "../../../protocol/errors.ts";
import type { TurnEventBody } from "../../../protocol/turn-event.ts";

export type ErrorBody = Extract<TurnEventBody, { kind: "error" }>;

/** Why a live turn was stopped from outside. */
export type StopReason = "aborted" | "deadline" | "fence_lost" | "shutting_down";

const STOPPED: Readonly<Record<StopReason, ErrorBody>> = {
  aborted: { kind: "error", code: "aborted", message: "The turn was stopped.", retry: "never" },
  deadline: { kind: "error", code: "deadline", message: "The turn took too long and was stopped.", retry: "never" },
  fence_lost: { kind: "error", code: "fence_lost", message: "A later turn has taken over.", retry: "never" },
  shutting_down: { kind: "error", code: "shutting_down", message: "The runtime is shutting down.", retry: "after" },
};

/** The terminal event of a turn that was stopped. */
export function stoppedError(reason: StopReason): ErrorBody {
  return STOPPED[reason];
}

/** The terminal event for a thrown error. Its text is ours; foreign messages can hold anything and stay in the log. */
export function thrownError(error: unknown): ErrorBody {
  if (error instanceof StorageError && error.code === "storage_fence_lost") return STOPPED.fence_lost;
  if (error instanceof ClawError)
    return { kind: "error", code: error.code, message: error.message, retry: error.retry };
  return { kind: "error", code: "agent_failed", message: "The agent failed unexpectedly.", retry: "after" };
}
