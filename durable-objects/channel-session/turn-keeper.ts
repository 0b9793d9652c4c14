/**
 * Keeps the turn of a session: commits each step of the machine together with its rows, then starts the I/O that the
 * step asked for. What the I/O brings back is the next event.
 */
import { reach, strike } from "../../fail-points/fail-point.ts";
import { assertNever } from "../../protocol/assert.ts";
import { isTurnId, type TurnId } from "../../protocol/ids.ts";
import type { Usage } from "../../protocol/turn-event.ts";
import { errorFields, log } from "../../worker/log.ts";
import { agentDirectory } from "../../worker/objects.ts";
import { AgentLink } from "./agent-link.ts";
import { GrowingAnswer } from "./growing-answer.ts";
import { loadState, readInbound, readTurnMessages } from "./inbox.ts";
import { step } from "./machine.ts";
import type { Event, State, Turn } from "./turn-state.ts";
import { commitStep, type IoEffect, type RowContext } from "./rows.ts";
import type { SessionContext } from "./session-context.ts";
import { type ActiveRun, startRun } from "./turn-run.ts";

/** Part size for a session whose channel is not configured any more: the smallest of all platforms. */
const TEXT_MAX_WITHOUT_CHANNEL = 2_000;

export class TurnKeeper {
  readonly #session: SessionContext;
  /** Called after every commit: something may have become due. */
  readonly #afterCommit: () => void;
  #state: State;
  #run: ActiveRun | null = null;
  #agent: AgentLink | null = null;
  #usage: Usage | null = null;
  #started: IoEffect[] = [];

  constructor(session: SessionContext, afterCommit: () => void) {
    this.#session = session;
    this.#afterCommit = afterCommit;
    this.#state = loadState(session.sql);
  }

  get state(): State {
    return this.#state;
  }

  /** Whether this instance reads the stream of the current turn. */
  get isReading(): boolean {
    const { turn } = this.#state;
    return turn !== null && this.#run?.turnId === turn.turnId && this.#run.fence === turn.fence;
  }

  /** One event by itself. */
  dispatch(event: Event): void {
    this.transact(() => this.advance(event));
  }

  /** Runs `work` in one transaction; if it throws, state and rows are as before, and nothing was started. */
  transact<T>(work: () => T): T {
    const before = this.#state;
    this.#started = [];
    let result: T;
    try {
      result = this.#session.storage.transactionSync(work);
    } catch (error) {
      this.#state = before;
      throw error;
    }
    const started = this.#started;
    this.#started = [];
    for (const effect of started) this.#start(effect);
    this.#afterCommit();
    return result;
  }

  /** One step inside a transaction. */
  advance(event: Event): void {
    const context = { now: Date.now(), nextTurnId: newTurnId() };
    const next = step(this.#state, event, context);
    const left = commitStep(this.#session.sql, this.#state.turn, next, this.rowContext(context.now));
    FAIL_POINTS && event.kind === "final" && strike("answer.write");
    if (next.state.turn?.turnId !== this.#state.turn?.turnId) this.#usage = null;
    this.#state = next.state;
    this.#started.push(...left);
  }

  rowContext(now: number): RowContext {
    return {
      now,
      textMax: this.#session.channel()?.limits.textMax ?? TEXT_MAX_WITHOUT_CHANNEL,
      mayStaySilent: this.#session.ref.chatKind !== "direct",
      usage: this.#usage,
    };
  }

  #start(effect: IoEffect): void {
    switch (effect.kind) {
      case "ask_lane":
        return this.#background(effect.kind, effect.turnId, this.#askLane(effect));
      case "release_lane":
        return this.#background(effect.kind, effect.turnId, this.#releaseLane(effect));
      case "run":
        return this.#read(effect.turn, effect.resume);
      case "steer":
        return this.#background(effect.kind, effect.turn.turnId, this.#steer(effect));
      case "abort":
        this.#run?.close();
        return this.#background(effect.kind, effect.turn.turnId, this.#link().abort(effect.turn));
      default:
        return assertNever(effect);
    }
  }

  /** I/O whose failure needs no event: the machine asks again by its own timers. */
  #background(step: string, turn: TurnId, work: Promise<void>): void {
    work.catch((error: unknown) =>
      log("warn", `${step}_failed`, { session: this.#session.key, turn, ...errorFields(error) }),
    );
  }

  async #askLane({ conversation, turnId, above }: Extract<IoEffect, { kind: "ask_lane" }>): Promise<void> {
    FAIL_POINTS && (await reach("lane.asking", { session: this.#session.key }));
    const reply = await this.#directory().beginTurn(conversation, turnId, this.#session.key, above);
    FAIL_POINTS && (await reach("lane.granted", { session: this.#session.key }));
    const ids = { session: this.#session.key, conversation, turn: turnId };
    if (reply.kind === "granted") {
      log("info", "turn_granted", { ...ids, fence: reply.fence });
      this.dispatch({ kind: "granted", conversation, turnId, fence: reply.fence, epoch: reply.epoch });
    } else {
      log("info", "turn_waits", ids);
      this.dispatch({ kind: "busy", turnId });
    }
  }

  async #releaseLane({ conversation, turnId, fence }: Extract<IoEffect, { kind: "release_lane" }>): Promise<void> {
    await this.#directory().endTurn(conversation, turnId, fence);
  }

  async #steer({ turn, id }: Extract<IoEffect, { kind: "steer" }>): Promise<void> {
    const [message] = readInbound(this.#session.sql, [id]);
    if (!message) return;
    const { status } = await this.#link().steer(turn, message);
    log("info", "message_steered", { session: this.#session.key, turn: turn.turnId, message: id, status });
    this.dispatch({ kind: "steered", turnId: turn.turnId, fence: turn.fence, id, status });
  }

  #read(turn: Turn, resume: boolean): void {
    this.#run?.close();
    const { sql, key } = this.#session;
    const link = this.#link();
    const messages = readTurnMessages(sql, turn.turnId);
    const [first] = messages;
    if (!first) throw new Error("a turn without messages was granted");
    const ids = { session: key, turn: turn.turnId, fence: turn.fence };
    log("info", resume ? "turn_resumed" : "turn_started", { ...ids, messages: messages.length });
    const run = startRun(turn, {
      ids,
      runtime: link.runtime,
      answer: new GrowingAnswer(this.#screen(turn, first.replyTo)),
      prepare: () => link.prepare(turn, messages, resume),
      dispatch: (event) => this.dispatch(event),
      noteUsage: (usage) => void (this.#usage = addUsage(this.#usage, usage)),
      renew: async () => {
        const reply = await this.#directory().renewTurn(turn.conversation, turn.turnId, turn.fence);
        return reply.kind !== "lost";
      },
    });
    this.#run = run;
    void run.done
      .catch((error: unknown) => log("error", "run_broken", { ...ids, ...errorFields(error) }))
      .then(() => {
        if (this.#run === run) this.#run = null;
      });
  }

  #screen(turn: Turn, to: Parameters<NonNullable<ReturnType<SessionContext["channel"]>>["preview"]>[0]) {
    const channel = this.#session.channel();
    const { turnId } = turn;
    return {
      showsText: channel?.limits.previewsText(to.chatKind) ?? false,
      everyMs: channel?.limits.previewEveryMs ?? 0,
      show: async (text: string, handle: { readonly shownText: string } | undefined) =>
        (await channel?.preview(to, { turnId, text, ...(handle && { handle }) })) ?? { shownText: text },
    };
  }

  #link(): AgentLink {
    this.#agent ??= new AgentLink(this.#session.config(), this.#session.ref.agent);
    return this.#agent;
  }

  #directory() {
    return agentDirectory(this.#session.env, this.#session.ref.agent, this.#session.config());
  }
}

function newTurnId(): TurnId {
  const id = `turn-${crypto.randomUUID()}`;
  if (!isTurnId(id)) throw new Error("a UUID is no turn id");
  return id;
}

function addUsage(sum: Usage | null, more: Usage): Usage {
  if (!sum) return more;
  return {
    model: more.model,
    inputTokens: sum.inputTokens + more.inputTokens,
    outputTokens: sum.outputTokens + more.outputTokens,
    cacheReadTokens: sum.cacheReadTokens + more.cacheReadTokens,
    cacheWriteTokens: sum.cacheWriteTokens + more.cacheWriteTokens,
    costUsd: sum.costUsd + more.costUsd,
  };
}
