/** A checked Telegram update becomes a message or a happening, or the reason why it is of no interest. Pure. */
import { assertNever } from "../../../protocol/assert.ts";
import type { Happening, Inbound } from "../../../protocol/inbound.ts";
import type { Result } from "../../../protocol/result.ts";
import type { Intake } from "../channel.ts";
import type { Bot } from "./addressed.ts";
import type { Source } from "./dedupe-keys.ts";
import { readEdit, readPress, readReaction } from "./parse-happening.ts";
import { readMember, readMembership, readMembersNotice, readMove } from "./parse-members.ts";
import { readMessage } from "./parse-message.ts";
import type { DecodedUpdate } from "./update.ts";
import type { Message } from "./update-message.ts";

/** A verified update, who we are, and when it came (epoch ms). */
export type TelegramUpdate = { readonly update: DecodedUpdate; readonly bot: Bot; readonly receivedAt: number };

/** What a verified update asks for. */
export function parseUpdate({ update, bot, receivedAt }: TelegramUpdate): Intake {
  const source: Source = { updateId: update.updateId, bot, receivedAt };
  switch (update.kind) {
    case "message":
    case "channel_post":
      return parseNew(update.message, source);
    case "edited_message":
    case "edited_channel_post":
      return heard(readEdit(update.message, source));
    case "callback_query":
      return heard(readPress(update.query, source));
    case "message_reaction":
      return heard(readReaction(update.reaction, source));
    case "my_chat_member":
      return heard(readMembership(update.change, source));
    case "chat_member":
      return heard(readMember(update.change, source));
    case "other":
      return { kind: "ignore", why: `${update.name} is not handled` };
    default:
      return assertNever(update);
  }
}

/** Notices of the chat come as messages too, and whoever wrote them does not matter. */
function parseNew(message: Message, source: Source): Intake {
  const notice = readMove(message) ?? readMembersNotice(message, source);
  return notice ? heard(notice) : said(readMessage(message, source));
}

function said(read: Result<Inbound, string>): Intake {
  return read.ok ? { kind: "messages", messages: [read.value] } : { kind: "ignore", why: read.error };
}

function heard(read: Result<Happening, string>): Intake {
  return read.ok ? { kind: "happenings", happenings: [read.value] } : { kind: "ignore", why: read.error };
}
