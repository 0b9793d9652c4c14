/** The world of the end-to-end tests with Discord in it: its interactions by webhook, and its Gateway if it is wanted. */
import { existsSync } from "node:fs";
import { vi } from "vitest";
import { type DiscordEmulator, type Person, readSchema, startDiscordEmulator } from "../emulators/discord/index.ts";
import type { ShownMessage } from "../emulators/discord/shown.ts";
import { PATIENCE, World } from "./world.ts";

const OFFICIAL_SCHEMA = new URL("../../../shared/fixtures/schemas/discord-openapi.json", import.meta.url);

export type DiscordWorld = {
  readonly world: World;
  readonly discord: DiscordEmulator;
  readonly owner: Person;
  /** A guild that is let in, its members, and a channel in it. */
  readonly guild: string;
  readonly channel: string;
  readonly close: () => Promise<void>;
};

/** Starts a world in which the owner is on Discord only; `variables` are settings besides. */
export async function openDiscordWorld(variables: Readonly<Record<string, string>> = {}): Promise<DiscordWorld> {
  const schema = existsSync(OFFICIAL_SCHEMA) ? { schema: readSchema(OFFICIAL_SCHEMA) } : {};
  const discord = await startDiscordEmulator(schema);
  const owner = discord.addPerson({ username: "ada" });
  const guild = discord.addGuild({ members: [owner] });
  const channel = discord.addChannel(guild);
  const world = await World.open({
    DISCORD_APPLICATION_ID: discord.applicationId,
    DISCORD_PUBLIC_KEY: discord.publicKey,
    DISCORD_BOT_TOKEN: discord.botToken,
    DISCORD_API_ROOT: discord.apiRoot,
    ALLOW_FROM: `discord:${owner.id}`,
    GROUP_ALLOW_FROM: `discord:${guild}`,
    ...variables,
  });
  discord.setEndpoint(`${world.assistant.url}/discord/interactions`);
  const close = async () => {
    await world.close();
    await discord.close();
  };
  return { world, discord, owner, guild, channel, close };
}

/** What the bot has written in a channel, once there are at least `count` messages and none is only begun. */
export function written(discord: DiscordEmulator, channel: string, count: number): Promise<readonly ShownMessage[]> {
  return vi.waitFor(() => {
    const answers = discord.answers(channel);
    const done = answers.filter(({ state }) => state === "written");
    if (done.length < count) throw new Error(`${done.length} of ${count} answers so far, ${answers.length} begun`);
    return done;
  }, PATIENCE);
}
