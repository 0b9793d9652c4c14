/** How much a model may do in one turn: its steps, and the calls of each. What goes beyond is refused in plain words. */
import { RUNTIME_BOUNDS } from "../../../protocol/bounds.ts";
import { LOOP_BOUNDS } from "./bounds.ts";

/** What the model reads of a call that is one too many. */
const TOO_MANY_CALLS = `Not run: one step can make ${String(LOOP_BOUNDS.toolCallsPerStepMax)} calls. Make it in the next one.`;

/** Why a call is not run; `terminate` ends the turn if all calls of the step say so. */
type Refusal = { readonly reason: string; readonly terminate?: true };

export class StepBudget {
  #steps = 0;
  #calls = 0;
  #isOver = false;

  /** Starts from the steps that the turn had before this process. */
  resume(stepsBefore: number): void {
    this.#steps = stepsBefore;
  }

  beginStep(): void {
    this.#steps += 1;
    this.#calls = 0;
  }

  /** Counts a call. The last step runs none, which ends a turn whose calls are whole. */
  refuseCall(): Refusal | undefined {
    this.#calls += 1;
    if (this.#steps >= RUNTIME_BOUNDS.stepsMax) {
      return { reason: `The turn ended after ${String(this.#steps)} steps.`, terminate: true };
    }
    return this.#calls <= LOOP_BOUNDS.toolCallsPerStepMax ? undefined : { reason: TOO_MANY_CALLS };
  }

  /** To be called right before the model is asked for a step; summaries are not steps. */
  askStep(): void {
    this.#isOver = this.#steps > RUNTIME_BOUNDS.stepsMax;
  }

  /** Whether the coming call would be a step too many: calls of tools that are wrong are answered uncounted. Told once. */
  takeOver(): boolean {
    const isOver = this.#isOver;
    this.#isOver = false;
    return isOver;
  }
}
