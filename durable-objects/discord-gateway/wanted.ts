/** What the deployment's settings ask of the Gateway: whether to be connected, and as whom. */
import type { DiscordSettings } from "../../worker/channels/registry.ts";

/** GUILDS, GUILD_MESSAGES, GUILD_MESSAGE_REACTIONS, DIRECT_MESSAGES, DIRECT_MESSAGE_REACTIONS ("List of Intents"). */
const INTENTS = 13_825;
/** Privileged: the texts of messages that are neither direct nor mention us. */
const MESSAGE_CONTENT = 32_768;

export type Wanted = {
  /** Marks the settings that a session belongs to; says nothing of the token. */
  readonly mark: string;
  readonly intents: number;
  readonly settings: DiscordSettings;
};

/** Null: no connection is wanted for this application. */
export async function readWanted(settings: DiscordSettings | null, applicationId: string): Promise<Wanted | null> {
  if (!settings?.gateway || settings.applicationId !== applicationId) return null;
  const { botToken, apiRoot, messageContent } = settings;
  const intents = messageContent ? INTENTS | MESSAGE_CONTENT : INTENTS;
  const bytes = new TextEncoder().encode(`${apiRoot}\n${intents}\n${botToken}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const mark = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return { mark, intents, settings };
}
