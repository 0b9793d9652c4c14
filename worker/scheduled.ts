/** What a Cron Trigger does, each minute: almost always nothing. What it is for is decided before any object is woken. */
import { assertNever } from "../protocol/assert.ts";
import { type Config, readConfig } from "./config.ts";
import { slotOf, tickOf } from "./heartbeat/interval.ts";
import { errorFields, log } from "./log.ts";
import { discordGateway, jobScheduler } from "./objects.ts";

/** The only agent of this version; its id is a parameter everywhere else. */
const AGENT = "main";

/** Carries out the tick of a minute (`scheduledAt`: epoch ms). Never rejects; no part keeps another one from its work. */
export async function onTick(env: Env, scheduledAt: number): Promise<void> {
  try {
    const config = readConfig(env);
    await Promise.all([
      told("gateway_watch_failed", watchGateway(env, config)),
      told("heartbeat_tick_failed", beat(env, config, scheduledAt)),
    ]);
  } catch (error) {
    log("error", "tick_failed", errorFields(error));
  }
}

/** Sees to the Gateway: a platform whose storage failed for minutes has given its alarm up. */
async function watchGateway(env: Env, config: Config): Promise<void> {
  // One that was switched off ends by its own alarm; no object is made for what is not wanted.
  if (config.discord?.gateway) await discordGateway(env, config.discord.applicationId, config).watch();
}

async function beat(env: Env, config: Config, scheduledAt: number): Promise<void> {
  const tick = tickOf(scheduledAt, config.heartbeat.everyMs);
  switch (tick) {
    case "none":
      return;
    case "beat":
      await jobScheduler(env, AGENT, config).beat(slotOf(scheduledAt));
      return;
    case "watch":
      return await jobScheduler(env, AGENT, config).watch();
    default:
      return assertNever(tick);
  }
}

async function told(step: string, work: Promise<void>): Promise<void> {
  await work.catch((error: unknown) => log("error", step, errorFields(error)));
}
