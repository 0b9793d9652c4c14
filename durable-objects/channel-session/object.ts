/**
 * ChannelSession: one object per place where people write. A thin shell: RPC, sockets and the one alarm. What a
 * message does is in `intake.ts`, what a turn does in `machine.ts`, what leaves in `delivery.ts`.
 */
import { DurableObject } from "cloudflare:workers";
import { registerEviction } from "../../fail-points/fail-point.ts";
import { LEDGER_BOUNDS, RETENTION, TURN_BOUNDS } from "../../protocol/bounds.ts";
import type { OwnerNotice, ReplayOutcome, ReplayTarget } from "../../protocol/dead-letter.ts";
import type { TurnId } from "../../protocol/ids.ts";
import type { AcceptReceipt, Happening, Inbound } from "../../protocol/inbound.ts";
import type { Ledger, LedgerFilter } from "../../protocol/ledger.ts";
import { errorFields, log } from "../../worker/log.ts";
import { earliest } from "../lib/earliest.ts";
import { migrate } from "../lib/migrate.ts";
import { type Agenda, readAgenda } from "./agenda.ts";
import { CommandRunner } from "./command-runner.ts";
import { Delivery } from "./delivery.ts";
import { hear } from "./happening.ts";
import { takeIn } from "./intake.ts";
import { readLedger } from "./ledger.ts";
import { renderNotice } from "./notice.ts";
import { recoverSending } from "./outbox.ts";
import { tellOwner } from "./owner-notice.ts";
import { replay } from "./replay.ts";
import { Reporter } from "./report.ts";
import { Retention } from "./retention.ts";
import { enqueueText } from "./rows.ts";
import { MIGRATIONS } from "./schema.ts";
import { openSession, type SessionContext } from "./session-context.ts";
import { TurnKeeper } from "./turn-keeper.ts";
import { messagesOfTurn } from "./turn-messages.ts";
import { TurnStore } from "./turn-store.ts";
import { closeSocket, WebClients } from "./web-clients.ts";

export class ChannelSession extends DurableObject<Env> {
  readonly #session: SessionContext;
  readonly #clients: WebClients;
  readonly #turns: TurnStore;
  readonly #keeper: TurnKeeper;
  readonly #commands: CommandRunner;
  readonly #delivery: Delivery;
  readonly #retention: Retention;
  readonly #reporter: Reporter;
  /** When the alarm goes off, as far as this instance knows. It may be early, which is harmless, but never late. */
  #armedAt: number | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, MIGRATIONS);
    this.#clients = new WebClients(ctx);
    this.#session = openSession(ctx, env, this.#clients);
    FAIL_POINTS && registerEviction(this.#session.key, () => ctx.abort("evicted by the fault suite"));
    this.#turns = new TurnStore(this.#session, (effects) => {
      this.#keeper.start(effects);
      this.#kick();
    });
    this.#keeper = new TurnKeeper(this.#session, this.#turns, Date.now());
    this.#commands = new CommandRunner(this.#session, this.#turns);
    this.#delivery = new Delivery(this.#session);
    this.#retention = new Retention(ctx.storage.sql, Date.now());
    this.#reporter = new Reporter(this.#session);
    const interrupted = recoverSending(
      ctx.storage.sql,
      this.#session.channel()?.limits.sendIsIdempotent ?? false,
      Date.now(),
    );
    if (interrupted > 0) log("warn", "sending_interrupted", { session: this.#session.key, parts: interrupted });
    // A fresh instance reads no stream: a running turn is taken over as soon as the alarm can fire.
    if (this.#turns.state.turn?.phase === "running") this.#armBy(Date.now());
  }

  /** Takes one message. Returns once it is durable; throws when it is not, and then nothing has changed. */
  accept(inbound: Inbound): AcceptReceipt {
    this.#retention.countMessage();
    const receipt = takeIn(this.#session, this.#turns, inbound, Date.now());
    this.#makeUpForAlarm();
    return receipt;
  }

  /** Takes what happened besides a message. Like `accept`. */
  hear(happening: Happening): AcceptReceipt {
    this.#retention.countMessage();
    const receipt = hear(this.#session, happening, Date.now());
    this.#makeUpForAlarm();
    return receipt;
  }

  /** The lane that a turn of this session waits for is free. If none does any more, the next session is to be told. */
  laneFree(): { readonly isWanted: boolean } {
    const isWanted = this.#turns.state.turn?.phase === "waiting";
    this.#turns.dispatch({ kind: "lane_free" });
    this.#makeUpForAlarm();
    return { isWanted };
  }

  /** Stops a turn on behalf of another session of the same conversation. */
  stopTurn(turnId: TurnId): void {
    if (this.#turns.state.turn?.turnId !== turnId) return;
    const ids = messagesOfTurn(this.#turns.state);
    this.#turns.transact(() => {
      this.#turns.advance({ kind: "stop", ids });
      if (ids.length === 0) return;
      const text = renderNotice({ kind: "stopped", running: true });
      enqueueText(this.ctx.storage.sql, turnId, ids, text, this.#turns.rowContext(Date.now()));
    });
  }

  /** What happened to the newest messages and answers that pass the filter. */
  ledger(limit: number, filter: LedgerFilter = {}): Ledger {
    this.#makeUpForAlarm();
    return readLedger(this.ctx.storage.sql, Math.min(limit, LEDGER_BOUNDS.rowsMax), filter);
  }

  /** Sends or runs again what was given up. */
  replay(target: ReplayTarget): ReplayOutcome {
    return replay(this.#session, this.#turns, target, Date.now());
  }

  /** Says a notice to the owner here, once. */
  tellOwner(notice: OwnerNotice): void {
    tellOwner(this.#session, this.#turns, notice, Date.now());
  }

  /** A web client connects; who it is was checked by the Worker. */
  override fetch(request: Request): Response {
    if (request.headers.get("upgrade") !== "websocket") return new Response(null, { status: 426 });
    return this.#clients.accept();
  }

  override async webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): Promise<void> {
    const channel = this.#session.channel();
    if (!channel) return;
    await this.#clients.receive(socket, data, channel, (inbound) => this.accept(inbound));
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    closeSocket(socket, code, reason);
  }

  /** Recovers: whatever a crash, a deploy or an eviction left behind is taken up again from the rows. */
  override alarm(): void {
    this.#armedAt = null;
    this.#retention.sweepIfDue(Date.now());
    this.#keeper.settleLast(Date.now());
    try {
      this.#turns.dispatch({ kind: "wake", reading: this.#keeper.isReading });
    } catch (error) {
      log("error", "alarm_failed", { session: this.#session.key, ...errorFields(error) });
    }
    this.#kick();
  }

  /** A platform whose storage fails for minutes gives an alarm up, and with it all that only the alarm would do. */
  #makeUpForAlarm(): void {
    if (this.#armedAt === null || Date.now() - this.#armedAt < TURN_BOUNDS.alarmLateMs) return;
    log("warn", "alarm_missed", { session: this.#session.key, dueAt: this.#armedAt });
    this.alarm();
  }

  /** Starts everything that is due and sets the alarm for what is not. */
  #kick(): void {
    const agenda = readAgenda(this.ctx.storage.sql);
    if (agenda.hasCommand) void this.#commands.run().then(() => this.#arm(readAgenda(this.ctx.storage.sql)));
    if (agenda.partDueAt !== null) void this.#delivery.send().then(() => this.#arm(readAgenda(this.ctx.storage.sql)));
    const isReportDue = agenda.reportDueAt !== null && agenda.reportDueAt <= Date.now();
    if (isReportDue) void this.#reporter.send().then(() => this.#arm(readAgenda(this.ctx.storage.sql)));
    this.#arm(agenda);
  }

  #arm({ partDueAt, hasCommand, reportDueAt }: Agenda): void {
    const now = Date.now();
    const watchdogAt = now + TURN_BOUNDS.watchdogMs;
    const dueAt = earliest(
      this.#turns.state.turn?.wakeAt ?? null,
      hasCommand ? watchdogAt : null,
      this.#delivery.alarmAt(partDueAt, now),
      reportDueAt,
      this.#retention.isBehind ? now : null,
    );
    // What is overdue is due now.
    this.#armBy(dueAt === null ? now + RETENTION.sweepEveryMs : Math.max(now, dueAt));
  }

  /** Never moves the alarm later: one that comes early finds nothing due and sets itself anew, which costs less. */
  #armBy(dueAt: number): void {
    if (this.#armedAt !== null && this.#armedAt <= dueAt) return;
    this.#armedAt = dueAt;
    void this.ctx.storage.setAlarm(dueAt);
  }
}
