/** The stubs of our Durable Objects, all placed near the AWS region that the agent runs in. */
import type { SessionKey } from "../protocol/session-key.ts";
import type { Config } from "./config.ts";

/** The object of a session. Make a new stub after an exception: a broken one stays broken. */
export function channelSession(env: Env, session: SessionKey, config: Config) {
  return env.CHANNEL_SESSION.getByName(session, { locationHint: locationHint(config.runtime.region) });
}

/** The directory of an agent. */
export function agentDirectory(env: Env, agent: string, config: Config) {
  return env.AGENT_DIRECTORY.getByName(agent, { locationHint: locationHint(config.runtime.region) });
}

/** The jobs of an agent. */
export function jobScheduler(env: Env, agent: string, config: Config) {
  return env.JOB_SCHEDULER.getByName(agent, { locationHint: locationHint(config.runtime.region) });
}

/** The socket of Discord's Gateway, one for each application. */
export function discordGateway(env: Env, applicationId: string, config: Config) {
  return env.DISCORD_SOCKET.getByName(applicationId, { locationHint: locationHint(config.runtime.region) });
}

/** Cloudflare's place for an AWS region (Durable Objects, "Data location"). It counts only when an object is made. */
function locationHint(region: string): DurableObjectLocationHint {
  const [continent, side = ""] = region.split("-");
  switch (continent) {
    case "us":
    case "ca":
      return side === "west" ? "wnam" : "enam";
    case "sa":
      return "sam";
    case "eu":
      return region === "eu-north-1" ? "eeur" : "weur";
    case "ap":
      return side === "southeast" && region.endsWith("-2") ? "oc" : "apac";
    case "me":
    case "il":
      return "me";
    case "af":
      return "afr";
    default:
      return "enam";
  }
}
