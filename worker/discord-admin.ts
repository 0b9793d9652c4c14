/** `/admin/api/discord`: the application, its endpoint, commands and Gateway. What Discord says is passed on, never the token. */
import { type Context, Hono } from "hono";
import * as v from "valibot";
import type { AgentConfig } from "../protocol/agent-config.ts";
import { discordStanding, notSetText } from "../protocol/discord-variables.ts";
import { ChannelError } from "../protocol/errors.ts";
import type { GatewayStatus } from "../protocol/gateway.ts";
import { commandChanges, wantedCommands } from "./channels/discord/commands.ts";
import { ENDPOINT_PATH, readEndpointAddress } from "./channels/discord/endpoint-address.ts";
import { overwriteCommands, readCommands, readDiscord, setInteractionsEndpoint } from "./channels/discord/operation.ts";
import type { DiscordSettings } from "./channels/discord/settings.ts";
import { type Config, readConfig } from "./config.ts";
import { explainDiscord } from "./discord-refusal.ts";
import { readJsonBody, refuseBody } from "./json-body.ts";
import { errorFields, log } from "./log.ts";
import type { Variables } from "./variables.ts";

export type DiscordConfig = Config & { readonly discord: DiscordSettings };

/** The Gateway object of an application, as far as its owner needs it. */
type Gateway = {
  watch(): Promise<void>;
  stop(): Promise<void>;
  status(): Promise<GatewayStatus>;
};

export type DiscordAdminStart<Env extends Variables> = {
  readonly gatewayOf: (env: Env, config: DiscordConfig) => Gateway;
  /** What the agent's configuration says. */
  readonly readAgentConfig: (env: Env, config: Config) => Promise<AgentConfig>;
};

/** What the ids of Discord's people and groups begin with. */
const PEER_PREFIX = "discord:";
/** Longest endpoint that is taken, in UTF-16 units ("Edit Current Application"). */
const URL_MAX = 2_048;

const endpointBody = v.pipe(
  v.unknown(),
  v.check((json) => !Array.isArray(json)), // an empty one would pass for an object
  v.strictObject({ url: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(URL_MAX))) }),
);

/** Which variables are missing, for the line of the channel in the status; null: none. */
export function discordMissing(env: Variables): string | null {
  const standing = discordStanding(env);
  return standing.kind === "complete" ? null : notSetText(standing.missing);
}

/** Builds the routes. */
export function createDiscordAdmin<Env extends Variables>({ gatewayOf, readAgentConfig }: DiscordAdminStart<Env>) {
  const api = new Hono<{ Bindings: Env }>();

  api.get("/", (c) =>
    withDiscord(c, async (config) => {
      const [state, commands, gateway, { access }] = await Promise.all([
        readDiscord(config.discord),
        lookAtCommands(config.discord),
        lookAtGateway(config, () => gatewayOf(c.env, config)),
        readAgentConfig(c.env, config),
      ]);
      const { application, bot, installUrl } = state;
      const { discord } = config;
      return c.json({
        application: {
          id: application.id,
          name: application.name,
          isOurs: application.id === discord.applicationId,
          hasOurKey:
            application.publicKey === null
              ? null
              : application.publicKey.toLowerCase() === discord.publicKey.toLowerCase(),
        },
        bot,
        endpoint: describeEndpoint(application.interactionsEndpointUrl, ownEndpoint(c, config)),
        intents: {
          messageContent: { isAsked: discord.messageContent, isAllowed: application.messageContent !== "off" },
        },
        groups: {
          policy: access.groupPolicy,
          allowed: access.groupAllowFrom.filter((group) => group.startsWith(PEER_PREFIX)).length,
        },
        installLink: installUrl,
        commands,
        gateway,
      });
    }),
  );

  api.get("/commands", (c) =>
    withDiscord(c, async ({ discord }) => {
      const current = await readCommands(discord);
      return c.json({ current, wanted: wantedCommands(), changes: commandChanges(current, wantedCommands()) });
    }),
  );

  api.put("/commands", (c) =>
    withDiscord(c, async ({ discord }) => {
      const changes = commandChanges(await readCommands(discord), wantedCommands());
      await overwriteCommands(discord, wantedCommands());
      log("info", "discord_commands_set");
      return c.json({ changes });
    }),
  );

  api.put("/endpoint", (c) =>
    withDiscord(c, async (config) => {
      const body = await readJsonBody(c.req.raw, endpointBody, "{}");
      if (!body.ok) return refuseBody(body.error);
      const address = readEndpointAddress(body.value.url ?? ownEndpoint(c, config));
      if (!address.ok) return c.json({ error: "address_unusable", message: address.error }, 400);
      await setInteractionsEndpoint(config.discord, address.value);
      log("info", "discord_endpoint_set");
      return c.json({ url: address.value });
    }),
  );

  api.delete("/endpoint", (c) =>
    withDiscord(c, async (config) => {
      await setInteractionsEndpoint(config.discord, null);
      log("info", "discord_endpoint_cleared");
      return c.json({ gateway: modeOf(config) });
    }),
  );

  api.get("/gateway", (c) =>
    withDiscord(c, async (config) => c.json(await lookAtGateway(config, () => gatewayOf(c.env, config)))),
  );

  api.post("/gateway/watch", (c) =>
    withDiscord(c, async (config) => {
      const { gateway } = config.discord;
      // Where none is wanted no object shall be made.
      if (gateway) await gatewayOf(c.env, config).watch();
      return c.json(await lookAtGateway(config, () => gatewayOf(c.env, config)));
    }),
  );

  api.post("/gateway/restart", (c) =>
    withDiscord(c, async (config) => {
      if (config.discord.gateway) {
        const gateway = gatewayOf(c.env, config);
        await gateway.stop();
        await gateway.watch();
        log("info", "discord_gateway_restarted");
      }
      return c.json(await lookAtGateway(config, () => gatewayOf(c.env, config)));
    }),
  );

  return api;
}

/** Runs `use` with the bot's settings; 503 without any, and what Discord refuses in its words. */
async function withDiscord<Env extends Variables>(
  c: Context<{ Bindings: Env }>,
  use: (config: DiscordConfig) => Promise<Response>,
): Promise<Response> {
  const config = readConfig(c.env);
  const { discord } = config;
  if (discord === null) {
    const message = `this assistant has no Discord bot: ${discordMissing(c.env)}; docs/channels/discord.md says where each is`;
    return c.json({ error: "channel_not_configured", message }, 503);
  }
  try {
    return await use({ ...config, discord });
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    log("warn", "discord_not_asked", { method: error.method, ...errorFields(error) });
    const { status, ...answer } = explainDiscord(error);
    return Response.json(answer, { status });
  }
}

/** What registering would change. That it cannot be told does not hide the rest. */
async function lookAtCommands(discord: DiscordSettings) {
  try {
    return { changes: commandChanges(await readCommands(discord), wantedCommands()), problem: null };
  } catch (error) {
    if (error instanceof ChannelError) return { changes: null, problem: explainDiscord(error).message };
    throw error;
  }
}

/** `status` is null when no Gateway is wanted, or its object does not answer. */
async function lookAtGateway(config: DiscordConfig, open: () => Gateway) {
  const mode = modeOf(config);
  if (mode === "off") return { mode, status: null };
  try {
    return { mode, status: await open().status() };
  } catch (error) {
    log("warn", "discord_gateway_silent", errorFields(error));
    return { mode, status: null };
  }
}

function modeOf({ discord }: DiscordConfig): "on" | "off" {
  return discord.gateway ? "on" : "off";
}

function describeEndpoint(url: string | null, own: string) {
  const address = readEndpointAddress(own);
  return {
    url,
    isOurs: isOurs(url, address.ok ? address.value : null),
    ours: address.ok ? address.value : null,
    problem: address.ok ? null : address.error,
  };
}

/** Where our endpoint is: below the address that we were told, or at which the owner has reached us. */
function ownEndpoint({ req }: Pick<Context, "req">, { publicUrl }: Config): string {
  return `${publicUrl ?? new URL(req.url).origin}${ENDPOINT_PATH}`;
}

/** Null: not to be told, because our address is a local one and somebody may have led a public one here. */
function isOurs(url: string | null, ours: string | null): boolean | null {
  if (url === null) return false;
  const address = URL.parse(url);
  if (ours !== null) return address?.href === ours;
  return address?.pathname.endsWith(ENDPOINT_PATH) ? null : false;
}
