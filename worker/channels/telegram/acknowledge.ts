/** What Telegram is told besides messages: that we have seen one, that we know of a press, that buttons are done. */
import { assertNever } from "../../../protocol/assert.ts";
import type { Acknowledgement, ReplyAddress } from "../../../protocol/outbound.ts";
import type { BotApi } from "./bot-api.ts";
import { reactionOf } from "./reaction.ts";
import { chatIdOf } from "./send.ts";

/** "answerCallbackQuery": text of the notification, 0-200 characters. */
const PRESS_TEXT_MAX = 200;

/** One call, never repeated here. Throws `ChannelError` only. */
export async function acknowledgeTelegram(
  bot: BotApi,
  to: ReplyAddress,
  what: Acknowledgement,
  ackReaction: string | null,
): Promise<void> {
  switch (what.kind) {
    case "seen": {
      if (ackReaction === null) return;
      await bot.show("setMessageReaction", (api) =>
        api.setMessageReaction(chatIdOf(to), Number(what.messageId), reactionOf(ackReaction)),
      );
      return;
    }
    case "pressed":
      await bot.show("answerCallbackQuery", (api) =>
        api.answerCallbackQuery(what.pressId, { ...(what.text && { text: what.text.slice(0, PRESS_TEXT_MAX) }) }),
      );
      return;
    case "buttons_closed":
      await bot.show("editMessageReplyMarkup", (api) =>
        api.editMessageReplyMarkup(chatIdOf(to), Number(what.messageId)),
      );
      return;
    default:
      assertNever(what);
  }
}
