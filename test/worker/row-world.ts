/**
 * One session on real SQLite, between a platform that repeats, reorders and refuses, and an agent that says anything. A
 * script of numbers picks what happens next; the world records every law that was broken. Time is the mocked `Date`.
 */
import { vi } from "vitest";
import { enqueueText } from "../../durable-objects/channel-session/answer-rows.ts";
import { Delivery } from "../../durable-objects/channel-session/delivery.ts";
import { loadState, readMessageState, readTurnMessages } from "../../durable-objects/channel-session/inbox.ts";
import { takeIn } from "../../durable-objects/channel-session/intake.ts";
import { nextPart, readPart, recoverSending } from "../../durable-objects/channel-session/outbox.ts";
import { replay } from "../../durable-objects/channel-session/replay.ts";
import type { IoEffect } from "../../durable-objects/channel-session/rows.ts";
import type { SessionContext } from "../../durable-objects/channel-session/session-context.ts";
import type { Event, RunRef, State } from "../../durable-objects/channel-session/turn-state.ts";
import { TurnStore } from "../../durable-objects/channel-session/turn-store.ts";
import { type InboundId, isInboundId } from "../../protocol/ids.ts";
import type { Inbound } from "../../protocol/inbound.ts";
import { deliveryPorts } from "./delivery-ports.ts";
import { FailingSql } from "./failing-sql.ts";
import { command, directMessage } from "./inbound.ts";
import { RecordingPlatform } from "./recording-platform.ts";

const TABLES = ["inbox", "outbox", "turn", "turns", "dedupe", "report"] as const;
const ROUNDS_MAX = 400;
/** Long enough for an answer of several parts. */
const ANSWER = Array.from({ length: 5 }, (_, line) => `Line ${line} of an answer that has to be split.`).join("\n\n");

type Row = Record<string, SqlStorageValue>;
type Message = { readonly inbound: Inbound; isAcknowledged: boolean };

export class RowWorld {
  readonly platform: RecordingPlatform;
  readonly #problems: string[] = [];
  readonly #sql: SqlStorage;
  readonly #writes: FailingSql;
  readonly #session: SessionContext;
  readonly #messages: Message[] = [];
  readonly #heard: Event[] = [];
  readonly #replayed = new Set<string>();
  #turns: TurnStore;
  #delivery: Delivery;
  #fence = 0;

  constructor(real: SessionContext, isIdempotent: boolean) {
    this.platform = new RecordingPlatform(isIdempotent);
    this.#sql = real.sql;
    for (const table of TABLES) real.sql.exec(`DELETE FROM ${table}`);
    this.#writes = new FailingSql(real.sql);
    this.#session = { ...real, sql: this.#writes.sql, channel: () => this.platform.channel };
    this.#turns = this.#openTurns();
    this.#delivery = new Delivery(this.#session, deliveryPorts(this.#session));
  }

  get problems(): readonly string[] {
    return [...this.#problems, ...this.platform.problems];
  }

  async act(choice: number): Promise<void> {
    const pick = Math.floor(choice / this.#acts.length);
    await this.#acts[choice % this.#acts.length]?.(pick);
    this.#writes.heal();
    this.#checkMemory();
  }

  /** Platform and agent are well from now on: everything must come to its end. */
  async settle(): Promise<void> {
    this.#crash();
    for (const message of this.#messages) if (!message.isAcknowledged) this.#offer(message);
    let rounds = 0;
    for (; rounds < ROUNDS_MAX && this.#isBusy(); rounds += 1) {
      if (this.#turns.state.turn?.phase === "waiting") this.#grant();
      this.#finishTurn();
      vi.setSystemTime(Math.max(Date.now() + 1_000, nextPart(this.#sql)?.dueAt ?? 0));
      this.#turns.dispatch({ kind: "wake", reading: true });
      await this.#send([]);
      this.#checkMemory();
    }
    if (this.#isBusy()) this.#problems.push("never settled");
    this.#checkEnd();
  }

  #finishTurn(): void {
    const { turn, open } = this.#turns.state;
    if (turn?.phase !== "running") return;
    this.#hear({ kind: "begun", ...refOf(turn) });
    this.#hear({ kind: "final", ...refOf(turn), text: ANSWER, consumed: open.map((message) => message.id) });
  }

  readonly #acts: readonly ((pick: number) => void | Promise<void>)[] = [
    () => this.#write(),
    () => this.#write(),
    (pick) => this.#offerAny(pick),
    (pick) => this.#offerAny(pick),
    (pick) => this.#repeat(pick),
    (pick) => this.#failWrite(pick, () => this.#write()),
    () => this.#grant(),
    () => this.#grant(),
    () => this.#sayAboutTurn("begun", 0),
    (pick) => this.#sayAboutTurn("final", pick),
    (pick) => this.#sayAboutTurn("final", pick),
    (pick) => this.#sayAboutTurn("failed", pick),
    (pick) => this.#sayAboutTurn("run_ended", pick),
    (pick) => this.#sayAboutTurn("steered", pick),
    (pick) => this.#failWrite(pick, () => this.#sayAboutTurn("final", pick)),
    (pick) => this.#echo(pick),
    (pick) => this.#hear({ kind: "wake", reading: pick % 2 === 0 }),
    (pick) => this.#stop(pick),
    (pick) => this.#failWrite(pick, () => this.#stop(pick)),
    (pick) => this.#send(scriptOf(pick)),
    (pick) => this.#send(scriptOf(pick)),
    (pick) => this.#send(scriptOf(pick)),
    (pick) => this.#failWrite(pick, () => this.#send(scriptOf(pick))),
    (pick) => this.#failWrite(pick, () => this.#send([])),
    (pick) => void vi.setSystemTime(Date.now() + (pick % 20_000)),
    (pick) => void vi.setSystemTime(Date.now() + (pick % 600_000)),
    () => this.#crash(),
    (pick) => this.#replay(pick),
  ];

  #openTurns(): TurnStore {
    return new TurnStore(this.#session, (effects) => this.#onCommit(effects));
  }

  #onCommit(effects: readonly IoEffect[]): void {
    for (const effect of effects) {
      if (effect.kind !== "run") continue;
      const messages = readTurnMessages(this.#sql, effect.turn.turnId);
      if (messages.length === 0) this.#problems.push("a turn was run without messages");
    }
  }

  async #failWrite(pick: number, work: () => void | Promise<void>): Promise<void> {
    this.#writes.failAfter(pick % 7, 1 + (pick % 3));
    await work();
  }

  #write(): void {
    const number = this.#messages.length;
    const inbound = number % 7 === 6 ? command(number, "help") : directMessage(number);
    const message = { inbound, isAcknowledged: false };
    this.#messages.push(message);
    this.#offer(message);
  }

  /** The platform delivers what it has no answer for, in any order. */
  #offerAny(pick: number): void {
    const waiting = this.#messages.filter((message) => !message.isAcknowledged);
    const message = waiting[pick % Math.max(1, waiting.length)];
    if (message) this.#offer(message);
  }

  #offer(message: Message): void {
    this.#attempt(() => {
      takeIn(this.#session, this.#turns, message.inbound, Date.now());
      message.isAcknowledged = true;
    });
  }

  /** A transaction that fails leaves everything as it was. */
  #attempt(work: () => void): void {
    const before = { rows: this.#dump(), state: this.#turns.state };
    try {
      work();
    } catch {
      if (this.#dump() !== before.rows) this.#problems.push("a transaction that failed left rows");
      if (this.#turns.state !== before.state) this.#problems.push("a transaction that failed changed the state");
    }
  }

  /** The platform did not see our answer, or sends the same message under another id. */
  #repeat(pick: number): void {
    const known = this.#messages.filter((message) => message.isAcknowledged);
    const message = known[pick % Math.max(1, known.length)];
    if (!message) return;
    const { inbound } = message;
    const renamed = {
      ...inbound,
      id: idOf(`renamed:${pick}`),
      dedupeKeys: [`again:${pick}`, ...inbound.dedupeKeys.slice(1)],
    };
    const before = this.#turns.state;
    const receipt = takeIn(this.#session, this.#turns, pick % 2 === 0 ? inbound : renamed, Date.now());
    if (receipt.receipt !== "duplicate" || this.#turns.state !== before) this.#problems.push("a repeat was taken in");
  }

  #grant(): void {
    const { turn } = this.#turns.state;
    if (!turn) return;
    this.#fence += 1;
    const { conversation, turnId } = turn;
    this.#hear({ kind: "granted", conversation, turnId, fence: this.#fence, epoch: 0 });
  }

  #sayAboutTurn(kind: "begun" | "final" | "failed" | "run_ended" | "steered", pick: number): void {
    const { turn, open } = this.#turns.state;
    const [first] = open;
    if (!turn || !first) return;
    const ref = refOf(turn);
    const some = open.filter((_, index) => Math.floor(pick / 2 ** index) % 2 === 0).map((message) => message.id);
    const retry = pick % 5 === 0 ? "never" : "after";
    const failure = { code: "agent_stream_broken", retry, reached: pick % 2 === 0 } as const;
    const soFar = pick % 3 === 0 ? { soFar: { text: "so far", consumed: some } } : {};
    const named = some[pick % Math.max(1, some.length)] ?? first.id;
    const events = {
      begun: { kind: "begun", ...ref },
      final: { kind: "final", ...ref, text: ANSWER, consumed: some },
      failed: { kind: "failed", ...ref, failure: { ...failure, ...soFar } },
      run_ended: { kind: "run_ended", ...ref, failure: { ...failure, ...soFar }, progressed: pick % 4 === 0 },
      steered: { kind: "steered", ...ref, id: named, status: pick % 2 === 0 ? "queued" : "not_running" },
    } as const satisfies Record<string, Event>;
    this.#hear(events[kind]);
  }

  #echo(pick: number): void {
    const event = this.#heard[pick % Math.max(1, this.#heard.length)];
    if (event) this.#hear(event);
  }

  #hear(event: Event): void {
    this.#heard.push(event);
    this.#attempt(() => this.#turns.dispatch(event));
  }

  /** As another session of the conversation does it: the turn ends and its messages are told so, or nothing happens. */
  #stop(pick: number): void {
    const { turn, open } = this.#turns.state;
    const ids = open.map((message) => message.id).slice(0, pick % 4);
    this.#attempt(() =>
      this.#turns.transact(() => {
        this.#turns.advance({ kind: "stop", ids });
        if (!turn || ids.length === 0) return;
        enqueueText(this.#session.sql, turn.turnId, ids, "Stopped.", this.#turns.rowContext(Date.now()));
      }),
    );
  }

  async #send(script: readonly number[]): Promise<void> {
    const hung = Promise.withResolvers<"hung">();
    this.platform.plan(script, () => hung.resolve("hung"));
    const before = this.platform.screen.length;
    const end = await Promise.race([this.#delivery.send(), hung.promise]);
    this.#checkOrder(before);
    if (end === "hung") this.#crash();
  }

  /** A part goes out only when every part before it is sent or given up. */
  #checkOrder(from: number): void {
    for (const id of this.platform.screen.slice(from)) {
      const seq = seqOf(id);
      const query = `SELECT 1 FROM outbox WHERE seq < ? AND state NOT IN ('sent', 'dead') AND replayed_at IS NULL`;
      if (this.#sql.exec(query, seq).toArray().length > 0) this.#problems.push(`part ${seq} overtook another`);
    }
  }

  /** The object dies; the next one knows only the rows. */
  #crash(): void {
    this.#writes.heal();
    this.platform.forgetUnstored((id) => readPart(this.#sql, seqOf(id))?.state === "sending");
    recoverSending(this.#sql, this.platform.channel.limits.sendIsIdempotent, Date.now());
    this.#turns = this.#openTurns();
    this.#delivery = new Delivery(this.#session, deliveryPorts(this.#session));
  }

  /** The owner has a failed message run again, or a dead part sent again. */
  #replay(pick: number): void {
    const query = "SELECT inbound_id FROM inbox WHERE state IN ('failed', 'dead') ORDER BY seq";
    const given = this.#sql.exec<{ inbound_id: string }>(query).toArray();
    const row = given[pick % Math.max(1, given.length)];
    if (!row) return;
    const outcome = replay(this.#session, this.#turns, { message: idOf(row.inbound_id) }, Date.now());
    if (outcome.kind === "replayed") for (const seq of outcome.parts) this.#replayed.add(`${this.#session.key}/${seq}`);
  }

  #isBusy(): boolean {
    const { turn, open } = this.#turns.state;
    return turn !== null || open.length > 0 || nextPart(this.#sql) !== null;
  }

  /** What a restarted object would begin with is what this one has in memory. */
  #checkMemory(): void {
    if (canonical(loadState(this.#sql)) !== canonical(this.#turns.state))
      this.#problems.push("the rows are not the state");
  }

  #checkEnd(): void {
    for (const { inbound } of this.#messages) this.#checkMessage(inbound.id);
    const parts = this.#sql.exec<{ seq: number; state: string; resent: number }>(
      "SELECT seq, state, resent_after_unknown AS resent FROM outbox",
    );
    for (const { seq, state, resent } of parts.toArray())
      this.#checkPart(`${this.#session.key}/${seq}`, state, resent === 1);
  }

  #checkMessage(id: InboundId): void {
    const state = readMessageState(this.#sql, id)?.state ?? "lost";
    if (!["delivered", "failed", "stopped", "dead"].includes(state)) this.#problems.push(`${id} ended as ${state}`);
    const named = `FROM outbox WHERE EXISTS (SELECT 1 FROM json_each(inbound_ids) WHERE value = ?)`;
    const isAnswer = "(turn_id IS NULL OR turn_id IN (SELECT turn_id FROM turns WHERE outcome = 'answered'))";
    const seqs = (where: string) =>
      this.#sql
        .exec<{ seq: number }>(`SELECT seq ${named} AND ${where}`, id)
        .toArray()
        .map(({ seq }) => this.platform.shownTimes(`${this.#session.key}/${seq}`));
    const answer = seqs(isAnswer);
    const isShown = answer.length > 0 && answer.every((times) => times > 0);
    if (state === "delivered" && !isShown) this.#problems.push(`${id} counts as delivered and was not all shown`);
    const isSent = answer.length > 0 && seqs(`${isAnswer} AND state <> 'sent'`).length === 0;
    if (isSent !== (state === "delivered")) this.#problems.push(`${id} counts as ${state}, its answer does not`);
    if (state === "failed" && seqs("true").length === 0) this.#problems.push(`${id} failed and nobody was told`);
    const answered = `SELECT DISTINCT turn_id ${named} AND turn_id IN (SELECT turn_id FROM turns WHERE outcome = 'answered')`;
    if (this.#sql.exec(answered, id).toArray().length > 1) this.#problems.push(`${id} has two answers`);
  }

  /** Shown twice only in doubt, and then it is marked; never three times, unless its owner wished it. */
  #checkPart(deliveryId: string, state: string, isMarked: boolean): void {
    const shown = this.platform.shownTimes(deliveryId);
    if (state === "sent" && shown === 0) this.#problems.push(`${deliveryId} counts as sent and was never shown`);
    if (shown < 2 || this.#replayed.has(deliveryId)) return;
    if (!isMarked || this.platform.doubts(deliveryId) === 0)
      this.#problems.push(`${deliveryId} was doubled and is not marked`);
    if (shown > 2) this.#problems.push(`${deliveryId} was shown ${shown} times`);
  }

  #dump(): string {
    return JSON.stringify(TABLES.map((table) => this.#sql.exec<Row>(`SELECT * FROM ${table}`).toArray()));
  }
}

function refOf({ turnId, fence }: NonNullable<State["turn"]>): RunRef {
  return { turnId, fence };
}

function idOf(text: string): InboundId {
  if (!isInboundId(text)) throw new Error(text);
  return text;
}

function seqOf(deliveryId: string): number {
  return Number(deliveryId.slice(deliveryId.lastIndexOf("/") + 1));
}

/** Replayed messages keep their place in the rows and come last in memory: the order is no law. */
function canonical({ turn, open }: State): string {
  return JSON.stringify([turn, open.map((message) => JSON.stringify(message)).toSorted()]);
}

function scriptOf(pick: number): readonly number[] {
  return [pick, Math.floor(pick / 11), Math.floor(pick / 121)];
}
