/** A Telegram bot's token: `<id>:<secret>`, part of every URL of the Bot API. */

/** `text` without the secret part of `token`, which betrays the bot however the colon before it is spelled. */
export function withoutToken(text: string, token: string): string {
  const secret = token.slice(token.indexOf(":") + 1);
  return secret === "" ? text : text.replaceAll(secret, "<token>");
}
