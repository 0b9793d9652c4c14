/** Sends what is in the outbox, one part at a time and in order; every outcome is a row before the next step. */
import { reach, strike } from "../../fail-points/fail-point.ts";
import { ChannelError } from "../../protocol/errors.ts";
import { isTurnId } from "../../protocol/ids.ts";
import { errorFields, log } from "../../worker/log.ts";
import { markSending, markSent, nextPart, type OutboxRow, recordFailure } from "./outbox.ts";
import { outcomeOf } from "./send-outcome.ts";
import type { SessionContext } from "./session-context.ts";

export class Delivery {
  readonly #session: SessionContext;
  #isSending = false;

  constructor(session: SessionContext) {
    this.#session = session;
  }

  /** Whether a part is on its way right now. */
  get isSending(): boolean {
    return this.#isSending;
  }

  /** Sends everything that is due. Never rejects; a second call while one runs does nothing. */
  async send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      for (let row = this.#nextDue(); row; row = this.#nextDue()) {
        if (!(await this.#sendPart(row))) break;
      }
    } catch (error) {
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
      log("warn", "delivery_waits", { session: this.#session.key, seq: row.seq, why: "the channel is not configured" });
      return false;
    }
    const ids = {
      session: this.#session.key,
      turn: row.turnId,
      seq: row.seq,
      part: row.part,
      attempt: row.attempts + 1,
    };
    FAIL_POINTS && (await reach("part.due", { session: this.#session.key }));
    FAIL_POINTS && strike("attempt.write");
    markSending(this.#session.sql, row.seq);
    FAIL_POINTS && (await reach("part.marked", { session: this.#session.key }));
    try {
      const receipt = await channel.send(row.address, {
        deliveryId: `${this.#session.key}/${row.seq}`,
        ...(row.turnId !== null && isTurnId(row.turnId) && { turnId: row.turnId }),
        markdown: row.markdown,
      });
      FAIL_POINTS && (await reach("part.answered", { session: this.#session.key }));
      FAIL_POINTS && strike("receipt.write");
      markSent(this.#session.sql, row, receipt, Date.now());
      log("info", "part_sent", { ...ids, messageId: receipt.messageId });
      return true;
    } catch (error) {
      const known = error instanceof ChannelError ? error : unknownOutcome(channel.id, error);
      const failed = outcomeOf(row, known, channel.limits.sendIsIdempotent, Date.now());
      recordFailure(this.#session.sql, row, failed, known.code);
      log("warn", "part_not_sent", { ...ids, state: failed.state, dueAt: failed.dueAt, ...errorFields(known) });
      return failed.state === "dead";
    }
  }
}

/** A channel that throws anything else has a bug; what it did on the wire is not known. */
function unknownOutcome(channel: string, cause: unknown): ChannelError {
  return new ChannelError("channel_outcome_unknown", { channel, method: "send" }, "the channel broke", { cause });
}
