/** Takes an order of `JobScheduler` as a message that nobody wrote, so that its run is a turn like any other. */
import type { InboundId } from "../../protocol/ids.ts";
import type { Inbound } from "../../protocol/inbound.ts";
import type { TaskOrder } from "../../protocol/tasks.ts";
import { log } from "../../worker/log.ts";
import { arrivalOf, claimDedupeKeys, insertInbound } from "./inbox.ts";
import type { SessionContext } from "./session-context.ts";
import type { TurnStore } from "./turn-store.ts";

/** Who it is that orders something, where a message has its sender. */
const SCHEDULER = { id: "scheduler", name: "scheduler" } as const;

/**
 * What the session makes of an order. `known_open`: it has it, and will say what comes of it. `over`: it had it, and has told
 * all that it knew.
 */
export type TaskReceipt = "taken" | "known_open" | "over";

/** Stores an order and begins its turn, once. */
export function takeTask(session: SessionContext, turns: TurnStore, order: TaskOrder, now: number): TaskReceipt {
  const { sql, key } = session;
  const { conversation } = order;
  const inbound = inboundOf(order, session, now);
  const isNew = turns.transact(() => {
    if (!claimDedupeKeys(sql, inbound.dedupeKeys, now)) return false;
    if (!insertInbound(sql, inbound, { kind: "turn", conversation }, now)) return false;
    turns.advance(arrivalOf(inbound, conversation));
    return true;
  });
  const receipt = isNew ? "taken" : isOpen(session, order.id) ? "known_open" : "over";
  log("info", isNew ? "task_accepted" : "task_repeated", { session: key, message: order.id, conversation, receipt });
  return receipt;
}

function isOpen({ sql }: SessionContext, id: InboundId): boolean {
  const query = `SELECT 1 FROM outcomes WHERE id = ?1 UNION ALL
    SELECT 1 FROM inbox WHERE inbound_id = ?1 AND state IN ('accepted', 'leased', 'running')`;
  return sql.exec(query, id).toArray().length > 0;
}

function inboundOf({ id, text, ...task }: TaskOrder, { key, ref }: SessionContext, now: number): Inbound {
  return {
    id,
    dedupeKeys: [id],
    session: key,
    channel: "job",
    chat: { kind: "direct", id: ref.chatId },
    sender: SCHEDULER,
    text,
    attachments: [],
    task,
    replyTo: { channel: "job", chatId: ref.chatId, chatKind: "direct" },
    sentAt: now,
  };
}
