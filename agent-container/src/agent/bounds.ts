/** Bounds of one turn of the agent loop: what a model without measure is held to. */
import { OUTBOUND_BOUNDS } from "../../../protocol/bounds.ts";

export const LOOP_BOUNDS = {
  /** Tool calls of one model step that are run; the rest get an error result that says so. */
  toolCallsPerStepMax: 32,
  /** Longest text of an answer; the rest is cut and marked. UTF-16 units; leaves room for the mark. */
  answerTextMax: OUTBOUND_BOUNDS.answerMax - 100,
  /** Text of one model call; beyond it the call is hung up. UTF-16 units; over `answerTextMax`, so that the cut shows. */
  callTextMax: OUTBOUND_BOUNDS.answerMax,
  /** Pieces of text that follow another one within this time are sent together. */
  mergeDeltasMs: 5,
} as const;
