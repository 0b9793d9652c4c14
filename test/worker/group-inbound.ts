/** Messages and happenings of a Telegram group, for tests of the edge. */
import { isInboundId } from "../../protocol/ids.ts";
import type { Happening, Inbound } from "../../protocol/inbound.ts";
import { formatSessionKey } from "../../protocol/session-key.ts";
import { directMessage } from "./inbound.ts";

/** A group that is on the list. */
export const GROUP = "-100";
export const GROUP_SESSION = groupKey(GROUP);
export const ADA = { id: "7", name: "Ada" };
export const BEN = { id: "8", name: "Ben" };

export function groupKey(chatId: string) {
  return formatSessionKey({ agent: "main", channel: "telegram", chatKind: "group", chatId });
}

/** Something said in the group, to nobody; `fields` replace. */
export function groupMessage(number: number, text: string, fields: Partial<Inbound> = {}): Inbound {
  return {
    ...directMessage(number, GROUP, text),
    session: GROUP_SESSION,
    chat: { kind: "group", id: GROUP, title: "Team", addressed: false },
    sender: BEN,
    replyTo: { channel: "telegram", chatId: GROUP, chatKind: "group", messageId: String(number) },
    ...fields,
  };
}

/** Something said to us. */
export function mention(number: number, text: string, fields: Partial<Inbound> = {}): Inbound {
  return groupMessage(number, text, {
    chat: { kind: "group", id: GROUP, title: "Team", addressed: true },
    ...fields,
  });
}

type Part<Kind extends Happening["kind"]> = Omit<
  Extract<Happening, { kind: Kind }>,
  "session" | "channel" | "dedupeKeys" | "at"
>;

/** A happening of the session of `message`; `key` tells it from others. */
export function happening<Kind extends Happening["kind"]>(
  message: Pick<Inbound, "session">,
  key: string,
  part: Part<Kind>,
) {
  return { session: message.session, channel: "telegram", dedupeKeys: [key], at: 1_700_000_100_000, ...part } as const;
}

/** The new version of a message. */
export function edited(message: Inbound, text: string, key = `edit:${text}`) {
  return happening<"edited">(message, key, { kind: "edited", message: { ...message, text } });
}

/** A press of the button that carries `buttonId`. */
export function pressed(buttonId: string, sender = BEN, number = 500) {
  const id = `telegram:77:press:${number}`;
  if (!isInboundId(id)) throw new Error(id);
  const message = mention(number, "", { id, sender, dedupeKeys: [`telegram:77:press:${number}`] });
  return happening<"pressed">(message, `update:${number}`, {
    kind: "pressed",
    pressId: String(number),
    buttonId,
    message,
  });
}
