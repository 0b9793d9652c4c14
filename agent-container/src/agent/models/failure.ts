/** Says in plain words why a model did not answer. Provider texts stay out: they can quote keys and requests. */
import type { AssistantMessage } from "@earendil-works/pi-ai";

const CAUSES: readonly (readonly [RegExp, string])[] = [
  [/too long|context.?(?:window|length|size)|token limit|too many tokens/i, "was given more than it can take in"],
  [/insufficient_quota|quota exceeded|billing|credit balance|out of budget/i, "has no credit left"],
  [
    /\b401\b|\b403\b|api.?key|authentication|permission|access ?denied|unauthori[sz]ed|security token/i,
    "refused the key",
  ],
  [/\b404\b|not.?found|does not exist|unknown model|model identifier/i, "is not known to its provider"],
  [/\b429\b|\b529\b|rate.?limit|too many|throttl|overloaded|high demand/i, "is busy"],
  [
    /fetch failed|connection|getaddrinfo|ENOTFOUND|EAI_AGAIN|ECONN|socket|network|tim(?:ed?|e.)?.?out/i,
    "could not be reached",
  ],
  [/terminated|ended (?:without|before)|side closed/i, "broke off in the middle of its answer"],
  [/was interrupted/i, "was interrupted too often"],
  [/\b5\d\d\b|server.?error|internal|unavailable/i, "has a fault at its provider"],
  [/\b400\b|invalid|validation/i, "did not accept the request"],
];

/** What providers call it, in `rawStopReason`, when their model or a filter will not have the question or the answer. */
const REFUSALS: ReadonlySet<string | undefined> = new Set([
  "refusal",
  "sensitive",
  "content_filtered",
  "guardrail_intervened",
  "incomplete.content_filter",
]);

/** How `describeFailure` begins: what begins like this is in our words already. */
const OURS = /^The model (?:\S+ )?(?:is|has|refused|declined|could|did|was|failed|broke)\b/;

/** Whether the model declined: it would again, and another one is not asked behind the person's back. */
export function isRefusal({ rawStopReason }: Pick<AssistantMessage, "rawStopReason">): boolean {
  return REFUSALS.has(rawStopReason);
}

/** For example: `The model openai/gpt-5.5 is busy.` Never matches what pi would try again. */
export function describeFailure(
  name: string,
  message: Pick<AssistantMessage, "errorMessage" | "rawStopReason">,
): string {
  if (isRefusal(message)) return `The model ${name} declined to answer this.`;
  return `The model ${name} ${causeOf(message.errorMessage ?? "")}.`;
}

/** What the ledger keeps of a failed turn, in our words; pi keeps a provider's own when a stream broke off. */
export function plainFailure(text: string | undefined): string {
  return text !== undefined && OURS.test(text) ? text : `The model ${causeOf(text ?? "")}.`;
}

function causeOf(detail: string): string {
  return CAUSES.find(([pattern]) => pattern.test(detail))?.[1] ?? "failed without saying why";
}
