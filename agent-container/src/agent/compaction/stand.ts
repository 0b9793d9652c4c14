/** Where a conversation stands: its newest summary and what came since. */
import {
  type AgentMessage,
  BACKGROUND_CONTEXT,
  branchTip,
  type Entry,
  type Session,
} from "@earendil-works/pi-agent-core";
import * as v from "valibot";
import { LANE } from "../ledger.ts";
import { isSaid } from "./cut.ts";

type CompactionEntry = Extract<Entry, { type: "compaction" }>;

/** What we keep with a summary. */
const summaryDetails = v.object({
  /** Summaries of the conversation, this one included. */
  count: v.number(),
  /** Tokens of a request right after it. */
  tokensAfter: v.number(),
  /** Summaries right before it that did not help. */
  failures: v.number(),
  /** Messages that it keeps of which notes were taken, the first ones; absent in what older releases stored. */
  noted: v.optional(v.number(), 0),
});
export type SummaryDetails = v.InferOutput<typeof summaryDetails>;

export type Stand = {
  readonly tip: string | null;
  readonly summary: CompactionEntry | undefined;
  readonly details: SummaryDetails;
  /** What the model sees, the summary first. */
  readonly messages: readonly AgentMessage[];
  /** Whether a model has answered since the summary. */
  readonly isAnswered: boolean;
};

const NO_DETAILS: SummaryDetails = { count: 0, tokensAfter: 0, failures: 0, noted: 0 };

export async function readStand(session: Session): Promise<Stand> {
  const tip = (await session.getValue(branchTip(LANE), BACKGROUND_CONTEXT))?.value ?? null;
  const newest =
    tip === null
      ? []
      : await session.scanBranch({ start: tip, order: "newestFirst", stopAtType: "compaction" }, BACKGROUND_CONTEXT);
  const entries = newest.toReversed();
  const summary = entries.find((entry) => entry.type === "compaction");
  return {
    tip,
    summary,
    details: summary === undefined ? NO_DETAILS : summaryDetailsOf(summary),
    messages: entries.flatMap(seenOf),
    isAnswered: entries.some((entry) => entry.type === "message" && isAnswer(entry.message)),
  };
}

/** What we keep with a summary; of one that is not ours, that it is there. */
export function summaryDetailsOf({ details }: CompactionEntry): SummaryDetails {
  const parsed = v.safeParse(summaryDetails, details);
  return parsed.success ? parsed.output : { ...NO_DETAILS, count: 1 };
}

/** As pi shows an entry to the model. */
function seenOf(entry: Entry): readonly AgentMessage[] {
  if (entry.type === "message") return isSaid(entry.message) ? [entry.message] : [];
  if (entry.type !== "compaction") return [];
  const { summary, tokensBefore, timestamp, retainedTail } = entry;
  return [{ role: "compactionSummary", summary, tokensBefore, timestamp }, ...retainedTail.filter(isSaid)];
}

function isAnswer(message: AgentMessage): boolean {
  return message.role === "assistant" && isSaid(message);
}
