/** Which model a call tries next, whether it waits, and when it gives up: pure, from what it has tried so far. */
import { retryDelayMs } from "@earendil-works/pi-ai";
import { type Cause, CAUSES } from "./causes.ts";
import type { Cooldowns, Rester } from "./cooldowns.ts";

/** Bounds of the tries of one call. */
export const RETRY_BOUNDS = {
  /** Pauses before a model is tried again, when its provider names none. */
  pause: { baseDelayMs: 500, maxAgentDelayMs: 4_000 },
  /** Longest pause that is waited for; what a person takes for an answer that is on its way. */
  pauseMaxMs: 10_000,
  /** All pauses of a call together. */
  pausesMaxMs: 30_000,
  /** No try begins later than this after the first one: two that said nothing to their end, and a third. */
  callMaxMs: 300_000,
} as const;

/** What a call knows of a model that it has tried. */
export type Tried = { readonly tries: number; readonly cause: Cause; readonly notBefore: number };

export type Tries<T> = {
  readonly startedAt: number;
  readonly pausedMs: number;
  readonly tried: ReadonlyMap<T, Tried>;
};

export type NextTry<T> =
  | { readonly kind: "call"; readonly candidate: T }
  | { readonly kind: "pause"; readonly ms: number }
  | { readonly kind: "give_up" };

/**
 * First the models that do not rest, in order; then each resting one once; then again, after a pause, what can be
 * another time. A model that was tried in vain rests, so the same one is asked twice only when nothing else is left.
 */
export function nextTry<T extends Rester>(
  candidates: readonly T[],
  { startedAt, pausedMs, tried }: Tries<T>,
  cooldowns: Pick<Cooldowns, "rests">,
  now: number,
): NextTry<T> {
  if (now - startedAt >= RETRY_BOUNDS.callMaxMs) return { kind: "give_up" };
  const open = candidates.filter((candidate) => isWorthTrying(tried.get(candidate)));
  const ready = open.filter((candidate) => (tried.get(candidate)?.notBefore ?? 0) <= now);
  const candidate = ready.find((one) => !cooldowns.rests(one, now)) ?? ready.find((one) => !tried.has(one)) ?? ready[0];
  if (candidate !== undefined) return { kind: "call", candidate };
  const soonest = Math.min(...open.map((one) => tried.get(one)?.notBefore ?? now));
  const ms = soonest - now;
  const isPatient = ms <= RETRY_BOUNDS.pauseMaxMs && pausedMs + ms <= RETRY_BOUNDS.pausesMaxMs;
  return isPatient ? { kind: "pause", ms } : { kind: "give_up" };
}

/**
 * What is known after one more try in vain. `wishedMs` is when the provider wants to be asked again: never sooner than
 * without a wish, for some say "at once" each time.
 */
export function triedAgain(before: Tried | undefined, cause: Cause, now: number, wishedMs: number | undefined): Tried {
  const tries = (before?.tries ?? 0) + 1;
  return { tries, cause, notBefore: now + Math.max(wishedMs ?? 0, retryDelayMs(RETRY_BOUNDS.pause, tries)) };
}

function isWorthTrying(tried: Tried | undefined): boolean {
  return tried === undefined || tried.tries < CAUSES[tried.cause].triesMax;
}
