/**
 * Takes Telegram's updates to the Worker, each chat by itself: one that is refused is tried again with growing pauses
 * while the others go on, and is written to the disk before Telegram may forget it.
 */
import { assertNever } from "../protocol/assert.ts";
import { errorText, type Log } from "./log.ts";
import { laneName, NO_CHAT, TelegramLanes, type Update } from "./telegram-lanes.ts";
import { type Pause, realPause } from "./telegram-pause.ts";
import { TelegramWaitingFile, WAITING_MAX } from "./telegram-waiting-file.ts";

export type TelegramDeliveryStart = {
  /** Where updates go, and the secret that proves to the Worker that they are Telegram's. */
  readonly webhookUrl: string;
  readonly webhookSecret: string;
  readonly botToken: string;
  /** Absolute path; what waits for long is written there. */
  readonly stateDir: string;
  readonly log: Log;
  /** Called when it changes which chats are refused, or whether what they wait for fits on the disk; null: all is well. */
  readonly onProblem: (problem: string | null) => void;
  /** How every pause is made, if not by waiting. */
  readonly pause?: Pause;
};

/** Bounds of the delivery; what happens beyond each is said with it. */
const DELIVERY_BOUNDS = {
  /** The Worker's answer is waited for this long; it commits one row. */
  answerMaxMs: 15_000,
  /** A batch is waited for this long; then what is not delivered is saved, so that newer updates can come. */
  batchMaxMs: 2_000,
} as const;

export class TelegramDelivery {
  readonly #start: TelegramDeliveryStart;
  readonly #signal: AbortSignal;
  readonly #pause: Pause;
  readonly #file: TelegramWaitingFile;
  readonly #lanes = new TelegramLanes();
  /** By chat: what is under way for it, until nothing of it waits. At most one each. */
  readonly #runs = new Map<string, Promise<void>>();
  /** Why what waits cannot be saved, or null. */
  #unsavable: string | null = null;
  /** How many updates are in the file. */
  #written = 0;

  constructor(start: TelegramDeliveryStart, signal: AbortSignal) {
    this.#start = start;
    this.#signal = signal;
    this.#pause = start.pause ?? realPause;
    this.#file = new TelegramWaitingFile(start.stateDir, start.botToken);
  }

  /** Goes on with what an earlier run could not deliver; before the first `take`. Throws when the disk fails. */
  restore(): void {
    const waiting = this.#file.read();
    if (waiting === "unreadable") return this.#start.log({ level: "error", step: "telegram_waiting_unreadable" });
    if (waiting.length === 0) return;
    this.#lanes.restore(waiting);
    this.#written = waiting.length;
    this.#start.log({ level: "warn", step: "telegram_waiting_restored", updates: waiting.length });
    void this.#run(this.#lanes.chats);
  }

  /** The `offset` that Telegram may be told: below it each update is delivered, skipped, or on the disk. */
  get offset(): number {
    return this.#lanes.offset;
  }

  /** Whether Telegram would answer at once, with what is here already. */
  get isHeldByTelegram(): boolean {
    return this.#lanes.isHeldByTelegram;
  }

  /** Resolves when each of the batch is delivered or saved; or kept by Telegram, if it can be neither. Never throws. */
  async take(batch: readonly Update[]): Promise<void> {
    // Behind a refused update the new ones of the same chat need not be waited for.
    await this.#inTime(this.#run(this.#lanes.take(batch)), DELIVERY_BOUNDS.batchMaxMs);
    if (!this.#signal.aborted) this.#note(this.#lanes.isHeldByTelegram ? this.#save() : null);
  }

  /** Resolves when nothing is under way, soon after the signal. */
  async ended(): Promise<void> {
    await Promise.all(this.#runs.values());
  }

  async #run(chats: readonly string[]): Promise<void> {
    const runs = chats.map((chat) => {
      const run = this.#deliver(chat).finally(() => {
        if (this.#runs.get(chat) === run) this.#runs.delete(chat);
      });
      this.#runs.set(chat, run);
      return run;
    });
    await Promise.all(runs);
  }

  /** One after the other until nothing of this chat waits, or polling stops. Never throws. */
  async #deliver(chat: string): Promise<void> {
    for (let update = this.#lanes.head(chat); update; update = this.#lanes.head(chat)) {
      const status = await post(this.#start, update, this.#signal);
      if (this.#signal.aborted) return;
      const waitMs = this.#settle(chat, update, status);
      // Nothing is awaited between the last delivery and the end: whoever comes then starts another run.
      if (waitMs > 0) await this.#pause(waitMs, this.#signal);
      if (this.#signal.aborted) return;
    }
    if (this.#lanes.saved.length !== this.#written) this.#write(this.#lanes.saved);
    if (!this.#lanes.isHeldByTelegram) this.#note(null);
  }

  /** Says what became of it, and returns how long to wait before the next try. */
  #settle(chat: string, update: Update, status: number): number {
    const { log } = this.#start;
    const settled = this.#lanes.settle(chat, status);
    const fields = { ...(chat !== NO_CHAT && { chat }), update: update.update_id, status };
    if (settled.kind === "skipped") log({ level: "error", step: "telegram_update_skipped", ...fields });
    switch (settled.kind) {
      case "delivered":
      case "skipped":
        if (settled.isNews) this.#tellWorks(chat);
        return 0;
      case "refused":
        if (settled.tries === 1) log({ level: "warn", step: "telegram_update_waits", ...fields });
        if (settled.isNews) this.#tell("telegram_chat_refused", { chat, status });
        return settled.waitMs;
      default:
        return assertNever(settled);
    }
  }

  /** Why what waits could not be saved, or null. Never throws. */
  #save(): string | null {
    const { waiting } = this.#lanes;
    if (waiting.length > WAITING_MAX) return `${WAITING_MAX} updates are saved already`;
    const failure = this.#write(waiting);
    if (failure === null) this.#lanes.allSaved();
    return failure;
  }

  /** Says it if it is new that what waits cannot be saved, or can be again. */
  #note(failure: string | null): void {
    if (failure === this.#unsavable) return;
    this.#unsavable = failure;
    if (failure === null) this.#report();
    else this.#tell("telegram_waiting_not_saved", { updates: this.#lanes.waiting.length });
  }

  /** Why the file could not be replaced, or null. Never throws. */
  #write(waiting: readonly Update[]): string | null {
    try {
      this.#file.write(waiting);
      this.#written = waiting.length;
      return null;
    } catch (error) {
      return errorText(error);
    }
  }

  /** Says a problem to whoever looks at the terminal, and to whoever asks later. */
  #tell(step: string, fields: Readonly<Record<string, unknown>>): void {
    const message = this.#report() ?? "";
    this.#start.log({ level: "error", step, ...fields, message, plain: `telegram: ${message}` });
  }

  #tellWorks(chat: string): void {
    this.#report();
    const plain = `telegram: ${laneName(chat)} can be delivered to again`;
    this.#start.log({ level: "info", step: "telegram_chat_works", chat, plain });
  }

  #report(): string | null {
    const unsavable =
      this.#unsavable && `what waits cannot be saved (${this.#unsavable}); behind 100 nothing new comes`;
    const problems = [unsavable, this.#lanes.problem].filter((problem) => problem !== null);
    const problem = problems.length === 0 ? null : problems.join("; ");
    this.#start.onProblem(problem);
    return problem;
  }

  /** Waits for the work, but no longer than so. Never throws if the work does not. */
  async #inTime(work: Promise<unknown>, maxMs: number): Promise<void> {
    const done = new AbortController();
    await Promise.race([work, this.#pause(maxMs, done.signal)]);
    done.abort();
  }
}

/** The Worker's status, or 0 when it gave none. */
async function post(start: TelegramDeliveryStart, update: Update, signal: AbortSignal): Promise<number> {
  try {
    const response = await fetch(start.webhookUrl, {
      method: "POST",
      headers: { "content-type": "application/json", "x-telegram-bot-api-secret-token": start.webhookSecret },
      body: JSON.stringify(update),
      signal: AbortSignal.any([signal, AbortSignal.timeout(DELIVERY_BOUNDS.answerMaxMs)]),
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    return 0;
  }
}
