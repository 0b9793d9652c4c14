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
import type { SessionKey } from "../../protocol/session-key.ts";
import { errorFields, log } from "../../worker/log.ts";
import { channelSession } from "../../worker/objects.ts";
import { earliest } from "../lib/earliest.ts";
import { migrate } from "../lib/migrate.ts";
import { enqueueText } from "./answer-rows.ts";
import { type Agenda, readAgenda } from "./agenda.ts";
import { CommandRunner } from "./command-runner.ts";
import { Delivery } from "./delivery.ts";
import { hear } from "./happening.ts";
import { releaseDue, takeIn } from "./intake.ts";
import { readLedger } from "./ledger.ts";
import { adopt, type Legacy, moveTo, readdress } from "./move.ts";
import { renderNotice } from "./notice.ts";
import { recoverSending } from "./outbox.ts";
import { tellOwner } from "./owner-notice.ts";
import { Pace } from "./pace.ts";
import { replay } from "./replay.ts";
import { Reporter } from "./report.ts";
import { Retention } from "./retention.ts";
import { MIGRATIONS } from "./schema.ts";
import { openSession, type SessionContext } from "./session-context.ts";
import { readSettings } from "./settings-rows.ts";
import { giveSigns } from "./signs.ts";
import { TurnKeeper } from "./turn-keeper.ts";
import { messagesOfTurn } from "./turn-messages.ts";
import { TurnStore } from "./turn-store.ts";
import { closeSocket, WebClients } from "./web-clients.ts";

export class ChannelSession extends DurableObject<Env> {
  readonly #session: SessionContext;
  readonly #clients: WebClients;
  readonly #turns: TurnStore;
  readonly #pace: Pace;
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
    this.#pace = new Pace(this.#session);
    this.#keeper = new TurnKeeper(this.#session, this.#turns, this.#pace, () => this.#kick(), Date.now());
    this.#commands = new CommandRunner(this.#session, this.#turns);
    this.#delivery = new Delivery(this.#session, {
      pace: this.#pace,
      settled: () => this.#keeper.settled(),
      openBlob: (space, hash) => this.#keeper.link.openBlob(space, hash),
    });
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
  async accept(inbound: Inbound): Promise<AcceptReceipt> {
    const { movedTo } = readSettings(this.ctx.storage.sql);
    if (movedTo) return this.#sessionOf(movedTo).accept(readdress(inbound, movedTo));
    return this.#takeIn(inbound);
  }

  /** Takes what happened besides a message. Like `accept`. */
  async hear(happening: Happening): Promise<AcceptReceipt> {
    this.#retention.countMessage();
    if (happening.kind === "moved") {
      await moveTo(this.#session, happening.to);
      return "accepted";
    }
    // What still came under the old id has another one in the new chat: nothing there can be edited or pressed any more.
    if (readSettings(this.ctx.storage.sql).movedTo) return "accepted";
    const { receipt, signs, to } = hear(this.#session, this.#turns, happening, Date.now());
    if (to && signs.length > 0) this.ctx.waitUntil(giveSigns(this.#session, this.#pace, to, signs));
    this.#makeUpForAlarm();
    return receipt;
  }

  /** Takes up the session that this chat had under another id. */
  adopt(legacy: Legacy): void {
    adopt(this.#session, legacy);
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
    await this.#clients.receive(socket, data, channel, (inbound) => this.#takeIn(inbound));
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

  #takeIn(inbound: Inbound): AcceptReceipt {
    this.#retention.countMessage();
    const { receipt, isTaken } = takeIn(this.#session, this.#turns, inbound, Date.now());
    if (isTaken) this.#saySeen(inbound);
    this.#makeUpForAlarm();
    return receipt;
  }

  /** In a group, whoever is meant by a mention shows that it has seen it. */
  #saySeen({ chat, replyTo }: Inbound): void {
    const { messageId } = replyTo;
    const isWanted = this.#session.config().groups.ackReaction !== null && chat.kind === "group" && chat.addressed;
    if (!isWanted || messageId === undefined) return;
    this.ctx.waitUntil(giveSigns(this.#session, this.#pace, replyTo, [{ kind: "seen", messageId }]));
  }

  #sessionOf(key: SessionKey) {
    return channelSession(this.env, key, this.#session.config());
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
    if (agenda.heldUntil !== null && agenda.heldUntil <= Date.now()) return this.#releaseHeld();
    if (agenda.hasCommand) void this.#commands.run().then(() => this.#arm(readAgenda(this.ctx.storage.sql)));
    if (agenda.partDueAt !== null) void this.#delivery.send().then(() => this.#arm(readAgenda(this.ctx.storage.sql)));
    const isReportDue = agenda.reportDueAt !== null && agenda.reportDueAt <= Date.now();
    if (isReportDue) void this.#reporter.send().then(() => this.#arm(readAgenda(this.ctx.storage.sql)));
    this.#arm(agenda);
  }

  /** Messages that have waited long enough for more of themselves. The commit starts everything anew. */
  #releaseHeld(): void {
    try {
      this.#turns.transact(() => releaseDue(this.#session, this.#turns, Date.now()));
    } catch (error) {
      log("error", "release_failed", { session: this.#session.key, ...errorFields(error) });
      this.#armBy(Date.now() + TURN_BOUNDS.watchdogMs);
    }
  }

  #arm({ partDueAt, hasCommand, reportDueAt, heldUntil }: Agenda): void {
    const now = Date.now();
    const watchdogAt = now + TURN_BOUNDS.watchdogMs;
    const dueAt = earliest(
      this.#turns.state.turn?.wakeAt ?? null,
      hasCommand ? watchdogAt : null,
      this.#delivery.alarmAt(partDueAt, now),
      reportDueAt,
      heldUntil,
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
