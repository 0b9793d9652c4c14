/** What Telegram is told besides messages: that we have seen one, that we know of a press, which choice was made. */
import { assertNever } from "../../../protocol/assert.ts";
import type { Acknowledgement, ReplyAddress } from "../../../protocol/outbound.ts";
import { cutText } from "../text/cut.ts";
import type { BotApi } from "./bot-api.ts";
import { keyboardOf } from "./keyboard.ts";
import { Refusal } from "./outcome.ts";
import { reactionOf } from "./reaction.ts";
import { chatIdOf, messageIdOf } from "./send-place.ts";

/** "answerCallbackQuery": text of the notification, 0-200 characters. */
const PRESS_TEXT_MAX = 200;

/** What the button carries that shows a choice; no id of a session looks so. */
const CHOSEN = "chosen";

/** One call, never repeated here. Throws `ChannelError` only. */
export async function acknowledgeTelegram(bot: BotApi, to: ReplyAddress, what: Acknowledgement): Promise<void> {
  switch (what.kind) {
    case "seen":
      await react(bot, to, what.messageId, what.emoji);
      return;
    case "pressed": {
      const text = cutText((what.text ?? "").toWellFormed(), PRESS_TEXT_MAX);
      await bot.show("answerCallbackQuery", (api) =>
        api.answerCallbackQuery(what.pressId, { ...(text !== "" && { text }) }),
      );
      return;
    }
    case "chosen":
      await showChoice(bot, to, what.messageId, what.label);
      return;
    default:
      assertNever(what);
  }
}

/** Telegram refuses what is none of its reactions, so it is not asked. */
async function react(bot: BotApi, to: ReplyAddress, messageId: string, emoji: string): Promise<void> {
  const reaction = reactionOf(emoji);
  if (!reaction) return;
  await bot.show("setMessageReaction", (api) =>
    api.setMessageReaction(chatIdOf(to), messageIdOf(messageId), [reaction]),
  );
}

/** One button that says which was pressed; pressing it is void, as it is no button of ours. */
async function showChoice(bot: BotApi, to: ReplyAddress, messageId: string, label: string): Promise<void> {
  const choice = keyboardOf([[{ id: CHOSEN, label: `✓ ${label}` }]]);
  try {
    await bot.show("editMessageReplyMarkup", (api) =>
      api.editMessageReplyMarkup(chatIdOf(to), messageIdOf(messageId), choice),
    );
  } catch (error) {
    // It shows it already.
    if (!(error instanceof Refusal) || error.reason.kind !== "not_modified") throw error;
  }
}
