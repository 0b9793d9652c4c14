/**
 * A session with its database: all its parts, and what the one alarm stands for. What a message does is in `intake.ts`,
 * what a turn does in `machine.ts`, what leaves in `delivery.ts`.
 */
import { registerEviction } from "../../fail-points/fail-point.ts";
import { RETENTION, TURN_BOUNDS } from "../../protocol/bounds.ts";
import type { InboundId } from "../../protocol/ids.ts";
import type { AcceptReceipt, Inbound } from "../../protocol/inbound.ts";
import type { TaskOrder } from "../../protocol/tasks.ts";
import { errorFields, log } from "../../worker/log.ts";
import { earliest } from "../lib/earliest.ts";
import { migrate } from "../lib/migrate.ts";
import { type Agenda, readAgenda } from "./agenda.ts";
import { CommandRunner } from "./command-runner.ts";
import { Delivery } from "./delivery.ts";
import { hear, type LocalHappening } from "./happening.ts";
import { releaseDue, takeIn } from "./intake.ts";
import { isCalled } from "./judge.ts";
import { recoverSending } from "./outbox.ts";
import { OutcomeTeller } from "./outcome-teller.ts";
import { Pace } from "./pace.ts";
import { dropPairing } from "./pairing-row.ts";
import type { Policies } from "./policies.ts";
import { policyRow } from "./policy-row.ts";
import { Reporter } from "./report.ts";
import { Retention } from "./retention.ts";
import { MIGRATIONS } from "./schema.ts";
import { openSession, type SessionContext, type SessionName } from "./session-context.ts";
import { giveSigns } from "./signs.ts";
import { takeTask, type TaskReceipt } from "./tasks.ts";
import { TurnKeeper } from "./turn-keeper.ts";
import { TurnStore } from "./turn-store.ts";
import type { WebClients } from "./web-clients.ts";

export class LiveSession {
  readonly context: SessionContext;
  readonly turns: TurnStore;
  readonly #ctx: DurableObjectState;
  readonly #pace: Pace;
  readonly #clients: WebClients;
  readonly #keeper: TurnKeeper;
  readonly #commands: CommandRunner;
  readonly #delivery: Delivery;
  readonly #retention: Retention;
  readonly #reporter: Reporter;
  readonly #outcomes: OutcomeTeller;
  /** When the alarm goes off, as far as this instance knows. It may be early, which is harmless, but never late. */
  #armedAt: number | null = null;
  #isOver = false;

  /** Makes the database, or takes up what an instance before left in it. */
  constructor(ctx: DurableObjectState, env: Env, name: SessionName, clients: WebClients, policies: Policies) {
    migrate(ctx.storage, MIGRATIONS);
    policies.keepOn(policyRow(ctx.storage.sql));
    this.#ctx = ctx;
    this.#clients = clients;
    this.context = openSession(ctx, env, name, clients, policies);
    const { key, sql } = this.context;
    FAIL_POINTS && registerEviction(key, () => ctx.abort("evicted by the fault suite"));
    this.turns = new TurnStore(this.context, (effects, stopped) => {
      this.#keeper.start(effects);
      clients.tellStopped(stopped);
      this.#tellParked();
      this.#kick();
    });
    this.#pace = new Pace(this.context);
    this.#keeper = new TurnKeeper(this.context, this.turns, this.#pace, () => this.#kick(), Date.now());
    this.#commands = new CommandRunner(this.context, this.turns);
    this.#delivery = new Delivery(this.context, {
      pace: this.#pace,
      settled: () => this.#keeper.settled(),
      openBlob: (space, hash) => this.#keeper.link.openBlob(space, hash),
    });
    this.#retention = new Retention(sql, Date.now());
    this.#reporter = new Reporter(this.context);
    this.#outcomes = new OutcomeTeller(this.context, () => this.#keeper.link);
    const sendIsIdempotent = this.context.channel()?.limits.sendIsIdempotent ?? (() => false);
    const interrupted = recoverSending(sql, sendIsIdempotent, Date.now());
    if (interrupted > 0) log("warn", "sending_interrupted", { session: key, parts: interrupted });
    // A fresh instance reads no stream: a running turn is taken over as soon as the alarm can fire.
    if (this.turns.state.turn?.phase === "running") this.#armBy(Date.now());
  }

  /** Takes one message in. Returns once it is durable; throws when it is not, and then nothing has changed. */
  take(inbound: Inbound): AcceptReceipt {
    this.#retention.countMessage();
    const { receipt, isTaken } = takeIn(this.context, this.turns, inbound, Date.now());
    if (isTaken) this.#saySeen(inbound);
    else this.#tellParked();
    this.makeUpForAlarm();
    return receipt;
  }

  /** Takes an order of the scheduler in, once. */
  runTask(order: TaskOrder): TaskReceipt {
    this.#retention.countMessage();
    const receipt = takeTask(this.context, this.turns, order, Date.now());
    this.makeUpForAlarm();
    return receipt;
  }

  /** The same for what happened besides a message. */
  hear(happening: LocalHappening): AcceptReceipt {
    this.#retention.countMessage();
    const { receipt, signs, to } = hear(this.context, this.turns, happening, Date.now());
    if (to && signs.length > 0) this.#ctx.waitUntil(giveSigns(this.context, this.#pace, to, signs));
    this.makeUpForAlarm();
    return receipt;
  }

  /** Ends the turn and drops the messages `ids`. */
  stop(ids: readonly InboundId[], andSay?: () => void): void {
    this.turns.transact(() => {
      this.turns.advance({ kind: "stop", ids });
      if (ids.length > 0) andSay?.();
    });
  }

  /** Nothing of the session is done any more, whatever is still under way. Its rows are about to go. */
  end(): void {
    this.stop(this.turns.state.open.map(({ id }) => id));
    this.#isOver = true;
    this.context.end();
  }

  /** Recovers: whatever a crash, a deploy or an eviction left behind is taken up again from the rows. */
  alarm(): void {
    if (this.#isOver) return;
    this.#armedAt = null;
    this.#retention.sweepIfDue(Date.now());
    this.#keeper.settleLast(Date.now());
    try {
      this.turns.dispatch({ kind: "wake", reading: this.#keeper.isReading });
    } catch (error) {
      log("error", "alarm_failed", { session: this.context.key, ...errorFields(error) });
    }
    this.#kick();
  }

  /** A platform whose storage fails for minutes gives an alarm up, and with it all that only the alarm would do. */
  makeUpForAlarm(): void {
    if (this.#armedAt === null || Date.now() - this.#armedAt < TURN_BOUNDS.alarmLateMs) return;
    log("warn", "alarm_missed", { session: this.context.key, dueAt: this.#armedAt });
    this.alarm();
  }

  /** Whoever looks at a web socket learns that nothing is left to answer them with for now. */
  #tellParked(): void {
    const { turn, open } = this.turns.state;
    if (turn?.phase === "parked" && turn.unpaidSince !== undefined) this.#clients.tellParked(open.map(({ id }) => id));
  }

  /** In a group, whoever is meant by a mention or by name shows that it has seen it. */
  #saySeen(inbound: Inbound): void {
    const { chat, replyTo } = inbound;
    const { messageId } = replyTo;
    const policy = this.context.policy();
    const emoji = policy.behaviour.ackReaction;
    if (emoji === null || messageId === undefined || chat.kind !== "group") return;
    if (!chat.addressed && !isCalled(inbound, policy)) return;
    this.#ctx.waitUntil(giveSigns(this.context, this.#pace, replyTo, [{ kind: "seen", messageId, emoji }]));
  }

  /** Starts everything that is due and sets the alarm for what is not. */
  #kick(): void {
    if (this.#isOver) return;
    const agenda = readAgenda(this.context.sql);
    const now = Date.now();
    if (agenda.heldUntil !== null && agenda.heldUntil <= now) return this.#releaseHeld();
    if (agenda.pairingUntil !== null && agenda.pairingUntil <= now) dropPairing(this.context.sql);
    if (agenda.hasCommand) void this.#commands.run().then(() => this.#rearm());
    if (agenda.partDueAt !== null) void this.#delivery.send().then(() => this.#rearm());
    this.#tell(agenda, now);
    this.#arm(agenda);
  }

  /** Starts to tell other objects what they are still to know of this one. */
  #tell({ reportDueAt, outcomeDueAt, spendingDueAt }: Agenda, now: number): void {
    const isDue = (at: number | null) => at !== null && at <= now;
    if (isDue(reportDueAt)) void this.#reporter.send().then(() => this.#rearm());
    if (isDue(outcomeDueAt)) void this.#outcomes.send().then(() => this.#rearm());
    if (isDue(spendingDueAt)) void this.#keeper.tellSpending().then(() => this.#rearm());
  }

  /** Messages that have waited long enough for more of themselves. The commit starts everything anew. */
  #releaseHeld(): void {
    try {
      this.turns.transact(() => releaseDue(this.context, this.turns, Date.now()));
    } catch (error) {
      log("error", "release_failed", { session: this.context.key, ...errorFields(error) });
      this.#armBy(Date.now() + TURN_BOUNDS.watchdogMs);
    }
  }

  #rearm(): void {
    if (!this.#isOver) this.#arm(readAgenda(this.context.sql));
  }

  #arm({ partDueAt, hasCommand, reportDueAt, outcomeDueAt, spendingDueAt, heldUntil, pairingUntil }: Agenda): void {
    const now = Date.now();
    const watchdogAt = now + TURN_BOUNDS.watchdogMs;
    const dueAt = earliest(
      this.turns.state.turn?.wakeAt ?? null,
      hasCommand ? watchdogAt : null,
      this.#delivery.alarmAt(partDueAt, now),
      reportDueAt,
      outcomeDueAt,
      spendingDueAt,
      heldUntil,
      pairingUntil,
      this.#retention.isBehind ? now : null,
    );
    // What is overdue is due now.
    this.#armBy(dueAt === null ? now + RETENTION.sweepEveryMs : Math.max(now, dueAt));
  }

  /** Never moves the alarm later: one that comes early finds nothing due and sets itself anew, which costs less. */
  #armBy(dueAt: number): void {
    if (this.#armedAt !== null && this.#armedAt <= dueAt) return;
    this.#armedAt = dueAt;
    void this.#ctx.storage.setAlarm(dueAt);
  }
}
