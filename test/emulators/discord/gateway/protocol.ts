/** What the Gateway answers to what clients send: heartbeats, IDENTIFY, RESUME, and everything that it closes for. */
import { RECONNECT_GRACE_MS, SLACK_MS } from "./bounds.ts";
import type { Clock } from "./clock.ts";
import { type CloseCode, keepsSession } from "./codes.ts";
import type { Connection } from "./connection.ts";
import { IdentifyLimit } from "./identify-limit.ts";
import { judgeIntents, shardOf, type Shard } from "./intents.ts";
import type { Log, SeenIdentify, SeenResume } from "./log.ts";
import type { Settings } from "./options.ts";
import { welcome } from "./ready.ts";
import type { Script } from "./script.ts";
import { type Identify, type Resume, readSent, type Sent } from "./sent.ts";
import type { Session } from "./session.ts";
import type { Sessions } from "./sessions.ts";

export type ProtocolParts = {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Log;
  readonly sessions: Sessions;
  readonly script: Script;
  readonly resumeUrl: () => string;
  /** A session is told of events, from now on. */
  readonly live: (connection: Connection) => void;
};

export class Protocol {
  readonly limit: IdentifyLimit;
  /** The next close with 1000 or 1001 is wanted. */
  isGoodbyeExpected = false;
  isTokenReset = false;
  readonly #parts: ProtocolParts;
  readonly #open = new Set<Connection>();

  constructor(parts: ProtocolParts) {
    this.#parts = parts;
    this.limit = new IdentifyLimit(parts.clock, parts.settings.startLimit);
  }

  /** The newest connection that carries a session and is not stalled. */
  get live(): Connection | null {
    return [...this.#open].findLast(({ session, isOpen, isStalled }) => session && isOpen && !isStalled) ?? null;
  }

  opened(connection: Connection, version: string | null): void {
    this.#open.add(connection);
    if (version !== "10") {
      this.close(connection, 4012);
      return;
    }
    const hello = (): void => {
      const { heartbeatIntervalMs } = this.#parts.settings;
      const interval = Math.max(1, Math.round(this.#parts.clock.scaled(heartbeatIntervalMs)));
      connection.send({ t: null, s: null, op: 10, d: { heartbeat_interval: interval, _trace: [] } });
      if (connection.isOpen) connection.expectHeartbeat(heartbeatIntervalMs);
    };
    const delayMs = this.#parts.script.nextHelloDelayMs();
    if (delayMs === 0) hello();
    else if (Number.isFinite(delayMs)) this.#parts.clock.after(delayMs, hello);
  }

  received(connection: Connection, bytes: Buffer, isBinary: boolean): void {
    if (!connection.isOpen || connection.isStalled) return;
    if (!connection.countSend()) {
      this.#refuse(connection, 4008, "too_many_sends");
      return;
    }
    const sent = readSent(bytes, isBinary);
    switch (sent.kind) {
      case "heartbeat":
        return this.#heartbeat(connection, sent.seq);
      case "identify":
        return this.#identify(connection, sent.identify);
      case "resume":
        return this.#resume(connection, sent.resume);
      case "other":
        if (!connection.session) this.#refuse(connection, 4003, "payload_before_identify", `opcode ${sent.op}`);
        return;
      case "unreadable":
        return this.#unreadable(connection, sent);
      default:
        sent satisfies never;
    }
  }

  /** Its web socket has ended, by whomever. */
  ended(connection: Connection, code: number): void {
    this.#open.delete(connection);
    connection.ended(code);
    const { session } = connection;
    if (session?.connection !== connection) return;
    const isGoodbye = connection.seen.closed?.by === "client" && (code === 1000 || code === 1001);
    if (!isGoodbye) return this.#parts.sessions.leave(session);
    if (!this.isGoodbyeExpected) this.#parts.log.violation(connection.id, "closed_session_unasked", `code ${code}`);
    this.isGoodbyeExpected = false;
    this.#parts.sessions.end(session);
  }

  /** Closes a connection, and what the code says of its session comes true at once. */
  close(connection: Connection, code?: CloseCode): void {
    const { session } = connection;
    if (session && code !== undefined && !keepsSession(code)) this.#parts.sessions.end(session);
    connection.close(code);
  }

  /** Op 9: the connection stays, but carries nothing any more. */
  invalidate(connection: Connection, isResumable: boolean): void {
    const { session } = connection;
    connection.send({ t: null, s: null, op: 9, d: isResumable });
    connection.session = null;
    if (!session) return;
    if (isResumable) this.#parts.sessions.leave(session);
    else this.#parts.sessions.end(session);
  }

  /** Op 7: the client is to come back, and is cut off when it does not. */
  reconnect(connection: Connection): void {
    connection.send({ t: null, s: null, op: 7, d: null });
    const stayed = (): void => {
      if (!connection.isOpen || connection.isStalled) return;
      this.#parts.log.violation(connection.id, "stayed_after_reconnect");
      connection.close();
    };
    this.#parts.clock.after(RECONNECT_GRACE_MS, stayed, SLACK_MS);
  }

  /** The token is worth nothing any more, and nobody has a session. */
  resetToken(): void {
    if (!this.isTokenReset) this.#parts.settings.onTokenReset();
    this.isTokenReset = true;
    for (const session of this.#parts.sessions.all) this.#parts.sessions.end(session);
    for (const connection of this.#open) connection.close(4004);
  }

  #heartbeat(connection: Connection, seq: number | null): void {
    const { log, clock, settings } = this.#parts;
    const { session, isUnacked, isAskedForHeartbeat: isAsked } = connection;
    if (session && seq !== null && seq > session.s) {
      log.violation(connection.id, "heartbeat_ahead_of_events", `${seq} of ${session.s}`);
    }
    if (isUnacked && !isAsked) log.violation(connection.id, "heartbeat_after_missing_ack");
    if (seq !== null) session?.confirm(seq);
    const isAcked = connection.withheldAcks === 0;
    log.heartbeats.push({ at: clock.now(), connection: connection.id, seq, isAsked, isAcked });
    connection.isAskedForHeartbeat = false;
    connection.isUnacked = !isAcked;
    connection.expectHeartbeat(settings.heartbeatIntervalMs);
    if (isAcked) connection.send({ t: null, s: null, op: 11, d: null });
    else connection.withheldAcks -= 1;
  }

  #identify(connection: Connection, identify: Identify): void {
    const { log, clock, sessions } = this.#parts;
    const { intents } = identify;
    const seen = (outcome: SeenIdentify["outcome"]): void => {
      log.identifies.push({ at: clock.now(), connection: connection.id, intents, outcome });
    };
    if (connection.session) {
      seen("refused");
      return this.#refuse(connection, 4005, "identified_twice");
    }
    if (connection.listener === "resume") log.violation(connection.id, "identified_at_resume_url");
    if (!this.#isToken(identify.token)) {
      seen("refused");
      return this.#refuse(connection, 4004, "wrong_token");
    }
    const shard = shardOf(identify.shard);
    const taken = this.limit.take(shard?.[0] ?? 0);
    if (taken === "used_up") {
      seen(taken);
      log.violation(connection.id, "identified_beyond_limit");
      return this.resetToken();
    }
    const code = this.#judge(identify, shard);
    if (shard === null || code !== "fine") {
      seen("refused");
      return this.close(connection, code === "fine" ? 4010 : code);
    }
    if (taken === "too_early") {
      seen(taken);
      log.violation(connection.id, "identified_too_early");
      return this.invalidate(connection, false);
    }
    seen("ready");
    this.#begin(connection, sessions.create(intents, shard), identify.shard !== undefined);
  }

  #begin(connection: Connection, session: Session, isSharded: boolean): void {
    const { log, sessions, settings, resumeUrl } = this.#parts;
    const other = sessions.all.find(
      ({ connection: its, shard }) =>
        its && its !== connection && its.isOpen && !its.isStalled && shard.join() === session.shard.join(),
    );
    if (other) log.violation(connection.id, "second_session");
    welcome(session, settings, resumeUrl(), isSharded);
    connection.carry(session, 0, 0);
    this.#goLive(connection);
  }

  #resume(connection: Connection, { token, session_id: sessionId, seq }: Resume): void {
    const { log, clock, sessions, script } = this.#parts;
    const seen = (outcome: SeenResume["outcome"]): void => {
      log.resumes.push({ at: clock.now(), connection: connection.id, sessionId, seq, outcome });
    };
    if (connection.session) {
      seen("refused");
      return this.#refuse(connection, 4005, "identified_twice", "resume");
    }
    if (!this.#isToken(token)) {
      seen("wrong_token");
      return this.#refuse(connection, 4004, "wrong_token");
    }
    const session = sessions.find(sessionId);
    if (connection.listener === "main") {
      seen("wrong_url");
      log.violation(connection.id, "ignored_resume_url");
      if (session) sessions.end(session);
      return this.invalidate(connection, false);
    }
    if (!session) {
      seen("unknown_session");
      return this.invalidate(connection, false);
    }
    if (seq === null || !Number.isSafeInteger(seq) || seq < 0 || seq > session.s) {
      seen("wrong_seq");
      sessions.end(session);
      return this.#refuse(connection, 4007, "resumed_with_wrong_seq", `${seq} of ${session.s}`);
    }
    if (seq < session.oldestSeq) {
      seen("too_old");
      sessions.end(session);
      return this.invalidate(connection, false);
    }
    seen("resumed");
    session.cancelExpiry();
    session.connection?.drop();
    session.confirm(seq);
    const replayTo = session.s;
    session.add("RESUMED", { _trace: [] });
    connection.carry(session, Math.max(0, seq - script.nextOverlap()), replayTo);
    this.#goLive(connection);
  }

  #goLive(connection: Connection): void {
    if (!this.#parts.script.isHolding) connection.flush();
    this.#parts.live(connection);
  }

  #judge(identify: Identify, shard: Shard | null): "fine" | CloseCode {
    const { needsSharding, mayReadContent } = this.#parts.settings;
    if (!shard) return 4010;
    if (needsSharding && shard[1] === 1) return 4011;
    return judgeIntents(identify.intents, mayReadContent);
  }

  #isToken(token: string): boolean {
    return !this.isTokenReset && token === this.#parts.settings.botToken;
  }

  #unreadable(connection: Connection, { code, why }: Extract<Sent, { kind: "unreadable" }>): void {
    this.#refuse(connection, code, "unreadable_payload", why);
  }

  #refuse(connection: Connection, code: CloseCode, kind: Parameters<Log["violation"]>[1], detail = ""): void {
    this.#parts.log.violation(connection.id, kind, detail);
    this.close(connection, code);
  }
}
