/** Says in this session what the owner must know. A notice answers nobody, so its own death is never told of. */
import type { Language } from "../../protocol/access.ts";
import type { OwnerNotice } from "../../protocol/dead-letter.ts";
import { textsFor } from "../../protocol/texts/language.ts";
import { enqueueNotice } from "./answer-rows.ts";
import { offerButtons } from "./budget-text.ts";
import { claimDedupeKeys } from "./inbox.ts";
import type { ButtonRows } from "./edge-button.ts";
import { type Notice, renderNotice } from "./notice.ts";
import type { SessionContext } from "./session-context.ts";
import type { TurnStore } from "./turn-store.ts";

/** Enqueues a notice, once per number. */
export function tellOwner(
  { sql, ref, languageOf }: SessionContext,
  turns: TurnStore,
  notice: OwnerNotice,
  now: number,
): void {
  const { channel, chatKind, chatId, thread } = ref;
  turns.transact(() => {
    if (!claimDedupeKeys(sql, [`owner-notice:${notice.notice}`], now)) return;
    const context = turns.rowContext(now);
    const text = [
      renderNotice(contentOf(notice), languageOf(null)),
      ...(context.limits.showsButtons ? [] : typedOf(notice, languageOf(null))),
    ].join(" ");
    const address = { channel, chatKind, chatId, ...(thread && { thread }) };
    enqueueNotice(sql, address, text, context, {
      rows: choicesOf(notice, languageOf(null)),
      pressers: [chatId],
    });
  });
}

function contentOf(notice: OwnerNotice): Notice {
  if (notice.kind === "news") return { kind: "news", news: notice.news };
  return { kind: "dead_letters", deadLetters: notice.deadLetters, more: notice.more };
}

/** What the owner types where there are no buttons. */
function typedOf(notice: OwnerNotice, language: Language): readonly string[] {
  if (notice.kind !== "news" || notice.news.kind !== "budget_spent") return [];
  return [textsFor(language).budget.type(`/budget allow ${notice.news.offer.id}`)];
}

/** What the owner can do about it. */
function choicesOf(notice: OwnerNotice, language: Language): ButtonRows {
  if (notice.kind !== "news" || notice.news.kind !== "budget_spent") return [];
  return offerButtons(notice.news.offer, language);
}
