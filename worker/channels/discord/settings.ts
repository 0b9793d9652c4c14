/** What the Discord channel needs to work for one application. */

export type DiscordSettings = {
  readonly applicationId: string;
  /** Of Ed25519, 64 hexadecimal digits; what signs interactions. */
  readonly publicKey: string;
  readonly botToken: string;
  /** With the version, without a slash at the end. */
  readonly apiRoot: string;
  /** Whether the Gateway socket is kept open. */
  readonly gateway: boolean;
  /** Whether the privileged MESSAGE_CONTENT intent is asked for: else only direct messages and mentions have a text. */
  readonly messageContent: boolean;
  /** Where a mention in a channel is answered: there, or in a thread that begins with it. */
  readonly replyIn: "channel" | "thread";
};

export const DISCORD_API_ROOT = "https://discord.com/api/v10";
