/** What a Cron Trigger does, each minute: nothing, but for what cannot be trusted to wake itself. */
import { readConfig } from "./config.ts";
import { errorFields, log } from "./log.ts";
import { discordGateway } from "./objects.ts";

/** Sees to the Gateway: a platform whose storage failed for minutes has given its alarm up. Never rejects. */
export async function onTick(env: Env): Promise<void> {
  try {
    const config = readConfig(env);
    // One that was switched off ends by its own alarm; no object is made for what is not wanted.
    if (config.discord?.gateway) await discordGateway(env, config.discord.applicationId, config).watch();
  } catch (error) {
    log("error", "tick_failed", errorFields(error));
  }
}
