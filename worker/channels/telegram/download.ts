/** Opens a file that somebody sent. Its address holds the bot's token, so it never leaves `bot-api.ts`. */
import { ChannelError } from "../../../protocol/errors.ts";
import type { Attachment } from "../../../protocol/inbound.ts";
import type { Download } from "../channel.ts";
import type { BotApi } from "./bot-api.ts";

/**
 * Throws `ChannelError` only: `channel_refused` when Telegram has the file no more or does not give it out, as it does with
 * files over 20 MB ("getFile"). Telegram fetches the file before it answers, so the answer is waited for.
 */
export async function downloadTelegram(bot: BotApi, attachment: Attachment): Promise<Download> {
  const { file_path: path } = await bot.ask("getFile", (api) => api.getFile(attachment.platformId));
  if (path !== undefined) return await bot.openFile(path);
  throw new ChannelError("channel_refused", { channel: "telegram", method: "getFile" }, "getFile: no path");
}
