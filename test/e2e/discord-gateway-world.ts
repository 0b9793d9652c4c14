/** The world of the end-to-end tests with Discord's Gateway in it: the bot has no endpoint, all that it hears comes there. */
import { vi } from "vitest";
import { type Discord, startDiscord } from "../emulators/discord/gateway/whole.ts";
import type { Person } from "../emulators/discord/index.ts";
import { PATIENCE, World } from "./world.ts";

export type GatewayWorld = {
  readonly world: World;
  readonly discord: Discord;
  readonly owner: Person;
  /** A guild that is let in, and a channel in it. */
  readonly guild: string;
  readonly channel: string;
  readonly close: () => Promise<void>;
};

/** Starts a world and waits until the bot is connected. */
export async function openGatewayWorld(): Promise<GatewayWorld> {
  const discord = await startDiscord({ gateway: { floodBytes: 3 * 1_024 * 1_024 } });
  const { http } = discord;
  const owner = http.addPerson({ username: "ada" });
  const guild = http.addGuild({ members: [owner] });
  const channel = http.addChannel(guild);
  const world = await World.open({
    DISCORD_APPLICATION_ID: http.applicationId,
    DISCORD_PUBLIC_KEY: http.publicKey,
    DISCORD_BOT_TOKEN: http.botToken,
    DISCORD_API_ROOT: http.apiRoot,
    DISCORD_GATEWAY: "on",
    ALLOW_FROM: `discord:${owner.id}`,
    GROUP_ALLOW_FROM: `discord:${guild}`,
  });
  await discord.gateway.whenLive();
  const close = async () => {
    await world.close();
    await discord.close();
  };
  return { world, discord, owner, guild, channel, close };
}

/** Resolves once the bot's messages in a channel are just these. */
export async function answersAre(
  { discord }: GatewayWorld,
  channel: string,
  ...texts: readonly string[]
): Promise<void> {
  await vi.waitFor(() => {
    const shown = discord.http.answers(channel).map(({ content }) => content);
    if (JSON.stringify(shown) !== JSON.stringify(texts)) throw new Error(`so far ${JSON.stringify(shown)}`);
  }, PATIENCE);
}
