/** Says in this session what the owner must know. A notice answers nobody, so its own death is never told of. */
import type { OwnerNotice } from "../../protocol/dead-letter.ts";
import { enqueueNotice } from "./answer-rows.ts";
import { claimDedupeKeys } from "./inbox.ts";
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
    const text = renderNotice(contentOf(notice), languageOf(null));
    enqueueNotice(sql, { channel, chatKind, chatId, ...(thread && { thread }) }, text, turns.rowContext(now));
  });
}

function contentOf(notice: OwnerNotice): Notice {
  if (notice.kind === "news") return { kind: "news", news: notice.news };
  return { kind: "dead_letters", deadLetters: notice.deadLetters, more: notice.more };
}
