/** Opens a file that somebody sent. Its address holds the bot's token, so it never leaves this module. */
import { ChannelError } from "../../../protocol/errors.ts";
import type { Attachment } from "../../../protocol/inbound.ts";
import type { Download } from "../channel.ts";
import type { BotApi } from "./bot-api.ts";

/** Throws `ChannelError` only: `channel_refused` when Telegram has the file no more or does not give it out. */
export async function downloadTelegram(bot: BotApi, attachment: Attachment): Promise<Download> {
  const { file_path: path } = await bot.show("getFile", (api) => api.getFile(attachment.platformId));
  const at = { channel: "telegram", method: "getFile" };
  if (path === undefined) throw new ChannelError("channel_refused", at, "getFile: no path");
  return await bot.openFile(path);
}
