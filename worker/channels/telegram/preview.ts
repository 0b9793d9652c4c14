/** Shows a growing answer: as a draft in private chats, in a message of ours in groups, else only that we are busy. */
import type { TurnId } from "../../../protocol/ids.ts";
import type { ReplyAddress } from "../../../protocol/outbound.ts";
import { showsNothing } from "../../../protocol/visible-text.ts";
import type { Growing, PreviewHandle } from "../channel.ts";
import { splitMarkdown } from "../text/split.ts";
import type { BotApi } from "./bot-api.ts";
import { Refusal } from "./outcome.ts";
import { renderTelegramHtml, TEXT_MAX } from "./render.ts";
import { chatIdOf, messageIdOf, threadFor } from "./send-place.ts";

/** FNV-1a, 32 bits ("The FNV Non-Cryptographic Hash Algorithm"). */
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const INT31 = 0x7fffffff;

/**
 * One call, never repeated here. Throws `ChannelError` only. A draft is no message and has no id to keep. Plain HTML: what
 * grows changes its form too often to be a rich message.
 */
export async function previewTelegram(bot: BotApi, to: ReplyAddress, growing: Growing): Promise<PreviewHandle> {
  const { text, handle } = growing;
  const shown = { ...handle, shownText: text };
  if (to.chatKind === "channel") return shown; // channels show neither drafts nor typing
  if (showsNothing(text)) await type(bot, to);
  else if (handle?.messageId !== undefined) await edit(bot, to, handle.messageId, text);
  else if (to.chatKind === "direct") await draft(bot, to, growing);
  else await type(bot, to);
  return shown;
}

/** The draft of a turn: the same number whenever and wherever it is asked for, so that its changes are animated. */
export function draftId(turnId: TurnId): number {
  let hash = FNV_OFFSET;
  for (let index = 0; index < turnId.length; index += 1) {
    hash = Math.imul(hash ^ turnId.charCodeAt(index), FNV_PRIME);
  }
  return hash & INT31 || 1; // "must be non-zero"
}

async function type(bot: BotApi, to: ReplyAddress): Promise<void> {
  await bot.show("sendChatAction", (api) => api.sendChatAction(chatIdOf(to), "typing", threadFor("typing", to)));
}

async function draft(bot: BotApi, to: ReplyAddress, { turnId, text }: Growing): Promise<void> {
  const html = renderTelegramHtml(latest(text));
  const options = { ...threadFor("message", to), parse_mode: "HTML" } as const;
  await bot.show("sendMessageDraft", (api) => api.sendMessageDraft(chatIdOf(to), draftId(turnId), html, options));
}

async function edit(bot: BotApi, to: ReplyAddress, messageId: string, text: string): Promise<void> {
  const html = renderTelegramHtml(latest(text));
  try {
    await bot.show("editMessageText", (api) =>
      api.editMessageText(chatIdOf(to), messageIdOf(messageId), html, { parse_mode: "HTML" }),
    );
  } catch (error) {
    // A mark that is not closed yet can make two texts look alike.
    if (!(error instanceof Refusal) || error.reason.kind !== "not_modified") throw error;
  }
}

/** What of a long answer is shown while it grows: its end, which is where the reader is. */
function latest(text: string): string {
  if (text.length <= TEXT_MAX) return text;
  const halves = splitMarkdown(text, TEXT_MAX / 2 - 1);
  return halves.slice(-2).join("\n\n");
}
