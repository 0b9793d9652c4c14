/** Sends many messages through the modules of one session, as its object does for each, without the I/O between. */
import { TURN_BOUNDS } from "../../protocol/bounds.ts";
import type { AnswerContext } from "../../durable-objects/channel-session/answer-rows.ts";
import { claimDedupeKeys, insertInbound, loadState } from "../../durable-objects/channel-session/inbox.ts";
import { step } from "../../durable-objects/channel-session/machine.ts";
import { markSending, markSent, nextPart } from "../../durable-objects/channel-session/outbox.ts";
import { Retention } from "../../durable-objects/channel-session/retention.ts";
import { commitStep } from "../../durable-objects/channel-session/rows.ts";
import type { Event, State } from "../../durable-objects/channel-session/turn-state.ts";
import { type InboundId, isTurnId } from "../../protocol/ids.ts";
import { isConversationKey } from "../../protocol/session-key.ts";
import { directMessage } from "./inbound.ts";

const LIMITS = {
  textMax: 4_000,
  linesMax: null,
  captionMax: 1_000,
  filesMax: 10,
  fileMaxBytes: 1_000,
  showsButtons: true,
};
const CONTEXT: Omit<AnswerContext, "now" | "newButtonId"> = {
  limits: LIMITS,
  mayStaySilent: false,
  isTask: false,
  contextUse: null,
  usage: null,
  usageFooter: () => "off",
  languageOf: () => "en",
};
/** Messages of one turn; few enough that ended turns are beyond their number too. */
const PER_TURN = 4;
/** Messages of one transaction. */
const BATCH = 500;

export class BusySession {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly #everyMs: number;
  #now: number;
  readonly #retention: Retention;
  #state: State;
  #turns = 0;

  /** `everyMs`: the time between two messages. */
  constructor(storage: DurableObjectStorage, everyMs: number) {
    this.#storage = storage;
    this.#sql = storage.sql;
    this.#everyMs = everyMs;
    this.#now = Date.now();
    this.#retention = new Retention(storage.sql, this.#now);
    this.#state = loadState(storage.sql);
  }

  /** Takes in, answers and delivers the messages with these numbers. */
  async pass(from: number, to: number): Promise<void> {
    for (let batch = from; batch < to; batch += BATCH) {
      this.#storage.transactionSync(() => {
        for (let number = batch; number < Math.min(batch + BATCH, to); number += PER_TURN) this.#passTurn(number);
      });
      await scheduler.wait(0);
    }
  }

  #passTurn(first: number): void {
    const conversation = "agent:main:main";
    if (!isConversationKey(conversation)) throw new Error(conversation);
    const ids: InboundId[] = [];
    for (let number = first; number < first + PER_TURN; number += 1) {
      this.#now += this.#everyMs;
      this.#retention.countMessage();
      const inbound = directMessage(number);
      if (!claimDedupeKeys(this.#sql, inbound.dedupeKeys, this.#now)) throw new Error("a new message is no repeat");
      if (!insertInbound(this.#sql, inbound, { kind: "turn", conversation }, this.#now)) throw new Error("known");
      this.#step({ kind: "message", id: inbound.id, conversation });
      ids.push(inbound.id);
    }
    this.#turns += 1;
    const run = { turnId: turnIdOf(this.#turns - 1), fence: this.#turns };
    this.#step({ kind: "granted", conversation, turnId: run.turnId, fence: run.fence, epoch: 0 });
    this.#step({ kind: "begun", ...run });
    this.#step({ kind: "final", ...run, text: `The answer to ${first}.`, consumed: ids });
    for (let part = nextPart(this.#sql); part; part = nextPart(this.#sql)) {
      markSending(this.#sql, part.seq, Date.now());
      markSent(this.#sql, part, { messageId: String(part.seq) }, this.#now);
    }
    // What the alarm does, which comes while a turn runs.
    this.#retention.sweepIfDue(this.#now);
  }

  #step(event: Event): void {
    const now = this.#now;
    const next = step(this.#state, event, {
      now,
      nextTurnId: turnIdOf(this.#turns),
      queue: "steer",
      turnMaxMs: TURN_BOUNDS.turnMaxMs,
      release: "r-1",
    });
    const context = { ...CONTEXT, now, newButtonId: () => crypto.randomUUID() };
    commitStep(this.#sql, this.#state.turn, next, context);
    this.#state = next.state;
  }
}

function turnIdOf(number: number) {
  const id = `turn-${String(number).padStart(8, "0")}`;
  if (!isTurnId(id)) throw new Error(id);
  return id;
}

/** Rows of each table, and bytes of the whole database. */
export function sizeOf(sql: SqlStorage) {
  const count = (table: string) => sql.exec<{ n: number }>(`SELECT count(*) AS n FROM ${table}`).one().n;
  const rows = { dedupe: count("dedupe"), inbox: count("inbox"), outbox: count("outbox"), turns: count("turns") };
  return { rows, bytes: sql.databaseSize };
}
