/** The whole emulated Discord: the HTTP half and the Gateway, of one application and about one world. */
import { startDiscordGateway, type DiscordGatewayEmulator, type GatewayOptions } from "../gateway.ts";
import { DiscordEmulator, type EmulatorOptions } from "../index.ts";

type Shared = "botToken" | "applicationId" | "bot" | "world" | "guilds" | "interactionsUrl" | "mayReadContent" | "now";

export type DiscordOptions = {
  readonly http?: Omit<EmulatorOptions, "gatewayUrl" | "sessionStartLimit">;
  readonly gateway?: Omit<GatewayOptions, Shared | "onTokenReset">;
};

export type Discord = {
  readonly http: DiscordEmulator;
  readonly gateway: DiscordGatewayEmulator;
  close(): Promise<void>;
};

/**
 * Starts both halves; `close` them when done. The token that too many IDENTIFYs cost is unknown to the HTTP half as well.
 * Whether the bot may read what people write is an option of `http`, false if absent.
 */
export async function startDiscord({ http: options = {}, gateway: own = {} }: DiscordOptions = {}): Promise<Discord> {
  const { mayReadContent = false, now = Date.now } = options;
  const http: DiscordEmulator = new DiscordEmulator({
    ...options,
    mayReadContent,
    gatewayUrl: () => gateway.url,
    sessionStartLimit: () => gateway.gatewayBot().session_start_limit,
  });
  const { applicationId, botToken, me, world } = http;
  const gateway = await startDiscordGateway({
    ...own,
    botToken,
    applicationId,
    bot: me,
    world,
    mayReadContent,
    now,
    guilds: () => http.guilds(),
    interactionsUrl: () => http.interactionsUrl,
    onTokenReset: () => http.resetToken(),
  });
  await http.listen();
  const close = async (): Promise<void> => {
    await Promise.all([http.close(), gateway.close()]);
  };
  return { http, gateway, close };
}
