/** What is to be typed to go on after a run that has not ended well. Pure. */
import type { StepId } from "./step.ts";

/** Steps that only look, or that only build on this machine. */
const CHANGES_NOTHING: ReadonlySet<StepId> = new Set(["settings", "accounts", "build", "export"]);

/** The command with the person's own options: a dry run is tried again as one. */
export function againOf(command: "deploy" | "destroy", words: readonly string[]): string {
  return [`npm run ${command}`, ...(words.length === 0 ? [] : ["--", ...words])].join(" ");
}

/** The line after a failure at `step`. */
export function afterFailure(step: StepId, again: string): string {
  if (CHANGES_NOTHING.has(step)) return `Nothing was changed. To try again: ${again}`;
  return `What is done stays done. To go on: ${again}`;
}
