/**
 * Reads by REST what came while there was no session: of the channels in which somebody wrote to us lately, from the last
 * message that we saw on, oldest first and within bounds. What lies beyond is counted, and told to the owner.
 */
import { errorFields, log } from "../../worker/log.ts";
import {
  beginGap,
  countMissed,
  endChannel,
  endGaps,
  moveOn,
  openGapSince,
  readLater,
  readUnread,
  type Unread,
} from "./backfill-rows.ts";
import { GATEWAY_BOUNDS } from "./bounds.ts";
import { type ActiveChannel, readChannel } from "./channel-rows.ts";
import { pauseOf } from "./locate.ts";

/** A message as the API has it. */
export type ReadMessage = { readonly id: string } & Readonly<Record<string, unknown>>;

export type BackfillPorts<Storable> = {
  /** The first messages after an id, oldest first; null: the channel is closed to us. */
  readonly fetchAfter: (channelId: string, afterId: string) => Promise<readonly ReadMessage[] | null>;
  /** Those of a page that somebody hears, ready to be stored. */
  readonly choose: (channel: ActiveChannel, page: readonly ReadMessage[]) => Promise<readonly Storable[]>;
  /** Stores what was chosen and whatever `andThen` writes in one transaction; false: there is no room. */
  readonly store: (messages: readonly Storable[], andThen: () => void) => boolean;
  /** Tells the owner of what was missed, in the same transaction. */
  readonly tellMissed: (gap: number, messages: number, channels: number) => void;
  readonly changed: () => void;
};

export class Backfill<Storable> {
  readonly #sql: SqlStorage;
  readonly #ports: BackfillPorts<Storable>;
  #unread: readonly Unread[] = [];
  #holdUntil = 0;
  #isRunning = false;

  /** Takes up what an instance before left. */
  constructor(sql: SqlStorage, ports: BackfillPorts<Storable>) {
    this.#sql = sql;
    this.#ports = ports;
    this.#reload();
  }

  /** Channels that are still to be read. */
  get unread(): number {
    return this.#unread.length;
  }

  get missed(): number {
    return countMissed(this.#sql);
  }

  /** A new session follows one that was lost. Part of its transaction. */
  begin(now: number): void {
    beginGap(this.#sql, now);
    this.#endGaps();
    this.#reload();
  }

  /** Whether something can be read now. */
  get isDue(): boolean {
    return !this.#isRunning && this.#nextDue() !== null;
  }

  /** Until when what is newer in a channel waits for what was missed there; 0: it does not. */
  heldUntil(channelId: string): number {
    return this.#holdUntil > 0 && this.#unread.some((one) => one.channelId === channelId) ? this.#holdUntil : 0;
  }

  nextDueAt(now: number): number | null {
    if (this.#isRunning) return now + GATEWAY_BOUNDS.handoverWatchMs;
    return this.#unread[0]?.dueAt ?? null;
  }

  /** Reads what is due. Never rejects; a second call while one runs does nothing. */
  async run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      for (let next = this.#nextDue(); next; next = this.#nextDue()) {
        await this.#tryToRead(next);
        this.#reload();
        this.#ports.changed();
      }
    } catch (error) {
      log("error", "gateway_backfill_failed", errorFields(error));
    } finally {
      this.#isRunning = false;
    }
    this.#ports.changed();
  }

  #nextDue(): Unread | null {
    const [first] = this.#unread;
    return first && first.dueAt <= Date.now() ? first : null;
  }

  async #tryToRead(unread: Unread): Promise<void> {
    try {
      await this.#read(unread);
    } catch (error) {
      log("warn", "gateway_channel_not_read", { channel: unread.channelId, ...errorFields(error) });
      if (unread.attempts + 1 >= GATEWAY_BOUNDS.backfillTriesMax) return this.#end(unread, [], 1);
      readLater(this.#sql, unread, pauseOf(error), Date.now());
    }
  }

  async #read(unread: Unread): Promise<void> {
    const channel = readChannel(this.#sql, unread.channelId);
    if (!channel) return this.#end(unread, [], 0);
    const page = await this.#ports.fetchAfter(unread.channelId, unread.afterId);
    const isLastPage = page === null || page.length < GATEWAY_BOUNDS.backfillPageMax;
    const chosen = page === null ? [] : await this.#ports.choose(channel, page);
    // One page more than is read says how much was missed, as far as it is counted.
    if (unread.pages >= GATEWAY_BOUNDS.backfillPagesMax) return this.#end(unread, [], chosen.length);
    if (isLastPage) return this.#end(unread, chosen, 0);
    const last = page?.at(-1)?.id ?? unread.afterId;
    this.#commit(unread, chosen, () => moveOn(this.#sql, unread, last, Date.now()));
  }

  #end(unread: Unread, chosen: readonly Storable[], missed: number): void {
    this.#commit(unread, chosen, () => {
      endChannel(this.#sql, unread, missed);
      this.#endGaps();
    });
  }

  #endGaps(): void {
    for (const { gap, messages, channels } of endGaps(this.#sql, Date.now())) {
      log(messages > 0 ? "warn" : "info", "gateway_gap_read", {
        gap,
        messagesMissed: messages,
        channelsMissed: channels,
      });
      if (messages > 0) this.#ports.tellMissed(gap, messages, channels);
    }
  }

  #commit(unread: Unread, chosen: readonly Storable[], andThen: () => void): void {
    if (this.#ports.store(chosen, andThen)) return;
    readLater(this.#sql, unread, GATEWAY_BOUNDS.roomLookEveryMs, Date.now());
  }

  #reload(): void {
    this.#unread = readUnread(this.#sql);
    const since = this.#unread.length > 0 ? openGapSince(this.#sql) : null;
    this.#holdUntil = since === null ? 0 : since + GATEWAY_BOUNDS.backfillHoldMs;
  }
}
