/** How full a conversation is, and what came of summing it up: read from its transcript. */
import { BACKGROUND_CONTEXT, operationResult, type Session } from "@earendil-works/pi-agent-core";
import type { TurnId } from "../../../../protocol/ids.ts";
import type { ContextUse } from "../../../../protocol/turn-event.ts";
import { contextTokens, estimate } from "./measure.ts";
import { readStand, summaryDetailsOf } from "./stand.ts";

/** Tokens of what the model saw last, as its provider counted them where it did, and how often was summed up. */
export async function readContextUse(session: Session, windowTokens: number): Promise<ContextUse> {
  const { messages, details, isAnswered, summary } = await readStand(session);
  const since = messages.slice(1 + (summary?.retainedTail.length ?? 0));
  const isFresh = summary !== undefined && !isAnswered;
  const tokens = isFresh ? details.tokensAfter + estimate(since) : contextTokens(messages);
  return { tokens, windowTokens, compactions: details.count };
}

/** Tokens before and after a turn that summed up; undefined: it did not. */
export async function readCompacted(
  session: Session,
  turnId: TurnId,
): Promise<{ readonly before: number; readonly after: number } | undefined> {
  const result = (await session.getValue(operationResult(turnId), BACKGROUND_CONTEXT))?.value;
  if (result?.status !== "completed" || result.tipId === null) return undefined;
  const entry = await session.getEntry(result.tipId, BACKGROUND_CONTEXT);
  if (entry?.type !== "compaction") return undefined;
  return { before: entry.tokensBefore, after: summaryDetailsOf(entry).tokensAfter };
}
