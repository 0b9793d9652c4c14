/** The calls by which Discord is answered, by the names that the fault suite has for them. */

/**
 * `original`: an answer takes the place of "thinking", or grows there. `follow_up`: what follows it where the bot is not.
 * `message`: a message of the bot's own; `edit`: it grows, or is replaced. `thread`: one is opened.
 */
export type DiscordCall = "original" | "follow_up" | "message" | "edit" | "thread";

const WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}";
const MESSAGES = "/channels/{channel_id}/messages";

type Facts = { readonly method: string; readonly route: string; readonly by: "token" | "channelId" };

export const DISCORD_CALLS: Readonly<Record<DiscordCall, Facts>> = {
  original: { method: "PATCH", route: `${WEBHOOK}/messages/@original`, by: "token" },
  follow_up: { method: "POST", route: WEBHOOK, by: "token" },
  message: { method: "POST", route: MESSAGES, by: "channelId" },
  edit: { method: "PATCH", route: `${MESSAGES}/{message_id}`, by: "channelId" },
  thread: { method: "POST", route: `${MESSAGES}/{message_id}/threads`, by: "channelId" },
};
