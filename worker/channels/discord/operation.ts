/** What the owner and the Gateway ask Discord for: who the application is, its commands, channels and what was written there. */
import * as v from "valibot";
import { isRefused, Refusal, TokenRefused } from "./outcome.ts";
import { type CallOptions, discordRest, QUICK_TIMEOUT_MS } from "./rest.ts";
import { ID, type Route, route } from "./rest-route.ts";
import type { DiscordSettings } from "./settings.ts";

export type DiscordState = {
  readonly application: {
    readonly id: string;
    readonly name: string;
    /** What verifies interactions; null: Discord does not say. */
    readonly publicKey: string | null;
    /** Where interactions are sent; null: over the Gateway. */
    readonly interactionsEndpointUrl: string | null;
    /** `limited`: as all get it that are in fewer than 100 guilds. */
    readonly messageContent: "on" | "limited" | "off";
  };
  readonly bot: { readonly id: string; readonly username: string };
  /** Adds the bot to a guild or to an account, with what it needs. */
  readonly installUrl: string;
};

/** Where the Gateway is, and how often a session may begin there. */
export type DiscordGatewayState = {
  readonly url: string;
  readonly shards: number;
  readonly starts: {
    readonly total: number;
    readonly remaining: number;
    readonly resetAfterMs: number;
    readonly maxConcurrency: number;
  };
};

export type DiscordChannel = {
  readonly id: string;
  /** "Channel Types". */
  readonly type: number;
  readonly guildId: string | null;
  /** Of a thread: the channel that it belongs to. */
  readonly parentId: string | null;
  /** Of a thread: who opened it. */
  readonly ownerId: string | null;
  readonly lastMessageId: string | null;
};

const QUICK: CallOptions = { timeoutMs: QUICK_TIMEOUT_MS };
/** "Application Flags". */
const MESSAGE_CONTENT = 1 << 18;
const MESSAGE_CONTENT_LIMITED = 1 << 19;
/** "Permissions", as numbers of their bits. */
const PERMISSIONS = {
  addReactions: 6,
  viewChannel: 10,
  sendMessages: 11,
  embedLinks: 14,
  attachFiles: 15,
  readMessageHistory: 16,
  createPublicThreads: 35,
  sendMessagesInThreads: 38,
  sendVoiceMessages: 46,
} as const;
/** "Get Channel Messages": 1-100. */
const MESSAGES_MAX = 100;

const application = v.object({
  id: v.string(),
  name: v.string(),
  verify_key: v.nullish(v.string()),
  interactions_endpoint_url: v.nullish(v.string()),
  flags: v.optional(v.number(), 0),
});
const user = v.object({ id: v.string(), username: v.string() });
const gateway = v.object({
  url: v.string(),
  shards: v.number(),
  session_start_limit: v.object({
    total: v.number(),
    remaining: v.number(),
    reset_after: v.number(),
    max_concurrency: v.number(),
  }),
});
const channel = v.object({
  id: v.string(),
  type: v.number(),
  guild_id: v.nullish(v.string(), null),
  parent_id: v.nullish(v.string(), null),
  owner_id: v.nullish(v.string(), null),
  last_message_id: v.nullish(v.string(), null),
});
const member = v.object({ roles: v.array(v.string()) });
const messages = v.array(v.looseObject({ id: v.pipe(v.string(), v.regex(ID)) }));

/** Who the application and its bot are. Throws `ChannelError` only. */
export async function readDiscord(settings: DiscordSettings): Promise<DiscordState> {
  const rest = discordRest(settings);
  const [app, bot] = await Promise.all([
    rest.ask(application, route("GET", "/applications/@me"), QUICK),
    rest.ask(user, route("GET", "/users/@me"), QUICK),
  ]);
  const hasContent = (app.flags & MESSAGE_CONTENT) !== 0;
  const isLimited = (app.flags & MESSAGE_CONTENT_LIMITED) !== 0;
  return {
    application: {
      id: app.id,
      name: app.name,
      publicKey: app.verify_key ?? null,
      interactionsEndpointUrl: app.interactions_endpoint_url ?? null,
      messageContent: hasContent ? "on" : isLimited ? "limited" : "off",
    },
    bot: { id: bot.id, username: bot.username },
    installUrl: installUrl(app.id),
  };
}

/**
 * Has Discord send interactions to `url`, which it tries at once; null: over the Gateway. Throws `ChannelError` only;
 * `channel_refused` when what is there does not answer as it must.
 */
export async function setInteractionsEndpoint(settings: DiscordSettings, url: string | null): Promise<void> {
  await discordRest(settings).call(route("PATCH", "/applications/@me"), {
    json: { interactions_endpoint_url: url },
  });
}

/** The application's commands as Discord has them, in all languages. Throws `ChannelError` only. */
export async function readCommands(settings: DiscordSettings): Promise<readonly unknown[]> {
  return await discordRest(settings).ask(v.array(v.unknown()), commandsRoute("GET", settings), {
    query: { with_localizations: "true" },
  });
}

/** Makes `commands` the application's only ones. The same again changes nothing. Throws `ChannelError` only. */
export async function overwriteCommands(settings: DiscordSettings, commands: readonly unknown[]): Promise<void> {
  await discordRest(settings).call(commandsRoute("PUT", settings), { json: commands });
}

/** Where the Gateway is; null: Discord does not take the bot's token. Throws `ChannelError` only. */
export async function readGateway(settings: DiscordSettings): Promise<DiscordGatewayState | null> {
  const asked = discordRest(settings).ask(gateway, route("GET", "/gateway/bot"), QUICK);
  const read = await asked.catch((error: unknown) => {
    if (error instanceof TokenRefused) return null;
    throw error;
  });
  if (!read) return null;
  const { total, remaining, reset_after: resetAfterMs, max_concurrency: maxConcurrency } = read.session_start_limit;
  return { url: read.url, shards: read.shards, starts: { total, remaining, resetAfterMs, maxConcurrency } };
}

/** A channel or thread; null when there is none or it is closed to us. Throws `ChannelError` only. */
export async function fetchChannel(settings: DiscordSettings, channelId: string): Promise<DiscordChannel | null> {
  const read = await orNull(
    discordRest(settings).ask(channel, route("GET", "/channels/{channel}", { channel: channelId }), QUICK),
  );
  if (!read) return null;
  return {
    id: read.id,
    type: read.type,
    guildId: read.guild_id,
    parentId: read.parent_id,
    ownerId: read.owner_id,
    lastMessageId: read.last_message_id,
  };
}

/**
 * The first messages of a channel after the one with the id `afterId`, as Discord has them, oldest first; they lack
 * what only the Gateway tells (`guild_id`, `member`). Fewer than `limit` when there are no more; null when the channel is
 * closed to us. Throws `ChannelError` only.
 */
export async function fetchMessagesAfter(
  settings: DiscordSettings,
  channelId: string,
  afterId: string,
  limit: number = MESSAGES_MAX,
): Promise<readonly ({ readonly id: string } & Readonly<Record<string, unknown>>)[] | null> {
  const query = { after: afterId, limit: String(Math.min(limit, MESSAGES_MAX)) };
  const at = route("GET", "/channels/{channel}/messages", { channel: channelId });
  const read = await orNull(discordRest(settings).ask(messages, at, { query }));
  return read && [...read].sort((one, other) => (BigInt(one.id) < BigInt(other.id) ? -1 : 1));
}

/** The ids of the roles that somebody has in a guild; null when they are not in it any more. Throws `ChannelError` only. */
export async function fetchMemberRoles(
  settings: DiscordSettings,
  guildId: string,
  userId: string,
): Promise<readonly string[] | null> {
  const at = route("GET", "/guilds/{guild}/members/{user}", { guild: guildId, user: userId });
  try {
    return (await discordRest(settings).ask(member, at, QUICK)).roles;
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return null;
    throw error;
  }
}

/** Answers an interaction that came over the Gateway, with what its webhook would have answered. Throws `ChannelError` only. */
export async function postCallback(
  settings: DiscordSettings,
  interactionId: string,
  token: string,
  body: unknown,
): Promise<void> {
  const at = route("POST", "/interactions/{interaction}/{token}/callback", { interaction: interactionId, token });
  await discordRest(settings).call(at, { ...QUICK, json: body });
}

function commandsRoute(method: "GET" | "PUT", { applicationId }: DiscordSettings): Route {
  return route(method, "/applications/{application}/commands", { application: applicationId });
}

async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (isRefused(error, "unknown_channel", "missing_access")) return null;
    throw error;
  }
}

function installUrl(applicationId: string): string {
  const permissions = Object.values(PERMISSIONS).reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n);
  const url = new URL("https://discord.com/oauth2/authorize");
  url.search = new URLSearchParams({
    client_id: applicationId,
    scope: "bot applications.commands",
    permissions: String(permissions),
  }).toString();
  return url.href;
}
