/** Messages for tests of the edge. */
import { isInboundId } from "../../protocol/ids.ts";
import type { Inbound } from "../../protocol/inbound.ts";
import { formatSessionKey } from "../../protocol/session-key.ts";
import { WEB_SESSION } from "../../worker/channels/registry.ts";

/** A private Telegram message of user `from`; number and text tell it from others. */
export function directMessage(number: number, from = "7", text = `message ${number}`): Inbound {
  const id = `telegram:77:${number}`;
  if (!isInboundId(id)) throw new Error(id);
  return {
    id,
    dedupeKeys: [`telegram:77:update:${10_000 + number}`, `telegram:77:message:${from}:${number}`],
    session: formatSessionKey({ agent: "main", channel: "telegram", chatKind: "direct", chatId: from }),
    channel: "telegram",
    chat: { kind: "direct", id: from },
    sender: { id: from, name: "Ada" },
    text,
    attachments: [],
    replyTo: { channel: "telegram", chatId: from, chatKind: "direct", messageId: String(number) },
    sentAt: 1_700_000_000_000,
  };
}

/** The same message as a slash command. */
export function command(number: number, name: string, rest = ""): Inbound {
  return { ...directMessage(number, "7", `/${name} ${rest}`.trim()), command: { name, rest } };
}

/** A message of the owner's web chat, which is of the same conversation as their private Telegram chat. */
export function webMessage(number: number, text = `message ${number}`): Inbound {
  const id = `web:${number}`;
  if (!isInboundId(id)) throw new Error(id);
  return {
    id,
    dedupeKeys: [`web:message:${number}`],
    session: WEB_SESSION,
    channel: "web",
    chat: { kind: "direct", id: "owner" },
    sender: { id: "owner", name: "owner" },
    text,
    attachments: [],
    replyTo: { channel: "web", chatId: "owner", chatKind: "direct" },
    sentAt: 1_700_000_000_000,
  };
}
