/** What Telegram is told besides messages: that we have seen one, that we know of a press, that buttons are done. */
import { assertNever } from "../../../protocol/assert.ts";
import type { Acknowledgement, ReplyAddress } from "../../../protocol/outbound.ts";
import { cutText } from "../text/cut.ts";
import type { BotApi } from "./bot-api.ts";
import { Refusal } from "./outcome.ts";
import { reactionOf } from "./reaction.ts";
import { chatIdOf, messageIdOf } from "./send-place.ts";

/** "answerCallbackQuery": text of the notification, 0-200 characters. */
const PRESS_TEXT_MAX = 200;

/** One call, never repeated here. Throws `ChannelError` only. `ackReaction`: what says that a message is seen. */
export async function acknowledgeTelegram(
  bot: BotApi,
  to: ReplyAddress,
  what: Acknowledgement,
  ackReaction: string | null,
): Promise<void> {
  switch (what.kind) {
    case "seen":
      await react(bot, to, what.messageId, ackReaction);
      return;
    case "pressed": {
      const text = cutText((what.text ?? "").toWellFormed(), PRESS_TEXT_MAX);
      await bot.show("answerCallbackQuery", (api) =>
        api.answerCallbackQuery(what.pressId, { ...(text !== "" && { text }) }),
      );
      return;
    }
    case "buttons_closed":
      await removeButtons(bot, to, what.messageId);
      return;
    default:
      assertNever(what);
  }
}

async function react(bot: BotApi, to: ReplyAddress, messageId: string, ackReaction: string | null): Promise<void> {
  const reaction = ackReaction === null ? null : reactionOf(ackReaction);
  if (!reaction) return;
  await bot.show("setMessageReaction", (api) =>
    api.setMessageReaction(chatIdOf(to), messageIdOf(messageId), [reaction]),
  );
}

async function removeButtons(bot: BotApi, to: ReplyAddress, messageId: string): Promise<void> {
  try {
    await bot.show("editMessageReplyMarkup", (api) => api.editMessageReplyMarkup(chatIdOf(to), messageIdOf(messageId)));
  } catch (error) {
    // They are gone already.
    if (!(error instanceof Refusal) || error.reason.kind !== "not_modified") throw error;
  }
}
