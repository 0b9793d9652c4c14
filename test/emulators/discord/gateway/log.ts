/** What a test may look at: everything that a client did, and what it was sent. */
import type { Clock } from "./clock.ts";

export type ListenerName = "main" | "resume";

export type SeenConnection = {
  readonly id: number;
  readonly listener: ListenerName;
  readonly at: number;
  closed: { readonly at: number; readonly by: "client" | "server"; readonly code: number } | null;
};

export type SeenIdentify = {
  readonly at: number;
  readonly connection: number;
  readonly intents: number;
  readonly outcome: "ready" | "too_early" | "used_up" | "refused";
};

export type SeenResume = {
  readonly at: number;
  readonly connection: number;
  readonly sessionId: string;
  readonly seq: number | null;
  readonly outcome: "resumed" | "wrong_url" | "unknown_session" | "wrong_seq" | "too_old" | "wrong_token" | "refused";
};

export type SeenHeartbeat = {
  readonly at: number;
  readonly connection: number;
  readonly seq: number | null;
  /** The Gateway had asked for it by op 1. */
  readonly isAsked: boolean;
  readonly isAcked: boolean;
};

export type SentDispatch = {
  readonly at: number;
  readonly connection: number;
  readonly sessionId: string;
  readonly s: number;
  readonly t: string;
  readonly messageId: string | null;
  /** Sent again after a RESUME. */
  readonly isReplay: boolean;
};

export type ViolationKind =
  | "too_many_sends"
  | "unreadable_payload"
  | "payload_before_identify"
  | "identified_twice"
  | "identified_too_early"
  | "identified_beyond_limit"
  /** Discord allows it; who does it has missed the way back to the URL of /gateway/bot. */
  | "identified_at_resume_url"
  /** Two live sessions: everything is heard twice. */
  | "second_session"
  | "ignored_resume_url"
  | "resumed_with_wrong_seq"
  | "wrong_token"
  | "heartbeat_ahead_of_events"
  | "heartbeat_after_missing_ack"
  | "missing_heartbeat"
  | "stayed_after_reconnect"
  | "closed_session_unasked"
  | "unsupported_url";

export type Violation = {
  readonly at: number;
  readonly connection: number;
  readonly kind: ViolationKind;
  readonly detail: string;
};

/** An event that no connection carried, or, if `isCertain` is false, perhaps none did. */
export type LostEvent = {
  readonly t: string;
  readonly messageId: string | null;
  readonly channelId: string | null;
  readonly why: "no_session" | "session_ended";
  readonly isCertain: boolean;
};

export class Log {
  readonly connections: SeenConnection[] = [];
  readonly identifies: SeenIdentify[] = [];
  readonly resumes: SeenResume[] = [];
  readonly heartbeats: SeenHeartbeat[] = [];
  readonly violations: Violation[] = [];
  readonly sent: SentDispatch[] = [];
  readonly lost: LostEvent[] = [];
  /** Connections that got a status instead of a web socket. */
  readonly refused: { readonly at: number; readonly status: number }[] = [];
  /** Requests for a web socket that got no answer. */
  hanging = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  violation(connection: number, kind: ViolationKind, detail = ""): void {
    this.violations.push({ at: this.#clock.now(), connection, kind, detail });
  }
}
