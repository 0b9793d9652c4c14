/**
 * AgentDirectory: one object per agent. It grants turns (the lanes) and knows which sessions there are.
 * A thin shell: the law of the lanes is in `lane.ts`.
 */
import { DurableObject } from "cloudflare:workers";
import type { Fence, TurnId } from "../../protocol/ids.ts";
import type { ConversationKey, SessionKey } from "../../protocol/session-key.ts";
import { errorFields, log } from "../../worker/log.ts";
import { migrate } from "../lib/migrate.ts";
import { applyLaneEvent, readLane } from "./lanes.ts";
import type { Holder, LaneReply } from "./lane.ts";
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
    if (reply.kind === "granted") this.#noteSession(session, conversation, now);
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

  /** The sessions that ever had a turn, newest first. */
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
    if (step.wake) this.ctx.waitUntil(this.#wake(step.wake));
    return step;
  }

  /** Best effort: a session that is not told asks again by itself after `TURN_BOUNDS.laneRetryMs`. */
  async #wake(session: SessionKey): Promise<void> {
    try {
      await this.env.CHANNEL_SESSION.getByName(session).laneFree();
    } catch (error) {
      log("warn", "lane_wake_failed", { session, ...errorFields(error) });
    }
  }

  #noteSession(session: SessionKey, conversation: ConversationKey, now: number): void {
    this.ctx.storage.sql.exec(
      `INSERT INTO sessions (session, conversation, first_at, last_at, turns) VALUES (?1, ?2, ?3, ?3, 1)
       ON CONFLICT (session) DO UPDATE SET conversation = ?2, last_at = ?3, turns = turns + 1`,
      session,
      conversation,
      now,
    );
  }
}
