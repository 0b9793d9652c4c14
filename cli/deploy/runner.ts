/** Takes the steps in their order: looks first whether each is done, does it if not, and tells what happens. */
import { errorFacts } from "./explain.ts";
import { hidingReport, type Report } from "./events.ts";
import type { Facts } from "./facts.ts";
import { hider, secretsOf } from "./hider.ts";
import type { Step } from "./step.ts";

export type RunEnd =
  | { readonly kind: "done"; readonly facts: Facts }
  /** It was reported. */
  | { readonly kind: "failed" }
  /** Somebody pressed Ctrl-C. */
  | { readonly kind: "stopped" };

export type RunSurroundings = {
  readonly report: Report;
  readonly now: () => number;
  /** Aborted: nothing more is begun. */
  readonly stop: AbortSignal;
};

/** Runs `steps` from what is known. A failure ends the run; it never throws for one. */
export async function runSteps(steps: readonly Step[], start: Facts, surroundings: RunSurroundings): Promise<RunEnd> {
  const { now, stop } = surroundings;
  let facts = start;
  const report = hidingReport(surroundings.report, (text) => hider(secretsOf(facts))(text));
  for (const step of steps) {
    if (stop.aborted) return { kind: "stopped" };
    const beganAt = now();
    report({ event: "step_started", step: step.id, title: step.title });
    try {
      const look = (await step.look?.(facts)) ?? { isDone: false };
      facts = { ...facts, ...look.learned };
      if (look.isDone) {
        report({ event: "step_skipped", step: step.id, why: look.why });
        continue;
      }
      const tell = (line: string) => report({ event: "progress", step: step.id, line });
      facts = { ...facts, ...(await step.run({ facts, tell })) };
      report({ event: "step_done", step: step.id, ms: now() - beganAt });
    } catch (error) {
      // A tool that was ended with us has not failed by itself.
      if (stop.aborted) return { kind: "stopped" };
      report({ event: "step_failed", step: step.id, ...errorFacts(error) });
      return { kind: "failed" };
    }
  }
  return { kind: "done", facts };
}
