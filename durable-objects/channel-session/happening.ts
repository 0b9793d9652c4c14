/** Takes in what happened in a chat besides a new message. All in one transaction. */
import type { AcceptReceipt, Happening } from "../../protocol/inbound.ts";
import { log } from "../../worker/log.ts";
import { claimDedupeKeys } from "./inbox.ts";
import type { SessionContext } from "./session-context.ts";

/** Stores a happening. Throws `StorageError` when it could not be stored. */
export function hear(session: SessionContext, happening: Happening, now: number): AcceptReceipt {
  const ids = { session: session.key, happening: happening.kind };
  return session.storage.transactionSync(() => {
    if (!claimDedupeKeys(session.sql, happening.dedupeKeys, now)) {
      log("info", "happening_repeated", ids);
      return "duplicate";
    }
    log("info", "happening_heard", ids);
    return "accepted";
  });
}
