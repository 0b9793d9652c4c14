/** What an assistant says of a Discord application with which all is well, and how that can differ. */
import type { DiscordState, GatewayState } from "../../../cli/discord-state.ts";

export const NOW = Date.UTC(2026, 10, 23, 12);
export const MINUTE_MS = 60_000;
export const OURS = "https://claw.example.com/discord/interactions";

type Changes = {
  readonly [Part in keyof DiscordState]?: Partial<DiscordState[Part]>;
};

export function gatewayOf(changes: Partial<GatewayState> = {}): GatewayState {
  return {
    phase: "ready",
    since: NOW - 180 * MINUTE_MS,
    hasSession: true,
    lastEventAt: NOW - 2 * MINUTE_MS,
    identifies: 3,
    identifiesMax: 900,
    resumes: 12,
    zombies: 1,
    waiting: 0,
    unread: 0,
    missed: 0,
    stopped: null,
    ...changes,
  };
}

/** The endpoint is ours, the Gateway is connected, the commands are registered, one server is let in. */
export function discordOf(changes: Changes = {}): DiscordState {
  return {
    application: { id: "1400000000000000001", name: "Claw", isOurs: true, hasOurKey: true, ...changes.application },
    bot: { id: "1400000000000000002", username: "claw-bot", ...changes.bot },
    endpoint: { url: OURS, isOurs: true, ours: OURS, problem: null, ...changes.endpoint },
    intents: { messageContent: { isAsked: true, isAllowed: true }, ...changes.intents },
    groups: { policy: "allowlist", allowed: 1, ...changes.groups },
    installLink: "https://discord.com/oauth2/authorize?client_id=1400000000000000001&permissions=8",
    commands: { changes: { added: [], changed: [], removed: [] }, problem: null, ...changes.commands },
    gateway: { mode: "on", status: gatewayOf(), ...changes.gateway },
  };
}

export const STOPPED = gatewayOf({
  phase: "stopped",
  since: NOW - 5 * MINUTE_MS,
  hasSession: false,
  stopped: { reason: "disallowed_intents", code: 4014 },
});
export const NO_GATEWAY = { mode: "off", status: null } as const;
export const NO_ENDPOINT = { url: null, isOurs: false } as const;
