/** Reads updates as the Worker does, for tests: from JSON, by the bot of `payloads.ts`. */
import type { Happening, Inbound } from "../../../protocol/inbound.ts";
import type { Intake } from "../../../worker/channels/channel.ts";
import type { Bot } from "../../../worker/channels/telegram/addressed.ts";
import { parseUpdate } from "../../../worker/channels/telegram/parse.ts";
import { decodeUpdate } from "../../../worker/channels/telegram/update.ts";
import { BOT, RECEIVED_AT, update } from "./payloads.ts";

/** What an update asks for. Throws when it is malformed. */
export function parse(json: unknown, bot: Bot = BOT): Intake {
  const decoded = decodeUpdate(JSON.parse(JSON.stringify(json)));
  if (!decoded.ok) throw new Error(decoded.error);
  return parseUpdate({ update: decoded.value, bot, receivedAt: RECEIVED_AT });
}

/** The one message that `message` becomes. Throws when it becomes something else. */
export function inboundOf(message: object, bot: Bot = BOT): Inbound {
  const intake = parse(update(message), bot);
  const [inbound, ...more] = intake.kind === "messages" ? intake.messages : [];
  if (!inbound || more.length > 0) throw new Error(JSON.stringify(intake));
  return inbound;
}

/** The one happening that an update becomes. Throws when it becomes something else. */
export function happeningOf(json: unknown): Happening {
  const intake = parse(json);
  const [happening, ...more] = intake.kind === "happenings" ? intake.happenings : [];
  if (!happening || more.length > 0) throw new Error(JSON.stringify(intake));
  return happening;
}

/** Why a message is ignored; null when it is not. */
export function whyIgnored(json: unknown): string | null {
  const intake = parse(json);
  return intake.kind === "ignore" ? intake.why : null;
}

/** Whether the name that people see of us is in a message; null in a private chat. */
export function isNamed(message: object, bot: Bot = BOT): boolean | null {
  const { chat } = inboundOf(message, bot);
  return chat.kind === "direct" ? null : (chat.named ?? false);
}

/** Whether a message is meant for us; null in a private chat. */
export function isAddressed(message: object, bot: Bot = BOT): boolean | null {
  const { chat } = inboundOf(message, bot);
  return chat.kind === "direct" ? null : chat.addressed;
}
