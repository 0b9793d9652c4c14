/**
 * The Gateway object with all its parts, and what its one alarm stands for. When to connect is decided in `machine.ts`, what
 * an event is to us in `take.ts`, how it gets to its session in `handover.ts`.
 */
import { registerEviction } from "../../fail-points/fail-point.ts";
import { assertNever } from "../../protocol/assert.ts";
import { ChannelError } from "../../protocol/errors.ts";
import type { GatewayStatus } from "../../protocol/gateway.ts";
import type { OwnerNews } from "../../protocol/owner-news.ts";
import { type DiscordSettings, fetchMessagesAfter } from "../../worker/channels/registry.ts";
import { type Config, readConfig } from "../../worker/config.ts";
import { errorFields, log } from "../../worker/log.ts";
import { agentDirectory } from "../../worker/objects.ts";
import { earliest } from "../lib/earliest.ts";
import { Arrivals } from "./arrivals.ts";
import { Backfill } from "./backfill.ts";
import { GATEWAY_BOUNDS } from "./bounds.ts";
import { CLOSE_TO_RESUME } from "./close-codes.ts";
import { Deliverer } from "./deliver.ts";
import { type Frame, readFrame, writeFrame } from "./frame.ts";
import { type Context, dueAt, type Event } from "./gateway-state.ts";
import { GatewayStore, type IoEffect, type RowEffect } from "./gateway-store.ts";
import { Handover } from "./handover.ts";
import { LateMembers } from "./late-members.ts";
import { Line } from "./line.ts";
import { Listening } from "./listening.ts";
import { locate } from "./locate.ts";
import { addNews, NewsTeller, nextNewsAt } from "./owner-news.ts";
import { statusOf } from "./status.ts";
import { type Storable, Taker } from "./take.ts";
import { readWanted, type Wanted } from "./wanted.ts";

/** Whose sessions Discord's are (worker/channels/discord/place.ts). */
const AGENT = "main";

export class LiveGateway {
  readonly #ctx: DurableObjectState;
  readonly #env: Env;
  readonly #applicationId: string;
  readonly #store: GatewayStore;
  readonly #arrivals: Arrivals;
  readonly #taker: Taker;
  readonly #handover: Handover;
  readonly #backfill: Backfill<Storable>;
  readonly #news: NewsTeller;
  #wanted: Wanted | null = null;
  /** The try to connect, or the connection, that this instance has. */
  #line: Line | null = null;
  /** When the alarm goes off, as far as this instance knows. */
  #armedAt: number | null = null;
  /** Makes up for an alarm that is late, as long as this instance lives. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastEventAt: number | null = null;

  constructor(ctx: DurableObjectState, env: Env, applicationId: string) {
    this.#ctx = ctx;
    this.#env = env;
    this.#applicationId = applicationId;
    FAIL_POINTS && registerEviction(applicationId, () => ctx.abort("evicted by the fault suite"));
    const { sql } = ctx.storage;
    const settings = () => this.#settings();
    const listening = new Listening((session) => agentDirectory(env, AGENT, this.#config()).policyFor(session));
    const deliverer = new Deliverer({ env, sql, listening, settings, self: () => this.#store.state.self });
    this.#store = new GatewayStore(ctx.storage, {
      context: () => this.#context(),
      write: (effect) => this.#write(effect),
      committed: (before, effects) => {
        const { phase, connection } = this.#store.state;
        if (phase !== before.phase) log("info", "gateway_phase", { phase, before: before.phase, connection });
        this.#start(effects);
      },
    });
    this.#backfill = new Backfill(sql, {
      fetchAfter: (channelId, afterId) => fetchMessagesAfter(this.#settings(), channelId, afterId),
      choose: (channel, page) => this.#taker.chooseLate(channel, page),
      store: (messages, andThen) => this.#taker.storeLate(messages, andThen),
      tellMissed: (gap, messages, channels) =>
        this.#tellOwner(`gap:${gap}`, { kind: "messages_missed", messages, chats: channels }),
      changed: () => this.#kick(),
    });
    this.#handover = new Handover(sql, {
      deliver: (event) => deliverer.deliver(event),
      heldUntil: (lane) => this.#backfill.heldUntil(lane),
      changed: () => this.#arm(),
    });
    this.#taker = new Taker({
      sql,
      store: this.#store,
      listening,
      handover: this.#handover,
      members: new LateMembers(settings),
      settings,
      answer: (reading) => deliverer.answer(reading),
    });
    this.#arrivals = new Arrivals({
      take: (arrival) => this.#taker.take(arrival),
      giveBack: ({ connection }) => this.#giveBack(connection),
    });
    this.#news = new NewsTeller(sql, (news, about) =>
      agentDirectory(env, AGENT, this.#config()).tellOwner(news, "discord", about),
    );
  }

  /** Does whatever is due, and sets the alarm for what is not. Never rejects. */
  async wake(): Promise<void> {
    clearTimeout(this.#timer);
    this.#armedAt = null;
    let notBefore = 0;
    try {
      this.#wanted = await readWanted(this.#config().discord, this.#applicationId);
      const isHeld = this.#line !== null && this.#store.isCurrent(this.#line);
      this.#store.transact(() => {
        this.#taker.writeSeen();
        this.#store.advance({ kind: "wake", isHeld });
      });
    } catch (error) {
      log("error", "gateway_wake_failed", errorFields(error));
      notBefore = Date.now() + GATEWAY_BOUNDS.wakeRetryMs;
    } finally {
      this.#kick(notBefore);
    }
  }

  /** Ends the connection and the session, until it is woken with settings that want one. */
  stop(): void {
    this.#store.dispatch({ kind: "stop" });
  }

  status(): GatewayStatus {
    return statusOf(this.#store.state, {
      lastEventAt: this.#lastEventAt,
      waiting: this.#handover.waiting,
      unread: this.#backfill.unread,
      missed: this.#backfill.missed,
    });
  }

  #context(): Context {
    return {
      now: Date.now(),
      random: Math.random(),
      wanted: this.#wanted?.mark ?? null,
      hasRoom: this.#handover.hasRoom,
    };
  }

  /** One event of a connection; false: it could not be committed, and what it has changed is found by the alarm. */
  #tell(event: Event): boolean {
    try {
      this.#store.dispatch(event);
      return true;
    } catch (error) {
      log("error", "gateway_step_failed", { event: event.kind, ...errorFields(error) });
      return false;
    }
  }

  /** The next event must not be stored before one that was not: whatever is committed, the connection is left. */
  #giveBack(connection: number): void {
    if (!this.#tell({ kind: "not_stored", connection })) this.#letGo(CLOSE_TO_RESUME);
  }

  #letGo(code: number): void {
    this.#line?.close(code);
    this.#line = null;
    this.#arrivals.clear();
  }

  #write(effect: RowEffect): void {
    switch (effect.kind) {
      case "begin_backfill":
        this.#taker.writeSeen();
        return this.#backfill.begin(Date.now());
      case "tell_stopped": {
        const { reason, code } = effect;
        return this.#tellOwner(`stopped:${Date.now()}`, { kind: "gateway_stopped", reason, code });
      }
      default:
        return assertNever(effect);
    }
  }

  #tellOwner(what: string, news: OwnerNews): void {
    addNews(this.#ctx.storage.sql, `discord:${this.#applicationId}:${what}`, news, Date.now());
  }

  #start(effects: readonly IoEffect[]): void {
    for (const effect of effects) this.#startOne(effect);
    this.#arm();
  }

  #startOne(effect: IoEffect): void {
    const wanted = this.#wanted;
    switch (effect.kind) {
      case "close":
        return this.#letGo(effect.code);
      case "locate":
        if (wanted) void this.#locate(wanted, effect.connection);
        return;
      case "connect":
        return this.#connect(effect.connection, effect.url);
      case "send":
        if (wanted) this.#line?.send(writeFrame(effect.payload, wanted));
        return;
      default:
        return assertNever(effect);
    }
  }

  async #locate({ settings }: Wanted, connection: number): Promise<void> {
    this.#line = new Line(connection);
    this.#tell(await locate(settings, connection));
  }

  #connect(connection: number, url: string): void {
    if (this.#line?.connection !== connection) this.#line = new Line(connection);
    void this.#line.open(url, {
      opened: () => this.#tell({ kind: "opened", connection }),
      notOpened: () => this.#tell({ kind: "not_opened", connection }),
      received: (text) => this.#received(connection, readFrame(text)),
      closed: (code) => {
        log("info", "gateway_closed", { connection, code });
        this.#tell({ kind: "closed", connection, code });
      },
    });
  }

  #received(connection: number, frame: Frame): void {
    this.#lastEventAt = Date.now();
    if (frame.kind === "unknown") return log("info", "gateway_frame_unknown", { connection });
    if (frame.kind !== "dispatch") return void this.#tell({ ...frame, connection });
    const { name, seq, data } = frame;
    this.#arrivals.push({ name, seq, data, connection });
  }

  /** Starts everything that is due and sets the alarm for what is not. */
  #kick(notBefore = 0): void {
    this.#handover.kick(Date.now());
    if (this.#backfill.isDue) void this.#backfill.run();
    const newsAt = nextNewsAt(this.#ctx.storage.sql);
    if (newsAt !== null && newsAt <= Date.now()) void this.#news.run().then(() => this.#arm());
    this.#arm(notBefore);
  }

  #arm(notBefore = 0): void {
    const now = Date.now();
    const due = earliest(
      dueAt(this.#store.state),
      this.#handover.nextDueAt(now),
      this.#backfill.nextDueAt(now),
      nextNewsAt(this.#ctx.storage.sql),
    );
    const at = due === null ? null : Math.max(Math.ceil(due), notBefore, now);
    // Never later: one that comes early finds nothing due and sets itself anew.
    if (at !== null && this.#armedAt !== null && this.#armedAt <= at) return;
    this.#armedAt = at;
    clearTimeout(this.#timer);
    if (at === null) return void this.#ctx.storage.deleteAlarm();
    void this.#ctx.storage.setAlarm(at);
    const lateMs = at - now + GATEWAY_BOUNDS.alarmLateMs;
    if (lateMs <= GATEWAY_BOUNDS.timerMaxMs) this.#timer = setTimeout(() => void this.wake(), lateMs);
  }

  #settings(): DiscordSettings {
    const { discord } = this.#config();
    if (discord?.applicationId === this.#applicationId) return discord;
    const at = { channel: "discord", method: "gateway" };
    throw new ChannelError("channel_unreachable", at, "this application is not set any more");
  }

  #config(): Config {
    return readConfig(this.#env);
  }
}
