/** Tells the owner of dead letters: makes notices, and hands each to the session where they are to read it. */
import { reach } from "../../fail-points/fail-point.ts";
import { backoffMs } from "../../protocol/backoff.ts";
import { DEAD_LETTER_BOUNDS } from "../../protocol/bounds.ts";
import { errorFields, log } from "../../worker/log.ts";
import { channelSession } from "../../worker/objects.ts";
import { earliest } from "../lib/earliest.ts";
import type { DirectoryContext } from "./directory-context.ts";
import { makeNotices, markTaken, nextWindowAt, type OpenNotice, readOpenNotices } from "./owner-notices.ts";
import { ownerPlace } from "./owner-place.ts";

export class OwnerNotifier {
  readonly #directory: DirectoryContext;
  /** Times in a row that a notice could not be handed over. */
  #failures = 0;

  constructor(directory: DirectoryContext) {
    this.#directory = directory;
  }

  /**
   * Tells the owner what nobody told them yet, as far as the bounds allow. Returns when to do so again, because of a
   * failure or of the bounds; null: not before the next report.
   */
  async notify(): Promise<number | null> {
    try {
      await this.#notify();
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      log("warn", "owner_not_told", errorFields(error));
    }
    const now = Date.now();
    const retryAt = this.#failures > 0 ? now + backoffMs(this.#failures, DEAD_LETTER_BOUNDS) : null;
    return earliest(retryAt, nextWindowAt(this.#directory.sql, now));
  }

  async #notify(): Promise<void> {
    const { sql, transact } = this.#directory;
    transact(() => makeNotices(sql, (wentWrong) => ownerPlace(this.#directory, wentWrong), Date.now()));
    // One session that takes no notice must not keep the others from theirs.
    const handed = await Promise.allSettled(readOpenNotices(sql).map((open) => this.#handOver(open)));
    const failed = handed.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
  }

  async #handOver({ target, notice }: OpenNotice): Promise<void> {
    const { env, sql, config } = this.#directory;
    FAIL_POINTS && (await reach("owner.telling", { session: target }));
    await channelSession(env, target, config()).tellOwner(notice);
    FAIL_POINTS && (await reach("owner.told", { session: target }));
    markTaken(sql, notice.notice, Date.now());
    log("info", "owner_told", { session: target, notice: notice.notice });
  }
}
