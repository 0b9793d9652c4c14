/** The sessions of the application, for as long as they can be resumed, and the events that none of them carried. */
import { SLACK_MS } from "./bounds.ts";
import type { Clock } from "./clock.ts";
import { channelIdOf, type GatewayEvent, messageIdOf } from "./event.ts";
import { isOfShard, type Shard } from "./intents.ts";
import type { LostEvent, Log } from "./log.ts";
import type { Settings } from "./options.ts";
import { Session, type Tracked } from "./session.ts";

export class Sessions {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #resumeWindowMs: number;
  readonly #replayMax: number;
  readonly #newId: () => string;
  readonly #open = new Map<string, Session>();

  constructor(clock: Clock, log: Log, { resumeWindowMs, replayMax }: Settings, newId: () => string) {
    this.#clock = clock;
    this.#log = log;
    this.#resumeWindowMs = resumeWindowMs;
    this.#replayMax = replayMax;
    this.#newId = newId;
  }

  get all(): readonly Session[] {
    return [...this.#open.values()];
  }

  create(intents: number, shard: Shard): Session {
    const session = new Session(this.#newId(), intents, shard, this.#replayMax);
    this.#open.set(session.id, session);
    return session;
  }

  find(id: string): Session | null {
    return this.#open.get(id) ?? null;
  }

  /** The sessions that an event is for, whatever they asked to hear. */
  of(event: GatewayEvent): readonly Session[] {
    return this.all.filter(({ shard }) => isOfShard(event, shard));
  }

  /** Its connection is gone: it can be resumed for a while. */
  leave(session: Session): void {
    session.connection = null;
    session.cancelExpiry();
    session.cancelExpiry = this.#clock.after(this.#resumeWindowMs, () => this.end(session), SLACK_MS);
  }

  /** Nobody can resume it any more; what it alone kept is lost. */
  end(session: Session): void {
    if (!this.#open.delete(session.id)) return;
    session.cancelExpiry();
    session.connection = null;
    const elsewhere = new Set(this.all.flatMap(({ tracked }) => tracked));
    for (const tracked of session.tracked) {
      if (!tracked.isConfirmed && !elsewhere.has(tracked)) this.#lose(tracked, "session_ended");
    }
  }

  /** There was no session that could have been told. */
  lose(event: GatewayEvent): void {
    this.#lose({ event, isWritten: false, isConfirmed: false }, "no_session");
  }

  #lose({ event, isWritten }: Tracked, why: LostEvent["why"]): void {
    const { t } = event;
    this.#log.lost.push({
      t,
      messageId: messageIdOf(event),
      channelId: channelIdOf(event),
      why,
      isCertain: !isWritten,
    });
  }
}
