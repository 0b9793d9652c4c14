/**
 * The Gateway object with all its parts, and what its one alarm stands for. When to connect is decided in `machine.ts`, what
 * an event is to us in `take.ts`.
 */
import { registerEviction } from "../../fail-points/fail-point.ts";
import { assertNever } from "../../protocol/assert.ts";
import { type Config, readConfig } from "../../worker/config.ts";
import { errorFields, log } from "../../worker/log.ts";
import { earliest } from "../lib/earliest.ts";
import { Arrivals, type ConnectedArrival } from "./arrivals.ts";
import { GATEWAY_BOUNDS } from "./bounds.ts";
import { type Frame, readFrame, writeFrame } from "./frame.ts";
import { type Context, dueAt, type Event } from "./gateway-state.ts";
import { GatewayStore, type IoEffect } from "./gateway-store.ts";
import { Line } from "./line.ts";
import { locate } from "./locate.ts";
import { readReady } from "./ready.ts";
import { readWanted, type Wanted } from "./wanted.ts";

export class LiveGateway {
  readonly #ctx: DurableObjectState;
  readonly #config: () => Config;
  readonly #applicationId: string;
  readonly #store: GatewayStore;
  readonly #arrivals: Arrivals;
  #wanted: Wanted | null = null;
  /** The try to connect, or the connection, that this instance has. */
  #line: Line | null = null;
  /** When the alarm goes off, as far as this instance knows. */
  #armedAt: number | null = null;

  constructor(ctx: DurableObjectState, env: Env, applicationId: string) {
    this.#ctx = ctx;
    this.#config = () => readConfig(env);
    this.#applicationId = applicationId;
    FAIL_POINTS && registerEviction(applicationId, () => ctx.abort("evicted by the fault suite"));
    this.#store = new GatewayStore(ctx.storage, {
      context: () => this.#context(),
      write: () => {},
      committed: (effects) => this.#start(effects),
    });
    this.#arrivals = new Arrivals({
      take: (arrival) => this.#take(arrival),
      giveBack: ({ connection }) => this.#tell({ kind: "not_stored", connection }),
    });
  }

  /** Does whatever is due, and sets the alarm for what is not. Never rejects. */
  async wake(): Promise<void> {
    this.#armedAt = null;
    let notBefore = 0;
    try {
      this.#wanted = await readWanted(this.#config().discord, this.#applicationId);
      const isHeld = this.#line !== null && this.#store.isCurrent(this.#line);
      this.#store.dispatch({ kind: "wake", isHeld });
    } catch (error) {
      log("error", "gateway_wake_failed", errorFields(error));
      notBefore = Date.now() + GATEWAY_BOUNDS.wakeRetryMs;
    } finally {
      this.#arm(notBefore);
    }
  }

  /** Ends the connection and the session, until it is woken with settings that want one. */
  stop(): void {
    this.#store.dispatch({ kind: "stop" });
  }

  #context(): Context {
    return { now: Date.now(), random: Math.random(), wanted: this.#wanted?.mark ?? null, hasRoom: true };
  }

  /** One event of a connection. What cannot be committed is found by the alarm. */
  #tell(event: Event): void {
    const before = this.#store.state.phase;
    try {
      this.#store.dispatch(event);
    } catch (error) {
      log("error", "gateway_step_failed", { event: event.kind, ...errorFields(error) });
    }
    const { phase, connection } = this.#store.state;
    if (phase !== before) log("info", "gateway_phase", { phase, before, event: event.kind, connection });
  }

  #start(effects: readonly IoEffect[]): void {
    for (const effect of effects) this.#startOne(effect);
    this.#arm();
  }

  #startOne(effect: IoEffect): void {
    const wanted = this.#wanted;
    switch (effect.kind) {
      case "close":
        this.#line?.close(effect.code);
        this.#line = null;
        this.#arrivals.clear();
        return;
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

  async #locate(wanted: Wanted, connection: number): Promise<void> {
    this.#line = new Line(connection);
    this.#tell(await locate(wanted, connection));
  }

  #connect(connection: number, url: string): void {
    if (this.#line?.connection !== connection) this.#line = new Line(connection);
    void this.#line.open(url, {
      opened: () => this.#tell({ kind: "opened", connection }),
      notOpened: () => this.#tell({ kind: "not_opened", connection }),
      received: (text) => this.#received(connection, readFrame(text)),
      closed: (code) => this.#tell({ kind: "closed", connection, code }),
    });
  }

  #received(connection: number, frame: Frame): void {
    if (frame.kind === "unknown") return log("info", "gateway_frame_unknown", { connection });
    if (frame.kind !== "dispatch") return this.#tell({ ...frame, connection });
    const { name, seq, data } = frame;
    this.#arrivals.push({ name, seq, data, connection });
  }

  async #take({ name, seq, data, connection }: ConnectedArrival): Promise<void> {
    if (!this.#store.isCurrent({ connection })) return;
    if (name === "RESUMED") return this.#tell({ kind: "resumed", connection, seq });
    if (name !== "READY") return this.#tell({ kind: "dispatched", connection, seq, isStored: false });
    const ready = readReady(data);
    if (!ready) throw new Error("READY cannot be read");
    this.#tell({ kind: "ready", connection, seq, ...ready });
  }

  #arm(notBefore = 0): void {
    const due = earliest(dueAt(this.#store.state));
    if (due === null) return void this.#ctx.storage.deleteAlarm();
    const at = Math.max(Math.ceil(due), notBefore, Date.now());
    // Never later: one that comes early finds nothing due and sets itself anew.
    if (this.#armedAt !== null && this.#armedAt <= at) return;
    this.#armedAt = at;
    void this.#ctx.storage.setAlarm(at);
  }
}
