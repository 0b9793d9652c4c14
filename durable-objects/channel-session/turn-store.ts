/**
 * The state of a session's turn and the rows that it is made of: each step of the machine is one transaction. What a
 * step asks for beyond its rows is handed out after the commit.
 */
import { failIfArmed } from "../../fail-points/fail-point.ts";
import type { Behaviour } from "../../protocol/access.ts";
import { TURN_BOUNDS } from "../../protocol/bounds.ts";
import type { Spent } from "../../protocol/budget.ts";
import { type InboundId, isTurnId, type TurnId } from "../../protocol/ids.ts";
import type { ContextUse, Usage } from "../../protocol/turn-event.ts";
import { OBJECT_BOUNDS } from "../bounds.ts";
import type { AnswerLimits } from "./answer-parts.ts";
import { loadState } from "./inbox.ts";
import { step } from "./machine.ts";
import type { AnswerContext } from "./answer-rows.ts";
import { commitStep, type IoEffect } from "./rows.ts";
import { isTaskSession, type SessionContext } from "./session-context.ts";
import { behaviourIn } from "./settings.ts";
import { readSettings } from "./settings-rows.ts";
import { noteSpending, type Spender } from "./spending.ts";
import type { Context, Event, State } from "./turn-state.ts";

/** For a session whose channel is not configured any more. */
const WITHOUT_CHANNEL: AnswerLimits = {
  textMax: OBJECT_BOUNDS.partMaxWithoutChannel,
  linesMax: null,
  captionMax: 0,
  filesMax: 1,
  fileMaxBytes: Number.MAX_SAFE_INTEGER,
  showsButtons: false,
};

/** Called after every commit, with the I/O that its steps asked for and the messages that they dropped; must not throw. */
type Committed = (effects: readonly IoEffect[], stopped: readonly InboundId[]) => void;

export class TurnStore {
  readonly #session: SessionContext;
  readonly #committed: Committed;
  #state: State;
  #usage: Usage | null = null;
  #contextUse: ContextUse | null = null;
  #asked: IoEffect[] = [];
  #stopped: InboundId[] = [];

  constructor(session: SessionContext, committed: Committed) {
    this.#session = session;
    this.#committed = committed;
    this.#state = loadState(session.sql);
  }

  get state(): State {
    return this.#state;
  }

  /** One event by itself. */
  dispatch(event: Event): void {
    this.transact(() => this.advance(event));
  }

  /** Runs `work` in one transaction; if it throws, state and rows are as before, and nothing was handed out. */
  transact<T>(work: () => T): T {
    const before = { state: this.#state, usage: this.#usage, contextUse: this.#contextUse };
    [this.#asked, this.#stopped] = [[], []];
    let result: T;
    try {
      result = this.#session.storage.transactionSync(work);
    } catch (error) {
      this.#state = before.state;
      this.#usage = before.usage;
      this.#contextUse = before.contextUse;
      throw error;
    }
    const [asked, stopped] = [this.#asked, this.#stopped];
    [this.#asked, this.#stopped] = [[], []];
    this.#committed(asked, stopped);
    return result;
  }

  /** One step inside a transaction. */
  advance(event: Event): void {
    const behaviour = () => this.#behaviour();
    const release = () => this.#session.config().release;
    const context: Context = {
      now: Date.now(),
      nextTurnId: newTurnId(),
      turnMaxMs: isTaskSession(this.#session) ? TURN_BOUNDS.jobTurnMaxMs : TURN_BOUNDS.turnMaxMs,
      // Read only when it is asked for: an alarm must work before the directory has said anything.
      get queue() {
        return behaviour().queue;
      },
      // Only for a grant: a turn can be stopped while a setting is wrong.
      get release() {
        return release();
      },
    };
    const next = step(this.#state, event, context);
    const left = commitStep(this.#session.sql, this.#state.turn, next, this.rowContext(context.now));
    FAIL_POINTS && event.kind === "final" && failIfArmed("answer.write");
    if (next.state.turn?.turnId !== this.#state.turn?.turnId) {
      this.#usage = null;
      this.#contextUse = null;
    }
    if (event.kind === "stop") this.#stopped.push(...stoppedIn(this.#state, event.ids));
    this.#state = next.state;
    this.#asked.push(...left);
  }

  rowContext(now: number): AnswerContext {
    return {
      now,
      limits: this.#session.channel()?.limits ?? WITHOUT_CHANNEL,
      newButtonId: () => crypto.randomUUID(),
      isTask: isTaskSession(this.#session),
      mayStaySilent: this.#session.ref.chatKind !== "direct",
      usage: this.#usage,
      contextUse: this.#contextUse,
      usageFooter: () => this.#behaviour().usage,
      languageOf: (sender) => this.#session.languageOf(sender),
    };
  }

  #behaviour(): Behaviour {
    return behaviourIn(readSettings(this.#session.sql), this.#session.policy());
  }

  /** Adds what a model call of a turn used: told below its answer, and to the directory, which keeps the budget. */
  noteUsage(spender: Spender, usage: Usage, total: Spent | undefined): void {
    const isCurrent = this.#state.turn?.turnId === spender.turnId;
    if (isCurrent && usage.inputTokens + usage.outputTokens > 0) this.#usage = addUsage(this.#usage, usage);
    noteSpending(this.#session.sql, spender, usage, total, Date.now());
  }

  /** How full the model's window is after the current turn; stored when it ends. */
  noteContext(context: ContextUse): void {
    this.#contextUse = context;
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

function stoppedIn({ open }: State, ids: readonly InboundId[]): readonly InboundId[] {
  return open.flatMap(({ id }) => (ids.includes(id) ? id : []));
}
