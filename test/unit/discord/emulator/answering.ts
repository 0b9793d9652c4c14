/** A bot of the emulated Discord with an endpoint that says one thing, and a clock that the test moves. */
import type { EmulatorOptions } from "../../../emulators/discord/index.ts";
import type { Json } from "../../../emulators/discord/json.ts";
import { type Says, startBot, startEndpoint } from "./bot.ts";

/** What the clock says at first. */
export const NOW = 1_790_000_000_000;
export const DEFERRED = { type: 5 };

/** A bot with an endpoint that says that, and a clock that `tick` moves. */
export async function answering(says: Json | Says, options: EmulatorOptions = {}) {
  let now = NOW;
  const bot = await startBot({ now: () => now, ...options });
  const url = await startEndpoint(bot.discord, typeof says === "function" ? (says as Says) : () => says);
  bot.discord.setEndpoint(url);
  const webhook = (token: string) => `/webhooks/${bot.discord.applicationId}/${token}`;
  return {
    ...bot,
    webhook,
    original: (token: string) => `${webhook(token)}/messages/@original`,
    tick: (ms: number) => (now += ms),
  };
}
