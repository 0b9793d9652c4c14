/** Sends what is in the outbox, one part at a time and in order; every outcome is a row before the next step. */
import { reach, failIfArmed } from "../../fail-points/fail-point.ts";
import { OUTBOUND_BOUNDS, TURN_BOUNDS } from "../../protocol/bounds.ts";
import { ChannelError } from "../../protocol/errors.ts";
import { isTurnId } from "../../protocol/ids.ts";
import type { Receipt } from "../../protocol/outbound.ts";
import type { OpenChannel } from "../../worker/channels/registry.ts";
import { errorFields, log } from "../../worker/log.ts";
import { markSending, markSent, nextPart, type OutboxRow, recordFailure } from "./outbox.ts";
import { outcomeOf } from "./send-outcome.ts";
import type { SessionContext } from "./session-context.ts";

export class Delivery {
  readonly #session: SessionContext;
  #isSending = false;
  /** Writes an outcome that could not be stored; nothing else is sent before it is. As long as we live, we know it. */
  #unstored: (() => void) | null = null;
  /** Nothing can be sent before this: the channel is not configured, or the storage fails. */
  #pausedUntil = 0;

  constructor(session: SessionContext) {
    this.#session = session;
  }

  /** When the alarm must look after an outbox whose next part is due at `partDueAt`; null: never. */
  alarmAt(partDueAt: number | null, now: number): number | null {
    if (partDueAt === null) return null;
    // While a part is on its way, only a crash needs the alarm.
    return this.#isSending ? now + TURN_BOUNDS.watchdogMs : Math.max(partDueAt, this.#pausedUntil);
  }

  /** Sends everything that is due. Never rejects; a second call while one runs does nothing. */
  async send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      if (this.#unstored) this.#store(this.#unstored);
      for (let row = this.#nextDue(); row; row = this.#nextDue()) {
        if (!(await this.#sendPart(row))) break;
      }
    } catch (error) {
      this.#pausedUntil = Date.now() + OUTBOUND_BOUNDS.retryFirstMs;
      log("error", "delivery_broken", { session: this.#session.key, ...errorFields(error) });
    } finally {
      this.#isSending = false;
    }
  }

  #nextDue(): OutboxRow | null {
    const row = nextPart(this.#session.sql);
    return row && row.dueAt <= Date.now() ? row : null;
  }

  /** False when nothing more can be sent now. */
  async #sendPart(row: OutboxRow): Promise<boolean> {
    const channel = this.#session.channel();
    if (!channel) {
      this.#pausedUntil = Date.now() + OUTBOUND_BOUNDS.retryMaxMs;
      log("warn", "delivery_waits", { session: this.#session.key, seq: row.seq, why: "the channel is not configured" });
      return false;
    }
    FAIL_POINTS && (await reach("part.due", { session: this.#session.key }));
    FAIL_POINTS && failIfArmed("attempt.write");
    markSending(this.#session.sql, row.seq);
    const tried = await this.#try(row, channel);
    const now = Date.now();
    if (!(tried instanceof ChannelError)) {
      this.#store(() => {
        markSent(this.#session.sql, row, tried, now);
        FAIL_POINTS && failIfArmed("receipt.write");
      });
      log("info", "part_sent", { ...this.#idsOf(row), messageId: tried.messageId });
      return true;
    }
    const { code } = tried;
    const failed = outcomeOf(row, tried, channel.limits.sendIsIdempotent, now);
    log("warn", "part_not_sent", {
      ...this.#idsOf(row),
      state: failed.state,
      dueAt: failed.dueAt,
      ...errorFields(tried),
    });
    this.#store(() => recordFailure(this.#session.sql, row, failed, code));
    return failed.state === "dead";
  }

  /** Never rejects: whatever happens to a marked part is an outcome. */
  async #try(row: OutboxRow, channel: OpenChannel): Promise<Receipt | ChannelError> {
    try {
      FAIL_POINTS && (await reach("part.marked", { session: this.#session.key }));
      const receipt = await channel.send(row.address, {
        deliveryId: `${this.#session.key}/${row.seq}`,
        ...(row.turnId !== null && isTurnId(row.turnId) && { turnId: row.turnId }),
        markdown: row.markdown,
      });
      FAIL_POINTS && (await reach("part.answered", { session: this.#session.key }));
      return receipt;
    } catch (error) {
      return error instanceof ChannelError ? error : unknownOutcome(channel.id, error);
    }
  }

  /** Throws if the outcome cannot be stored; it is kept then. */
  #store(write: () => void): void {
    this.#unstored = write;
    this.#session.storage.transactionSync(write);
    this.#unstored = null;
  }

  #idsOf({ turnId, seq, part, attempts }: OutboxRow) {
    return { session: this.#session.key, turn: turnId, seq, part, attempt: attempts + 1 };
  }
}

/** A channel that throws anything else has a bug; what it did on the wire is not known. */
function unknownOutcome(channel: string, cause: unknown): ChannelError {
  return new ChannelError("channel_outcome_unknown", { channel, method: "send" }, "the channel broke", { cause });
}
