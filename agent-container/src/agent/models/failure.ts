/** Says in plain words why a model did not answer. Provider texts stay out: they can quote keys and requests. */
import { type AssistantMessage, isContextOverflow } from "@earendil-works/pi-ai";
import { type Cause, CAUSES, causeOf } from "./causes.ts";

/** What providers call it, in `rawStopReason`, when their model or a filter will not have the question or the answer. */
const REFUSALS: ReadonlySet<string | undefined> = new Set([
  "refusal",
  "sensitive",
  "content_filtered",
  "guardrail_intervened",
  "incomplete.content_filter",
]);

/** How `describeFailure` begins: what begins like this is in our words already. */
const OURS = /^The model (?:\S+ )?(?:is|has|refused|declined|could|did|was|failed|broke|gave)\b/;

/** What pi looks for in a failure, behind our words: whether to repeat the call, or to shorten the transcript first. */
const AGAIN = " (connection lost)";
const TOO_LONG = " (prompt is too long)";

/** What pi makes of a process that died during a call, too often. */
const INTERRUPTED = /was interrupted/i;

/** The cause of a failed call; `status` is that of the provider's answer, where there was one. */
export function causeOfFailure(error: AssistantMessage, status: number | undefined): Cause {
  if (REFUSALS.has(error.rawStopReason)) return "refusal";
  const cause = causeOf(error.errorMessage ?? "", status);
  if (cause !== "rate_limit" && isContextOverflow(error)) return "overflow";
  // Pi knows best which words mean that a transcript is too long.
  return cause === "overflow" ? "request" : cause;
}

/** For example: `The model openai/gpt-5.5 is busy.` Never matches what pi would try again. */
export function describeFailure(name: string, cause: Cause): string {
  return `The model ${name} ${CAUSES[cause].words}.`;
}

/** Whether a text of `describeFailure` says that the key was not taken. */
export function isKeyRefusal(text: string): boolean {
  return OURS.test(text) && text.includes(` ${CAUSES.auth.words}`);
}

/** The same for pi, which is to repeat the whole call, or to shorten the transcript. */
export function describeForPi(name: string, cause: Cause): string {
  return describeFailure(name, cause) + (cause === "overflow" ? TOO_LONG : AGAIN);
}

/** What the ledger keeps of a failed turn, in our words. */
export function plainFailure(text: string | undefined): string {
  if (text === undefined) return `The model ${CAUSES.unknown.words}.`;
  if (OURS.test(text)) return text.replace(AGAIN, "").replace(TOO_LONG, "");
  return `The model ${INTERRUPTED.test(text) ? "was interrupted too often" : CAUSES[causeOf(text)].words}.`;
}
