/** Takes one message in: is it new, may its sender speak, is it a command or a prompt. All in one transaction. */
import { failIfArmed } from "../../fail-points/fail-point.ts";
import { assertNever } from "../../protocol/assert.ts";
import { INBOUND_BOUNDS } from "../../protocol/bounds.ts";
import { StorageError } from "../../protocol/errors.ts";
import type { AcceptReceipt, Inbound } from "../../protocol/inbound.ts";
import type { ConversationKey } from "../../protocol/session-key.ts";
import { log } from "../../worker/log.ts";
import { OBJECT_BOUNDS } from "../bounds.ts";
import { admit } from "./admission.ts";
import { edgeCommandOf, renderReply } from "./command.ts";
import { claimDedupeKeys, insertInbound, markInbound } from "./inbox.ts";
import { renderNotice } from "./notice.ts";
import { enqueueAnswer } from "./outbox.ts";
import { introduce } from "./report.ts";
import { enqueueText, readLastUsage } from "./rows.ts";
import type { SessionContext } from "./session-context.ts";
import type { TurnStore } from "./turn-store.ts";

/** Stores a message and starts what it asks for. Throws `StorageError` when it could not be stored. */
export function takeIn(session: SessionContext, turns: TurnStore, inbound: Inbound, now: number): AcceptReceipt {
  const ids = { session: session.key, message: inbound.id };
  return turns.transact(() => {
    if (!claimDedupeKeys(session.sql, inbound.dedupeKeys, now)) {
      log("info", "message_repeated", ids);
      return "duplicate";
    }
    const admission = admit(inbound, session.ref, session.config().access);
    switch (admission.kind) {
      case "ignored":
        log("info", "message_ignored", { ...ids, why: admission.why });
        return "accepted";
      case "stranger":
        log("info", "stranger_refused", ids);
        tellStranger(session.sql, inbound, admission.peer, now);
        return "accepted";
      case "admitted":
        log("info", "message_accepted", { ...ids, conversation: admission.conversation });
        return takeAdmitted(session, turns, inbound, admission.conversation, now);
      default:
        return assertNever(admission);
    }
  });
}

function takeAdmitted(
  session: SessionContext,
  turns: TurnStore,
  inbound: Inbound,
  conversation: ConversationKey,
  now: number,
): AcceptReceipt {
  const { sql } = session;
  if (turns.state.open.length >= INBOUND_BOUNDS.waitingMax) {
    throw new StorageError("storage_unavailable", "too many messages of this chat wait for an answer");
  }
  const command = edgeCommandOf(inbound);
  if (!insertInbound(sql, inbound, { kind: command ? "command" : "turn", conversation }, now)) return "duplicate";
  FAIL_POINTS && failIfArmed("inbox.write");
  if (command) introduce(sql, now);
  else turns.advance({ kind: "message", id: inbound.id, conversation });
  if (command?.kind !== "reply") return "accepted";
  const config = session.config();
  const text = renderReply(command.show, inbound, {
    session: session.key,
    conversation,
    model: config.models.model,
    state: turns.state,
    lastUsage: readLastUsage(sql),
    release: config.release,
    now,
  });
  markInbound(sql, [inbound.id], { state: "answered" }, now);
  enqueueText(sql, null, [inbound.id], text, turns.rowContext(now));
  return "accepted";
}

/** Strangers leave no inbox row: the notice is addressed without one. */
function tellStranger(sql: SqlStorage, inbound: Inbound, peer: string, now: number): void {
  const span = Math.floor(now / OBJECT_BOUNDS.strangerNoticeEveryMs);
  if (!claimDedupeKeys(sql, [`stranger:${span}`], now)) return;
  const parts = [renderNotice({ kind: "not_admitted", peer })];
  enqueueAnswer(sql, { turnId: null, address: inbound.replyTo, parts, inboundIds: [] }, now);
}
