/** Valid ids and keys for tests of the session. */
import type { Unpaid } from "../../../protocol/budget.ts";
import { type InboundId, isInboundId, isTurnId, type TurnId } from "../../../protocol/ids.ts";
import { formatConversationKey, formatSessionKey } from "../../../protocol/session-key.ts";

export const MAIN = formatConversationKey({ kind: "main", agent: "main" });
export const PERSON = formatConversationKey({ kind: "person", agent: "main", personId: "telegram-9" });

export const SESSIONS = ["1", "2"].map((chatId) =>
  formatSessionKey({ agent: "main", channel: "telegram", chatKind: "direct", chatId }),
);

export function inbound(text: string): InboundId {
  if (!isInboundId(text)) throw new Error(text);
  return text;
}

export function turnId(name: string): TurnId {
  const id = `turn-${name}`.padEnd(8, "0");
  if (!isTurnId(id)) throw new Error(id);
  return id;
}

export const newTurnId = (index: number) => turnId(String(index).padStart(4, "0"));

/** The day's budget is used up. */
export const UNPAID: Unpaid = {
  whose: "agent",
  period: "day",
  until: 10 * 3_600_000,
  unit: "microUsd",
  limit: 5,
  spent: 5,
  reserved: 0,
  offer: null,
  timezone: "UTC",
};
