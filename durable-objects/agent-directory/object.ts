/**
 * AgentDirectory: one object per agent. It grants turns, knows which sessions there are, and tells the owner of dead
 * letters. A thin shell: the law of the lanes is in `lane.ts`, what the alarm is for in `owner-notifier.ts`.
 */
import { DurableObject } from "cloudflare:workers";
import type { DeadLetter, SessionReport } from "../../protocol/dead-letter.ts";
import type { Fence, TurnId } from "../../protocol/ids.ts";
import type { ConversationKey, SessionKey } from "../../protocol/session-key.ts";
import { errorFields, log } from "../../worker/log.ts";
import { earliest } from "../lib/earliest.ts";
import { migrate } from "../lib/migrate.ts";
import { countDeadLetters, hasUntold, readDeadLetters, replaceDeadLetters } from "./dead-letters.ts";
import type { Holder, LaneEvent, LaneReply, LaneStep } from "./lane.ts";
import { applyLaneEvent, readLane } from "./lanes.ts";
import { OwnerNotifier } from "./owner-notifier.ts";
import type { Slot, SlotRequest } from "./pace.ts";
import { Pacer } from "./pacer.ts";
import { MIGRATIONS } from "./schema.ts";
import { hasSession, noteSession, readSessions, type SessionSummary } from "./sessions.ts";

export class AgentDirectory extends DurableObject<Env> {
  readonly #notifier: OwnerNotifier;
  readonly #pacer: Pacer;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, MIGRATIONS);
    this.#pacer = new Pacer(ctx.storage.sql);
    this.#notifier = new OwnerNotifier(ctx.storage, env);
  }

  /**
   * Asks for the lane. The same turn may ask again (after a crash): it is granted again with a higher fence, and with
   * one above `above` if the agent has seen later ones than we remember.
   */
  beginTurn(conversation: ConversationKey, turnId: TurnId, session: SessionKey, above: number): LaneReply {
    const now = Date.now();
    const { reply } = this.#apply(conversation, { kind: "begin", turnId, session, above }, now);
    noteSession(this.ctx.storage.sql, session, conversation, reply.kind === "granted" ? 1 : 0, now);
    return reply;
  }

  /** Extends the lease of a running turn. `lost` means: another turn holds the lane, stop at once. */
  renewTurn(conversation: ConversationKey, turnId: TurnId, fence: Fence): LaneReply {
    return this.#apply(conversation, { kind: "renew", turnId, fence }, Date.now()).reply;
  }

  /** Gives the lane back; a session that waits for it is told. Idempotent: a second call answers `lost`. */
  endTurn(conversation: ConversationKey, turnId: TurnId, fence: Fence): LaneReply {
    return this.#apply(conversation, { kind: "end", turnId, fence }, Date.now()).reply;
  }

  /** Gives back what a turn that is over holds, whatever its last grant was. Idempotent. */
  leaveLane(conversation: ConversationKey, turnId: TurnId): LaneReply {
    return this.#apply(conversation, { kind: "leave", turnId }, Date.now()).reply;
  }

  /** Who holds the lane; null if nobody does. */
  laneHolder(conversation: ConversationKey): Holder | null {
    return readLane(this.ctx.storage.sql, conversation).holder;
  }

  /** Takes the lane from whoever holds it, by raising the fence. */
  revokeTurn(conversation: ConversationKey): LaneReply {
    return this.#apply(conversation, { kind: "revoke" }, Date.now()).reply;
  }

  /** Starts a new transcript for a conversation; the next turn writes to it. */
  startEpoch(conversation: ConversationKey): number {
    return this.#apply(conversation, { kind: "new_epoch" }, Date.now()).lane.epoch;
  }

  /** Takes what a session says of itself. Saying it again changes nothing. */
  report({ session, conversation, deadLetters }: SessionReport): void {
    const { sql } = this.ctx.storage;
    const now = Date.now();
    this.ctx.storage.transactionSync(() => {
      noteSession(sql, session, conversation, 0, now);
      replaceDeadLetters(sql, session, deadLetters, now);
    });
    if (hasUntold(sql)) void this.ctx.storage.setAlarm(now);
  }

  /** Takes a slot for one call to a platform, or says when to ask again. */
  takeSlot(request: SlotRequest): Slot {
    return this.#pacer.take(request, Date.now());
  }

  /** A platform asks for a pause: nobody calls it before `until` (epoch ms). */
  pauseChannel(channel: string, until: number): void {
    this.#pacer.pause(channel, until);
  }

  /** The newest dead letters of all sessions. */
  listDeadLetters(limit: number): readonly DeadLetter[] {
    return readDeadLetters(this.ctx.storage.sql, limit, Date.now());
  }

  countDeadLetters(): number {
    return countDeadLetters(this.ctx.storage.sql, Date.now());
  }

  /** Whether anybody who is let in has written in a session. */
  knowsSession(session: SessionKey): boolean {
    return hasSession(this.ctx.storage.sql, session);
  }

  /** The sessions that anybody who is let in has written in, newest first. */
  listSessions(): readonly SessionSummary[] {
    return readSessions(this.ctx.storage.sql);
  }

  /** Tells the owner what nobody told them yet. */
  override async alarm(): Promise<void> {
    const nextAt = await this.#notifier.notify();
    // A report that came meanwhile has armed the alarm again.
    const dueAt = earliest(nextAt, await this.ctx.storage.getAlarm());
    if (dueAt !== null) await this.ctx.storage.setAlarm(dueAt);
  }

  #apply(conversation: ConversationKey, event: LaneEvent, now: number): LaneStep {
    const step = applyLaneEvent(this.ctx.storage.sql, conversation, event, now);
    if (step.wake) this.ctx.waitUntil(this.#wake(conversation, step.wake));
    return step;
  }

  /** Best effort: a session that is not told asks again by itself after `TURN_BOUNDS.laneRetryMs`. */
  async #wake(conversation: ConversationKey, session: SessionKey): Promise<void> {
    try {
      const { isWanted } = await this.env.CHANNEL_SESSION.getByName(session).laneFree();
      if (!isWanted) this.#apply(conversation, { kind: "pass" }, Date.now());
    } catch (error) {
      log("warn", "lane_wake_failed", { session, ...errorFields(error) });
    }
  }
}
