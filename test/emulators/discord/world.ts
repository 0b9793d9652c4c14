/** Everything that the emulated Discord knows, as its routes, its people and its Gateway see it. */
import { Commands } from "./commands.ts";
import { type EventListener, Events } from "./events.ts";
import { Files } from "./files.ts";
import { Interactions } from "./interactions.ts";
import { Endpoint } from "./endpoint.ts";
import { Places } from "./places.ts";
import type { BodyCheck } from "./schema.ts";
import { Signer } from "./signing.ts";
import { Snowflakes } from "./snowflake.ts";
import { createUser, type Guild, type User } from "./wire.ts";

/** How many sessions the bot may still begin today, as `GET /gateway/bot` says it. */
export type SessionStartLimit = {
  readonly total: number;
  readonly remaining: number;
  readonly reset_after: number;
  readonly max_concurrency: number;
};

export type WorldOptions = {
  readonly applicationId: string;
  readonly name: string;
  readonly now: () => number;
  readonly gatewayUrl: () => string;
  readonly sessionStartLimit: () => SessionStartLimit;
  /** Where files can be had. */
  readonly origin: () => string;
  /** How long `enforce_nonce` knows a nonce: "the past few minutes". */
  readonly nonceWindowMs: number;
  /** Whether messages that are read later still have their nonce. */
  readonly tellsNonceLater: boolean;
  /** The privileged intent is switched on for the application. */
  readonly mayReadContent: boolean;
  /** The code for a token that died because nobody answered in time: unknown webhook, or unknown interaction. */
  readonly lateTokenCode: 10_015 | 10_062;
  readonly checkBody: BodyCheck;
};

/** Something that the real Discord forgives or refuses, and that we never want to see. */
export type Violation = { readonly where: string; readonly what: string };

export type World = WorldOptions & {
  readonly me: User;
  readonly ids: Snowflakes;
  readonly events: Events;
  readonly people: Map<string, User>;
  /** Who takes no direct messages from the bot. */
  readonly closedTo: Set<string>;
  readonly guilds: Map<string, Guild>;
  readonly places: Places;
  readonly files: Files;
  readonly commands: Commands;
  readonly interactions: Interactions;
  readonly signer: Signer;
  readonly endpoint: Endpoint;
  readonly violations: Violation[];
  /** Where interactions are posted to; null: they come over the Gateway. */
  interactionsUrl: string | null;
  /** Calls `listener` with everything that the Gateway would tell; returns how to stop that. */
  readonly onEvent: (listener: EventListener) => () => void;
};

export function createWorld(options: WorldOptions): World {
  const { now, applicationId, name, origin } = options;
  const me = createUser({ id: applicationId, username: name, isBot: true });
  const ids = new Snowflakes(now);
  const events = new Events();
  const guilds = new Map<string, Guild>();
  const signer = new Signer();
  return {
    ...options,
    me,
    ids,
    events,
    people: new Map([[me.id, me]]),
    closedTo: new Set(),
    guilds,
    places: new Places(now, guilds, me.id),
    files: new Files(now, () => ids.next(), origin),
    commands: new Commands(now, () => ids.next(), applicationId),
    interactions: new Interactions(now, () => ids.next()),
    signer,
    endpoint: new Endpoint(signer, now),
    violations: [],
    interactionsUrl: null,
    onEvent: (listener) => events.onEvent(listener),
  };
}
