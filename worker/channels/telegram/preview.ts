/** Shows a growing answer in private chats, and elsewhere that we are busy. */
import type { TurnId } from "../../../protocol/ids.ts";
import type { ReplyAddress } from "../../../protocol/outbound.ts";
import { showsNothing } from "../../../protocol/visible-text.ts";
import type { Growing, PreviewHandle } from "../channel.ts";
import { splitMarkdown } from "../text/split.ts";
import type { BotApi } from "./bot-api.ts";
import { renderTelegramHtml, TEXT_MAX } from "./render.ts";
import { chatIdOf, threadFor } from "./send.ts";

/** FNV-1a, 32 bits ("The FNV Non-Cryptographic Hash Algorithm"). */
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const INT31 = 0x7fffffff;

/** One call, never repeated here. Throws `ChannelError` only. A draft is no message and has no id to keep. */
export async function previewTelegram(bot: BotApi, to: ReplyAddress, growing: Growing): Promise<PreviewHandle> {
  const shown = { shownText: growing.text };
  if (to.chatKind === "channel") return shown; // channels show neither drafts nor typing
  const chatId = chatIdOf(to);
  if (to.chatKind === "direct" && !showsNothing(growing.text)) {
    const html = renderTelegramHtml(latest(growing.text));
    const draft = { ...threadFor("message", to), parse_mode: "HTML" } as const;
    await bot.show("sendMessageDraft", (api) => api.sendMessageDraft(chatId, draftId(growing.turnId), html, draft));
  } else {
    await bot.show("sendChatAction", (api) => api.sendChatAction(chatId, "typing", threadFor("typing", to)));
  }
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

/** What of a long answer is shown while it grows: its end, which is where the reader is. */
function latest(text: string): string {
  if (text.length <= TEXT_MAX) return text;
  const halves = splitMarkdown(text, TEXT_MAX / 2 - 1);
  return halves.slice(-2).join("\n\n");
}
