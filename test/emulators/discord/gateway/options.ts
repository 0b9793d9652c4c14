/** What the emulated Gateway is made with. Everything in ms is Discord's time, divided by `timeScale` where it is waited. */
import { HEARTBEAT_INTERVAL_MS, IDENTIFIES_MAX, REPLAY_MAX, RESUME_WINDOW_MS } from "./bounds.ts";
import type { GatewayEvent } from "./event.ts";
import { type BotUser, type Guild, ownGuild } from "./guilds.ts";
import type { StartLimit } from "./identify-limit.ts";

/** The HTTP half, whose events are passed on. */
export type EventSource = { onEvent(listener: (event: GatewayEvent) => void): () => void };

export type GatewayOptions = {
  readonly botToken: string;
  readonly applicationId: string;
  readonly bot: BotUser;
  readonly world?: EventSource;
  /** Which guilds the bot is in, asked at each IDENTIFY; absent: one of our own. */
  readonly guilds?: () => readonly Guild[];
  /** The first guild's GUILD_CREATE is padded to so many bytes, at most 3 MiB. */
  readonly floodBytes?: number;
  /** MESSAGE_CONTENT is switched on for the application. */
  readonly mayReadContent?: boolean;
  /** Interactions go there, and not over the Gateway; a function is asked at each interaction. */
  readonly interactionsUrl?: string | null | (() => string | null);
  readonly heartbeatIntervalMs?: number;
  readonly resumeWindowMs?: number;
  /** How many dispatches a session keeps; who is further behind cannot resume it. */
  readonly replayMax?: number;
  readonly startLimit?: Partial<StartLimit>;
  /** The application has too many guilds for one session. */
  readonly needsSharding?: boolean;
  /** How many times faster than Discord; 1 if absent. */
  readonly timeScale?: number;
  /** Called once when the token is no longer good: too many IDENTIFYs, or `resetToken`. */
  readonly onTokenReset?: () => void;
  /** What session ids are made of. */
  readonly seed?: number;
  readonly now?: () => number;
  /** 0, and the default: any free port. */
  readonly port?: number;
};

export type Settings = {
  readonly botToken: string;
  readonly applicationId: string;
  readonly bot: BotUser;
  readonly guilds: () => readonly Guild[];
  readonly floodBytes: number;
  readonly mayReadContent: boolean;
  readonly interactionsUrl: () => string | null;
  readonly heartbeatIntervalMs: number;
  readonly resumeWindowMs: number;
  readonly replayMax: number;
  readonly startLimit: StartLimit;
  readonly needsSharding: boolean;
  readonly onTokenReset: () => void;
};

const DEFAULTS = {
  floodBytes: 0,
  mayReadContent: false,
  heartbeatIntervalMs: HEARTBEAT_INTERVAL_MS,
  resumeWindowMs: RESUME_WINDOW_MS,
  replayMax: REPLAY_MAX,
  needsSharding: false,
  onTokenReset: () => {},
};

export function settingsOf(options: GatewayOptions): Settings {
  const { bot, interactionsUrl = null, startLimit } = options;
  const guilds = [ownGuild(bot)];
  const remaining = startLimit?.total ?? IDENTIFIES_MAX;
  return {
    ...DEFAULTS,
    guilds: () => guilds,
    ...options,
    interactionsUrl: typeof interactionsUrl === "function" ? interactionsUrl : () => interactionsUrl,
    startLimit: { total: IDENTIFIES_MAX, remaining, maxConcurrency: 1, ...startLimit },
  };
}
