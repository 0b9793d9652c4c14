/** What a run tells while it goes on: lines for people, or one JSON line per event for scripts. */
import { printableLine } from "../../local/terminal-text.ts";
import { assertNever } from "../../protocol/assert.ts";
import { afterFailure } from "./again.ts";
import type { Plan } from "./plan.ts";
import { renderPlan } from "./render-plan.ts";
import type { StepId } from "./step.ts";

export type DeployEvent =
  | { readonly event: "plan"; readonly plan: Plan }
  | { readonly event: "step_started"; readonly step: StepId; readonly title: string }
  | { readonly event: "progress"; readonly step: StepId; readonly line: string }
  | { readonly event: "step_done"; readonly step: StepId; readonly ms: number }
  | { readonly event: "step_skipped"; readonly step: StepId; readonly why: string }
  | { readonly event: "step_failed"; readonly step: StepId; readonly error: string; readonly advice: readonly string[] }
  | {
      readonly event: "done";
      readonly name: string;
      readonly url: string;
      readonly release: string;
      readonly next: readonly string[];
    };

export type Report = (event: DeployEvent) => void;

/** Nothing that `hide` knows is told: neither in lines of a run, nor in why it failed. */
export function hidingReport(report: Report, hide: (text: string) => string): Report {
  return (event) => {
    if (event.event === "progress") report({ ...event, line: hide(event.line) });
    else if (event.event === "step_skipped") report({ ...event, why: hide(event.why) });
    else if (event.event === "step_failed") {
      report({ ...event, error: hide(event.error), advice: event.advice.map((line) => hide(line)) });
    } else report(event);
  };
}

/** For scripts. */
export function jsonReport(write: (line: string) => void): Report {
  return (event) => write(JSON.stringify(event));
}

/** For people; `again` is the command that goes on after a failure. */
export function textReport(write: (line: string) => void, again: string): Report {
  return (event) => {
    for (const line of textOf(event, again)) write(line);
  };
}

function textOf(event: DeployEvent, again: string): readonly string[] {
  switch (event.event) {
    case "plan":
      return ["", ...renderPlan(event.plan), ""];
    case "step_started":
      return [`> ${event.title}`];
    case "progress":
      return [`    ${printableLine(event.line)}`];
    case "step_done":
      return [`  done in ${secondsText(event.ms)}`];
    case "step_skipped":
      return [`  nothing to do: ${event.why}`];
    case "step_failed":
      return [
        `  FAILED at the step "${event.step}": ${printableLine(event.error)}`,
        ...event.advice.map((line) => `    ${printableLine(line)}`),
        `  ${afterFailure(event.step, again)}`,
      ];
    case "done":
      return ["", `${event.name} ${event.release} is at ${event.url}`, ...event.next];
    default:
      return assertNever(event);
  }
}

function secondsText(ms: number): string {
  return ms < 60_000
    ? `${(ms / 1_000).toFixed(1)} s`
    : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`;
}
