/** Says in the chat of a turn that it waits because nothing is left; where the owner is, with what they can do about it. */
import { type AnswerContext, enqueueNotice } from "./answer-rows.ts";
import { offerButtons, renderParked } from "./budget-text.ts";
import { readInbound } from "./inbox.ts";
import type { Effect } from "./turn-state.ts";

/** Enqueues it, addressed to the first message of the turn. It answers nobody: the messages stay open. */
export function sayParked(
  sql: SqlStorage,
  { ids, unpaid }: Extract<Effect, { kind: "parked" }>,
  context: AnswerContext,
): void {
  const [first] = readInbound(sql, ids.slice(0, 1));
  if (!first) return;
  const language = context.languageOf(first.sender);
  const { offer, timezone } = unpaid;
  const text = renderParked(unpaid, offer, { language, timezone }, context.limits.showsButtons);
  enqueueNotice(sql, first.replyTo, text, context, {
    rows: offer === null ? [] : offerButtons(offer, language),
    pressers: [first.sender.id],
  });
}
