/** Why a model did not answer: the causes, what each is worth another try, how long the model then rests. Data. */

export type Cause =
  | "rate_limit"
  | "overload"
  | "auth"
  | "billing"
  | "timeout"
  | "unreachable"
  | "model_not_found"
  | "provider_fault"
  /** The stream ended in the middle of the answer. */
  | "broken_off"
  /** Calls of tools that cannot be run, and must not get into a transcript. */
  | "malformed"
  /** Neither a word nor a call. */
  | "empty"
  /** The request was not accepted, for a reason that is none of the others. */
  | "request"
  | "unknown"
  /** The three that no other model is asked after. */
  | "overflow"
  | "refusal"
  | "stopped";

type CausePolicy = {
  /** What the chat is told, after the name of the model. */
  readonly words: string;
  /** Tries of one model within one call, when this was the cause of the last one. 1: it would be the same again. */
  readonly triesMax: number;
  /** How long the model rests after the first, the second... failure in a row; the last one stays. */
  readonly restsMs: readonly number[];
  /** The rest is over as soon as a turn brings other keys. */
  readonly endsWithKeys?: true;
};

const BRIEF = [30_000, 60_000, 300_000] as const;
const LONG = [600_000] as const;
const NONE = [] as const;

export const CAUSES: Readonly<Record<Cause, CausePolicy>> = {
  rate_limit: { words: "is busy", triesMax: 5, restsMs: BRIEF },
  overload: { words: "is busy", triesMax: 5, restsMs: BRIEF },
  auth: { words: "refused the key", triesMax: 1, restsMs: LONG, endsWithKeys: true },
  billing: { words: "has no credit left", triesMax: 1, restsMs: LONG, endsWithKeys: true },
  timeout: { words: "did not answer in time", triesMax: 2, restsMs: BRIEF },
  unreachable: { words: "could not be reached", triesMax: 4, restsMs: BRIEF },
  model_not_found: { words: "is not known to its provider", triesMax: 1, restsMs: LONG, endsWithKeys: true },
  provider_fault: { words: "has a fault at its provider", triesMax: 4, restsMs: BRIEF },
  broken_off: { words: "broke off in the middle of its answer", triesMax: 3, restsMs: BRIEF },
  // The model is well, only this answer was not: it rests just long enough for another one to be asked.
  malformed: { words: "gave an answer that cannot be used", triesMax: 2, restsMs: [5_000, 30_000, 60_000] },
  empty: { words: "gave an empty answer", triesMax: 2, restsMs: [5_000, 30_000, 60_000] },
  request: { words: "did not accept the request", triesMax: 1, restsMs: BRIEF },
  unknown: { words: "failed without saying why", triesMax: 1, restsMs: BRIEF },
  overflow: { words: "was given more than it can take in", triesMax: 1, restsMs: NONE },
  refusal: { words: "declined to answer this", triesMax: 1, restsMs: NONE },
  stopped: { words: "was stopped", triesMax: 1, restsMs: NONE },
};

/** What only the text can say, because providers send it with the status of something else; not with the third one. */
const TELLING: readonly (readonly [pattern: RegExp, cause: Cause, except?: number])[] = [
  // Bedrock's throttling speaks of too many tokens, as texts about too long requests do.
  [/^throttling error|too many requests|please wait before trying/i, "rate_limit"],
  [/insufficient_quota|quota exceeded|exceeded your current quota/i, "billing"],
  // With 429: who asks too often is told where to pay for more.
  [/billing|credit balance|out of budget|usage limit reached/i, "billing", 429],
  [/too long|request_too_large|context.?(?:window|length|size)|token limit|too many tokens/i, "overflow"],
  [/overloaded|high demand/i, "overload"],
  [/unknown model|model identifier|model\b.{0,80}\bdoes not exist/i, "model_not_found"],
  [/security token|expired.?token|signature we calculated/i, "auth"],
];

const STATUSES: Readonly<Record<number, Cause>> = {
  400: "request",
  401: "auth",
  402: "billing",
  403: "auth",
  404: "model_not_found",
  408: "timeout",
  413: "overflow",
  422: "request",
  429: "rate_limit",
  503: "overload",
  529: "overload",
};

/** The rest of the texts: of streams that broke, of connections, and of providers that put the status into the text. */
const TEXTS: readonly (readonly [RegExp, Cause])[] = [
  [/\b401\b|\b403\b|api.?key|authentication|permission|access ?denied|unauthori[sz]ed/i, "auth"],
  [/\b404\b|not.?found|does not exist/i, "model_not_found"],
  [/\b429\b|rate.?limit|too many|throttl/i, "rate_limit"],
  [/\b529\b|\b503\b|service unavailable/i, "overload"],
  [/tim(?:ed?|e.)?.?out/i, "timeout"],
  [/fetch failed|connection|getaddrinfo|ENOTFOUND|EAI_AGAIN|ECONN|socket|network/i, "unreachable"],
  [/terminated|aborted|ended (?:without|before)|side closed/i, "broken_off"],
  [/\b5\d\d\b|server.?error|internal|unavailable|model stream error/i, "provider_fault"],
  [/\b400\b|invalid|validation/i, "request"],
];

/** The cause behind a provider's words and the status of its answer, where one is known. Pure. */
export function causeOf(detail: string, status?: number): Cause {
  const known = status ?? (/\b429\b/.test(detail) ? 429 : undefined);
  const told = TELLING.find(
    ([pattern, , except]) => pattern.test(detail) && (except === undefined || except !== known),
  );
  if (told !== undefined) return told[1];
  const ofStatus = status !== undefined && status >= 400 ? (STATUSES[status] ?? ofClass(status)) : undefined;
  return ofStatus ?? TEXTS.find(([pattern]) => pattern.test(detail))?.[1] ?? "unknown";
}

/** Whether another try or another model would not help: the turn was stopped, refused, or has first to be shortened. */
export function isFinalCause(cause: Cause): boolean {
  return CAUSES[cause].restsMs.length === 0;
}

function ofClass(status: number): Cause {
  return status >= 500 ? "provider_fault" : "request";
}
