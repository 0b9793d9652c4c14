/** What the machine of the Gateway works on: its state, what can happen, and what it asks for. Pure. */
import type { GatewayStopped } from "../../protocol/gateway.ts";
import type { BotSelf } from "../../worker/channels/registry.ts";

export type Phase =
  /** Not wanted. */
  | "off"
  /** Waits for the time of the next connection. */
  | "idle"
  /** Asks where the Gateway is. */
  | "locating"
  /** Waits for a 101. */
  | "connecting"
  /** Waits for Hello. */
  | "greeting"
  /** Has sent IDENTIFY or RESUME. */
  | "identifying"
  | "resuming"
  | "ready"
  /** Discord has said that trying again is of no use; only other settings lead out. */
  | "terminal";

/** What Discord keeps for us: events after `seq` are sent again to whoever resumes. */
export type Session = { readonly id: string; readonly resumeUrl: string };

export type Heartbeat = {
  readonly intervalMs: number;
  readonly dueAt: number;
  readonly sentAt: number | null;
  readonly ackedAt: number | null;
  /** The last one sent has no answer yet. */
  readonly isOutstanding: boolean;
  /** Those that Discord asked for, in the window that began then. */
  readonly asked: number;
  readonly askedSince: number;
};

/** IDENTIFYs of the current window. */
export type Identifies = { readonly windowStart: number; readonly count: number; readonly lastAt: number };

/** Since the object was made. */
export type Counts = { readonly identifies: number; readonly resumes: number; readonly zombies: number };

export type State = {
  readonly phase: Phase;
  /** When the phase began. */
  readonly since: number;
  /** When it is to be left: to connect, or because it lasts too long. Null: no time leads out. */
  readonly deadlineAt: number | null;
  /** Numbers the tries to connect: what comes of an earlier one is of the past. */
  readonly connection: number;
  readonly attemptedAt: number;
  /** Which settings the session, or the end, belongs to. */
  readonly settings: string | null;
  readonly self: BotSelf | null;
  readonly session: Session | null;
  /** Of the last event that is stored, or known to be of no interest; null: none of this session. */
  readonly seq: number | null;
  /** The same, but for events of no interest that no row speaks of yet: they are committed with the next heartbeat. */
  readonly seen: number | null;
  /** A session has ended whose later events nobody will send: they are to be read when there is a new one. */
  readonly hasGap: boolean;
  readonly identifies: Identifies;
  /** Tries in a row that led to no READY or RESUMED. */
  readonly failures: number;
  readonly heartbeat: Heartbeat | null;
  readonly stopped: GatewayStopped | null;
  readonly counts: Counts;
};

/** What a connection brings; of one that is of the past it changes nothing. */
export type ConnectionEvent = { readonly connection: number } & (
  | { readonly kind: "located"; readonly url: string; readonly remaining: number; readonly resetAfterMs: number }
  | { readonly kind: "not_located"; readonly isTokenRefused: boolean; readonly retryAfterMs: number }
  | { readonly kind: "opened" }
  | { readonly kind: "not_opened" }
  | { readonly kind: "hello"; readonly intervalMs: number }
  | { readonly kind: "ready"; readonly seq: number; readonly session: Session; readonly self: BotSelf }
  | { readonly kind: "resumed"; readonly seq: number }
  /** An event was looked at. `isStored`: its row is part of this commit. */
  | { readonly kind: "dispatched"; readonly seq: number; readonly isStored: boolean }
  | { readonly kind: "heartbeat_asked" }
  | { readonly kind: "acked" }
  | { readonly kind: "reconnect" }
  | { readonly kind: "invalid_session"; readonly isResumable: boolean }
  /** Null: without a code. */
  | { readonly kind: "closed"; readonly code: number | null }
  /** An event could not be stored: Discord is to keep it. */
  | { readonly kind: "not_stored" }
);

export type Event =
  | ConnectionEvent
  /** Something may be due. `isHeld`: this instance has the call or the socket that the phase is about. */
  | { readonly kind: "wake"; readonly isHeld: boolean }
  | { readonly kind: "stop" };

export type Payload =
  | { readonly kind: "heartbeat"; readonly seq: number | null }
  | { readonly kind: "identify" }
  | { readonly kind: "resume"; readonly sessionId: string; readonly seq: number };

/**
 * `begin_backfill` and `tell_stopped` are rows that the shell commits together with the state. The others are I/O that it
 * starts after the commit and whose outcome comes back as a new event.
 */
export type Effect =
  | { readonly kind: "begin_backfill" }
  | ({ readonly kind: "tell_stopped" } & GatewayStopped)
  | { readonly kind: "locate"; readonly connection: number }
  | { readonly kind: "connect"; readonly connection: number; readonly url: string }
  | { readonly kind: "send"; readonly payload: Payload }
  /** Whatever this instance holds is let go. */
  | { readonly kind: "close"; readonly code: number };

export type Step = { readonly state: State; readonly effects: readonly Effect[] };

/** What a transition needs of the world. */
export type Context = {
  readonly now: number;
  /** From 0 to below 1. */
  readonly random: number;
  /** A mark of the settings that count; null: no connection is wanted. */
  readonly wanted: string | null;
  /** Whether an event could be stored. */
  readonly hasRoom: boolean;
};

export const EMPTY_STATE: State = {
  phase: "off",
  since: 0,
  deadlineAt: null,
  connection: 0,
  attemptedAt: 0,
  settings: null,
  self: null,
  session: null,
  seq: null,
  seen: null,
  hasGap: false,
  identifies: { windowStart: 0, count: 0, lastAt: 0 },
  failures: 0,
  heartbeat: null,
  stopped: null,
  counts: { identifies: 0, resumes: 0, zombies: 0 },
};

/** No step at all. */
export function still(state: State): Step {
  return { state, effects: [] };
}

/** When the machine must be woken; null: never by time. */
export function dueAt({ deadlineAt, heartbeat }: State): number | null {
  if (heartbeat === null) return deadlineAt;
  return deadlineAt === null ? heartbeat.dueAt : Math.min(deadlineAt, heartbeat.dueAt);
}
