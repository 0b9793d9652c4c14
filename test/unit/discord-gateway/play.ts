/** Plays events to the machine of the Gateway, one after the other. */
import {
  type ConnectionEvent,
  type Context,
  dueAt,
  type Effect,
  EMPTY_STATE,
  type Event,
  type Phase,
  type State,
} from "../../../durable-objects/discord-gateway/gateway-state.ts";
import { step } from "../../../durable-objects/discord-gateway/machine.ts";

export const URL = "wss://gateway.discord.gg";
export const RESUME_URL = "wss://gateway-us-east1-b.discord.gg";
export const HELLO_MS = 41_250;

type WithoutConnection<T> = T extends unknown ? Omit<T, "connection"> : never;

export class Play {
  static readonly READY = {
    seq: 1,
    session: { id: "session", resumeUrl: RESUME_URL },
    self: { applicationId: "1", userId: "2", username: "claw" },
  } as const;

  state: State = EMPTY_STATE;
  now = 1_900_000_000_000;
  random = 0;
  hasRoom = true;
  wanted: string | null = "settings";

  static ready({ random = 0, intervalMs = HELLO_MS } = {}): Play {
    const play = new Play();
    play.random = random;
    play.connect(intervalMs);
    play.tell({ kind: "ready", ...Play.READY });
    return play;
  }

  get context(): Context {
    return { now: this.now, random: this.random, wanted: this.wanted, hasRoom: this.hasRoom };
  }

  pass(ms: number): void {
    this.now += ms;
  }

  play(event: Event): readonly Effect[] {
    const next = step(this.state, event, this.context);
    this.state = next.state;
    return next.effects;
  }

  /** Something comes of the present connection. */
  tell(event: WithoutConnection<ConnectionEvent>): readonly Effect[] {
    return this.play({ connection: this.state.connection, ...event });
  }

  wake({ isHeld = true, wanted = this.wanted } = {}): readonly Effect[] {
    this.wanted = wanted;
    return this.play({ kind: "wake", isHeld });
  }

  /** The alarm goes off when it is due. */
  wakeAtDue(): readonly Effect[] {
    this.now = Math.max(this.now, dueAt(this.state) ?? this.now);
    return this.wake();
  }

  /** From nothing, or from between two connections, to where Hello was answered. */
  connect(intervalMs = HELLO_MS): void {
    this.connectUpTo("greeting");
    this.tell({ kind: "hello", intervalMs });
  }

  connectUpTo(phase: Phase): void {
    const events: readonly (() => void)[] = [
      () => this.wakeAtDue(),
      () => this.tell({ kind: "located", url: URL, remaining: 1, resetAfterMs: 0 }),
      () => this.tell({ kind: "opened" }),
      () => this.tell({ kind: "hello", intervalMs: HELLO_MS }),
    ];
    for (const event of events) if (this.state.phase !== phase) event();
  }
}
