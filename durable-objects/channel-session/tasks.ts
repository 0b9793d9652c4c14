/** Takes an order of `JobScheduler` as a message that nobody wrote, so that its run is a turn like any other. */
import type { Inbound } from "../../protocol/inbound.ts";
import type { TaskOrder } from "../../protocol/tasks.ts";
import { log } from "../../worker/log.ts";
import { arrivalOf, claimDedupeKeys, insertInbound } from "./inbox.ts";
import type { SessionContext } from "./session-context.ts";
import type { TurnStore } from "./turn-store.ts";

/** Who it is that orders something, where a message has its sender. */
const SCHEDULER = { id: "scheduler", name: "scheduler" } as const;

/** Stores an order and begins its turn, once. */
export function takeTask(session: SessionContext, turns: TurnStore, order: TaskOrder, now: number): void {
  const { sql, key } = session;
  const { conversation } = order;
  const inbound = inboundOf(order, session, now);
  const isNew = turns.transact(() => {
    if (!claimDedupeKeys(sql, inbound.dedupeKeys, now)) return false;
    if (!insertInbound(sql, inbound, { kind: "turn", conversation }, now)) return false;
    turns.advance(arrivalOf(inbound, conversation));
    return true;
  });
  log("info", isNew ? "task_accepted" : "task_repeated", { session: key, message: order.id, conversation });
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
