/**
 * AgentDirectory: one object per agent. It grants turns (the lanes), knows which sessions there are, and tells the
 * owner of dead letters. A thin shell: the law of the lanes is in `lane.ts`. Its alarm is for owner notices only.
 */
import { DurableObject } from "cloudflare:workers";
import { reach } from "../../fail-points/fail-point.ts";
import { DEAD_LETTER_BOUNDS } from "../../protocol/bounds.ts";
import type { DeadLetter, SessionReport } from "../../protocol/dead-letter.ts";
import type { Fence, TurnId } from "../../protocol/ids.ts";
import type { ConversationKey, SessionKey } from "../../protocol/session-key.ts";
import { readConfig } from "../../worker/config.ts";
import { errorFields, log } from "../../worker/log.ts";
import { channelSession } from "../../worker/objects.ts";
import { migrate } from "../lib/migrate.ts";
import { countDeadLetters, hasUntold, readDeadLetters, replaceDeadLetters } from "./dead-letters.ts";
import { applyLaneEvent, readLane } from "./lanes.ts";
import type { Holder, LaneReply } from "./lane.ts";
import { makeNotices, markTaken, nextWindowAt, type OpenNotice, readOpenNotices } from "./owner-notices.ts";
import { ownerPlace } from "./owner-place.ts";
import { MIGRATIONS } from "./schema.ts";

/** Most sessions that one listing returns. */
const SESSIONS_LISTED_MAX = 500;

export type SessionSummary = {
  readonly session: string;
  readonly conversation: string;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly turns: number;
};

export class AgentDirectory extends DurableObject<Env> {
  /** Tries in a row to hand a notice over. */
  #failures = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, MIGRATIONS);
  }

  /**
   * Asks for the lane. The same turn may ask again (after a crash): it is granted again with a higher fence, and with
   * one above `above` if the agent has seen later ones than we remember.
   */
  beginTurn(conversation: ConversationKey, turnId: TurnId, session: SessionKey, above: number): LaneReply {
    const now = Date.now();
    const { reply } = this.#apply(conversation, { kind: "begin", turnId, session, above }, now);
    if (reply.kind === "granted") this.#noteTurn(session, conversation, now);
    else this.#noteSession(session, conversation, now);
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

  /** Takes the lane from its holder by raising the fence; returns who held it. */
  revokeTurn(conversation: ConversationKey): { readonly holder: Holder | null; readonly fence: number } {
    const { holder } = readLane(this.ctx.storage.sql, conversation);
    const { lane } = this.#apply(conversation, { kind: "revoke" }, Date.now());
    return { holder, fence: lane.fence };
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
      this.#noteSession(session, conversation, now);
      replaceDeadLetters(sql, session, deadLetters, now);
    });
    if (hasUntold(sql)) void this.ctx.storage.setAlarm(now);
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
    return this.ctx.storage.sql.exec("SELECT 1 FROM sessions WHERE session = ?", session).toArray().length > 0;
  }

  /** Tells the owner what nobody told them yet, as far as the bounds allow. */
  override async alarm(): Promise<void> {
    const dueAt: number[] = [];
    try {
      await this.#tellOwner();
      this.#failures = 0;
    } catch (error) {
      log("warn", "owner_not_told", errorFields(error));
      const { retryFirstMs, retryMaxMs } = DEAD_LETTER_BOUNDS;
      dueAt.push(Date.now() + Math.min(retryMaxMs, retryFirstMs * 2 ** Math.min(this.#failures++, 16)));
    }
    const { sql } = this.ctx.storage;
    // A report that came meanwhile has armed the alarm again.
    dueAt.push(...[nextWindowAt(sql, Date.now()), await this.ctx.storage.getAlarm()].filter((at) => at !== null));
    if (dueAt.length > 0) await this.ctx.storage.setAlarm(Math.min(...dueAt));
  }

  /** The sessions that anybody who is let in has written in, newest first. */
  listSessions(): readonly SessionSummary[] {
    const query = "SELECT session, conversation, first_at, last_at, turns FROM sessions ORDER BY last_at DESC LIMIT ?";
    return this.ctx.storage.sql
      .exec<{ session: string; conversation: string; first_at: number; last_at: number; turns: number }>(
        query,
        SESSIONS_LISTED_MAX,
      )
      .toArray()
      .map((row) => ({
        session: row.session,
        conversation: row.conversation,
        firstAt: row.first_at,
        lastAt: row.last_at,
        turns: row.turns,
      }));
  }

  #apply(conversation: ConversationKey, event: Parameters<typeof applyLaneEvent>[2], now: number) {
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

  async #tellOwner(): Promise<void> {
    const { sql } = this.ctx.storage;
    const config = readConfig(this.env);
    const placeOf = (wentWrong: SessionKey) => ownerPlace(config, wentWrong, (key) => this.knowsSession(key));
    this.ctx.storage.transactionSync(() => makeNotices(sql, placeOf, Date.now()));
    // One session that takes no notice must not keep the others from theirs.
    const handed = await Promise.allSettled(readOpenNotices(sql).map((open) => this.#handOver(open)));
    const failed = handed.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
  }

  async #handOver({ target, notice }: OpenNotice): Promise<void> {
    FAIL_POINTS && (await reach("owner.telling", { session: target }));
    await channelSession(this.env, target, readConfig(this.env)).tellOwner(notice);
    FAIL_POINTS && (await reach("owner.told", { session: target }));
    markTaken(this.ctx.storage.sql, notice.notice, Date.now());
    log("info", "owner_told", { session: target, notice: notice.notice });
  }

  #noteSession(session: SessionKey, conversation: ConversationKey, now: number): void {
    this.ctx.storage.sql.exec(
      `INSERT INTO sessions (session, conversation, first_at, last_at, turns) VALUES (?1, ?2, ?3, ?3, 0)
       ON CONFLICT (session) DO NOTHING`,
      session,
      conversation,
      now,
    );
  }

  #noteTurn(session: SessionKey, conversation: ConversationKey, now: number): void {
    this.ctx.storage.sql.exec(
      `INSERT INTO sessions (session, conversation, first_at, last_at, turns) VALUES (?1, ?2, ?3, ?3, 1)
       ON CONFLICT (session) DO UPDATE SET conversation = ?2, last_at = ?3, turns = turns + 1`,
      session,
      conversation,
      now,
    );
  }
}
