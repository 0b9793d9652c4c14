/** Sends what is in the outbox, one part at a time and in order; every outcome is a row before the next step. */
import { reach, failIfArmed } from "../../fail-points/fail-point.ts";
import { OUTBOUND_BOUNDS, TURN_BOUNDS } from "../../protocol/bounds.ts";
import { ChannelError, StorageError } from "../../protocol/errors.ts";
import { isTurnId } from "../../protocol/ids.ts";
import type { Outbound, OutboundFile, Receipt } from "../../protocol/outbound.ts";
import type { SpaceId } from "../../protocol/space.ts";
import { within } from "../../worker/agentcore/deadline.ts";
import type { OpenChannel } from "../../worker/channels/registry.ts";
import { errorFields, log } from "../../worker/log.ts";
import { OBJECT_BOUNDS } from "../bounds.ts";
import { readInbound } from "./inbox.ts";
import {
  markSending,
  markSent,
  nextPart,
  type OutboxFile,
  type OutboxRow,
  postpone,
  recordFailure,
  sendAnew,
  sendWithoutFiles,
} from "./outbox.ts";
import type { Pace } from "./pace.ts";
import { alreadyShown, messageToEdit } from "./preview-rows.ts";
import { type FailedSend, outcomeOf } from "./send-outcome.ts";
import type { SessionContext } from "./session-context.ts";

export type DeliveryPorts = {
  readonly pace: Pace;
  /** Resolves when no preview of the session's turn is under way. */
  readonly settled: () => Promise<void>;
  /** Opens a file of a space. */
  readonly openBlob: (space: SpaceId, hash: string) => Promise<ReadableStream<Uint8Array>>;
};

export class Delivery {
  readonly #session: SessionContext;
  readonly #ports: DeliveryPorts;
  #isSending = false;
  /** Writes an outcome that could not be stored; nothing else is sent before it is. As long as we live, we know it. */
  #unstored: (() => void) | null = null;
  /** Nothing can be sent before this: the channel is not configured, or the storage fails. */
  #pausedUntil = 0;

  constructor(session: SessionContext, ports: DeliveryPorts) {
    this.#session = session;
    this.#ports = ports;
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
        if (!(await this.#mayLeave(row))) break;
        FAIL_POINTS && (await reach("part.due", { session: this.#session.key }));
        // Meanwhile a preview may have been taken back, or an answer claimed it. From here to its mark nothing may wait.
        const ready = this.#nextDue();
        if (ready?.seq === row.seq && !(await this.#sendPart(ready))) break;
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

  /** Waits for the platform's pace, and for previews that must not show after the part. False: the alarm goes on with it. */
  async #mayLeave(row: OutboxRow): Promise<boolean> {
    if (row.kind === "part") await this.#previewsSettled(row);
    for (;;) {
      const slot = await this.#ports.pace.slot("send", row.address, Math.max(1, row.files.length));
      if (slot.inMs > OBJECT_BOUNDS.slotWaitInPlaceMs && slot.kind === "later") {
        postpone(this.#session.sql, row.seq, Date.now() + slot.inMs);
        return false;
      }
      if (slot.inMs > 0) await new Promise((wake) => setTimeout(wake, slot.inMs));
      if (slot.kind === "taken") return true;
    }
  }

  /** An edit must not overtake the one before it. A draft that shows after the answer is only ugly. */
  async #previewsSettled({ edits, address }: OutboxRow): Promise<void> {
    const settled = this.#ports.settled();
    if (edits !== null || address.ticket?.holdsPlace) return settled;
    const late = () => new StorageError("storage_unavailable", "a draft is still under way");
    await within(OBJECT_BOUNDS.draftSettleMs, settled, late).catch(() => {});
  }

  /** False when nothing more can be sent now. */
  async #sendPart(row: OutboxRow): Promise<boolean> {
    const channel = this.#session.channel();
    if (!channel) {
      this.#pausedUntil = Date.now() + OUTBOUND_BOUNDS.retryMaxMs;
      log("warn", "delivery_waits", { session: this.#session.key, seq: row.seq, why: "the channel is not configured" });
      return false;
    }
    const shownAs = alreadyShown(this.#session.sql, row);
    if (shownAs !== null) {
      this.#store(() => markSent(this.#session.sql, row, { messageId: shownAs }, Date.now()));
      log("info", "part_shown_already", { ...this.#idsOf(row), messageId: shownAs });
      return true;
    }
    FAIL_POINTS && failIfArmed("attempt.write");
    markSending(this.#session.sql, row.seq, Date.now());
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
    this.#ports.pace.heed(tried);
    return this.#takeFailure(row, tried, channel, now);
  }

  /** True when the next part can be sent. */
  #takeFailure(row: OutboxRow, tried: ChannelError, channel: OpenChannel, now: number): boolean {
    const { code } = tried;
    if (row.files.length > 0 && code === "channel_refused") {
      log("warn", "files_refused", { ...this.#idsOf(row), ...errorFields(tried) });
      const [answered] = readInbound(this.#session.sql, row.inboundIds);
      const language = this.#session.languageOf(answered?.sender ?? null);
      this.#store(() => sendWithoutFiles(this.#session.sql, row, language, now));
      return true;
    }
    if (messageToEdit(this.#session.sql, row) !== null && code === "channel_refused") {
      log("info", "preview_lost", { ...this.#idsOf(row), ...errorFields(tried) });
      this.#store(() => sendAnew(this.#session.sql, row.seq, now));
      return true;
    }
    const failed = this.#judge(row, tried, channel, now);
    log("warn", "part_not_sent", {
      ...this.#idsOf(row),
      state: failed.state,
      dueAt: failed.dueAt,
      ...errorFields(tried),
    });
    this.#store(() => recordFailure(this.#session.sql, row, failed, code));
    return failed.state === "dead";
  }

  /** Replacing a preview twice changes nothing; a preview that may have been shown is not shown a second time. */
  #judge(row: OutboxRow, error: ChannelError, channel: OpenChannel, now: number): FailedSend {
    const isEdit = messageToEdit(this.#session.sql, row) !== null;
    const isIdempotent = channel.limits.sendIsIdempotent(row.address) || isEdit;
    const isUnknown = error.code === "channel_outcome_unknown";
    if (row.kind === "preview" && isUnknown && !isIdempotent) return { state: "dead", dueAt: now, resend: false };
    return outcomeOf(row, error, isIdempotent, now);
  }

  /** Never rejects: whatever happens to a marked part is an outcome. */
  async #try(row: OutboxRow, channel: OpenChannel): Promise<Receipt | ChannelError> {
    try {
      FAIL_POINTS && (await reach("part.marked", { session: this.#session.key }));
      const receipt = await channel.send(row.address, this.#outbound(row));
      FAIL_POINTS && (await reach("part.answered", { session: this.#session.key }));
      return receipt;
    } catch (error) {
      return error instanceof ChannelError ? error : unknownOutcome(channel.id, error);
    }
  }

  #outbound(row: OutboxRow): Outbound {
    const { turnId, files, buttons, markdown } = row;
    const shown = messageToEdit(this.#session.sql, row);
    return {
      deliveryId: `${this.#session.key}/${row.seq}`,
      ...(row.mayBeShownSince !== null && { mayBeShownSince: row.mayBeShownSince }),
      ...(turnId !== null && isTurnId(turnId) && { turnId }),
      markdown,
      ...(files.length > 0 && { files: files.map((file) => this.#openable(file)) }),
      ...(buttons.length > 0 && { buttons }),
      ...(shown !== null && { edits: shown }),
    };
  }

  #openable({ space, hash, ...facts }: OutboxFile): OutboundFile {
    return {
      ...facts,
      open: () =>
        this.#ports.openBlob(space, hash).catch((cause: unknown) => {
          const at = { channel: this.#session.ref.channel, method: "file" };
          const isGone = errorFields(cause).code === "storage_damaged";
          const code = isGone ? "channel_refused" : "channel_unreachable";
          throw new ChannelError(code, at, "a file of the answer cannot be read", { cause });
        }),
    };
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
