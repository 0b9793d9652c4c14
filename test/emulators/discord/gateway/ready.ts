/** What a new session is told first: READY, and then its guilds. */
import { MESSAGE_CONTENT_LIMITED } from "../content-intent.ts";
import { flooded, type Guild } from "./guilds.ts";
import { isAskedFor, isOfShard } from "./intents.ts";
import type { Settings } from "./options.ts";
import type { Session } from "./session.ts";

/** Puts READY and the guilds into a session. `isSharded`: the client named its shard, and is told it again. */
export function welcome(session: Session, settings: Settings, resumeUrl: string, isSharded: boolean): void {
  const { bot, applicationId, mayReadContent, floodBytes } = settings;
  const guilds = settings
    .guilds()
    .filter((guild) => isOfShard({ t: "GUILD_CREATE", d: guild, guildId: guild.id }, session.shard));
  session.add("READY", {
    v: 10,
    user_settings: {},
    user: { ...bot, bot: true, verified: true, mfa_enabled: true, email: null, discriminator: "0000", flags: 0 },
    session_type: "normal",
    session_id: session.id,
    resume_gateway_url: resumeUrl,
    relationships: [],
    private_channels: [],
    presences: [],
    guilds: guilds.map(({ id }) => ({ id, unavailable: true })),
    guild_join_requests: [],
    geo_ordered_rtc_regions: ["rotterdam"],
    auth: {},
    application: { id: applicationId, flags: mayReadContent ? MESSAGE_CONTENT_LIMITED : 0 },
    ...(isSharded && { shard: session.shard }),
    _trace: ['["gateway-emulated",{"micros":0}]'],
  });
  guilds.forEach((guild, index) => {
    const told: Guild = index === 0 && floodBytes > 0 ? flooded(guild, floodBytes) : guild;
    if (isAskedFor({ t: "GUILD_CREATE", d: told }, session.intents)) session.add("GUILD_CREATE", told);
  });
}
