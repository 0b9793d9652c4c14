/**
 * How often a bot may call its platform: the generic cell rate algorithm (ITU-T I.371) for the bot as a whole and for each
 * chat. Pure.
 */
import { OUTBOUND_BOUNDS } from "../../protocol/bounds.ts";
import type { Rate } from "../../worker/channels/registry.ts";

/**
 * `send`: a message, which waits for its turn. `edit`: a change of a message, which counts as one but can be left out.
 * `sign`: a draft, "typing", a reaction; counts for the bot only, and can be left out.
 */
export type CallUse = "send" | "edit" | "sign";

export type SlotRequest = {
  readonly channel: string;
  readonly bot: Rate;
  readonly chat: { readonly id: string; readonly rate: Rate };
  readonly use: CallUse;
  /** Messages that the call makes: an album counts each of its files. */
  readonly messages: number;
};

/** When each bot and chat will have used up what it has taken, epoch ms; nothing for those that have. */
export type Arrivals = ReadonlyMap<string, number>;

/** `taken`: the call may leave in so long. `later`: it is to be asked for again in so long, and nothing was taken. */
export type Slot = { readonly kind: "taken" | "later"; readonly inMs: number };

/** A slot that can be left out leaves this share of each burst to messages. */
const SHARE_OF_SIGNS = 0.5;
/** A message takes a slot that is so far ahead; else all that wait would ask again for each one that is free. */
const AHEAD_MAX_MS = 2_000;

/** Longest wait for a slot; then it is asked for again. */
const WAIT_MAX_MS = 60_000;

/** Takes a slot at `now`, or says how long to wait. `pausedUntil`: the platform has asked for a pause until then. */
export function takeSlot(
  arrivals: Arrivals,
  request: SlotRequest,
  pausedUntil: number,
  now: number,
): { readonly slot: Slot; readonly taken: Arrivals } {
  const { channel, bot, chat, use, messages } = request;
  const chatKey = `${channel}:${chat.id}`;
  const isCounted = use !== "sign";
  const chatWaitMs = isCounted ? waitFor(arrivals.get(chatKey), chat.rate, use, now) : 0;
  const botWaitMs = waitFor(arrivals.get(channel), bot, use, now);
  const pauseMs = Math.min(pausedUntil - now, OUTBOUND_BOUNDS.retryAfterMaxMs);
  const inMs = Math.ceil(Math.max(0, botWaitMs, chatWaitMs, pauseMs));
  const canBeAhead = use === "send" && chatWaitMs === 0 && pausedUntil <= now && inMs <= AHEAD_MAX_MS;
  if (inMs > 0 && !canBeAhead) return { slot: { kind: "later", inMs }, taken: new Map() };
  const taken = new Map([[channel, next(arrivals.get(channel), bot, now, messages)]]);
  if (isCounted) taken.set(chatKey, next(arrivals.get(chatKey), chat.rate, now + inMs, messages));
  return { slot: { kind: "taken", inMs }, taken };
}

function next(arrival: number | undefined, { everyMs }: Rate, at: number, messages: number): number {
  return Math.max(arrival ?? 0, at) + everyMs * messages;
}

function waitFor(arrival: number | undefined, { burst, everyMs }: Rate, use: CallUse, now: number): number {
  const size = use === "send" ? burst : Math.max(1, Math.floor(burst * SHARE_OF_SIGNS));
  // A clock that was set back would make it a day.
  return Math.min(WAIT_MAX_MS, Math.max(0, (arrival ?? 0) - (size - 1) * everyMs - now));
}
