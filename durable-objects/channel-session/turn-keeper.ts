/**
 * Keeps the turn of a session going: starts the I/O that a committed step asked for. What the I/O brings back is the
 * next event. I/O that fails or dies with the instance is asked for anew by the machine's timers.
 */
import { reach } from "../../fail-points/fail-point.ts";
import { assertNever } from "../../protocol/assert.ts";
import type { SessionPolicy } from "../../protocol/access.ts";
import type { TurnOrigin } from "../agent-directory/object.ts";
import { TURN_BOUNDS } from "../../protocol/bounds.ts";
import type { TurnSpend } from "../../protocol/budget.ts";
import type { TurnId } from "../../protocol/ids.ts";
import type { Inbound } from "../../protocol/inbound.ts";
import { type ConversationKey, parseConversationKey } from "../../protocol/session-key.ts";
import { spaceKind, spaceOf } from "../../protocol/space.ts";
import { errorFields, log } from "../../worker/log.ts";
import { agentDirectory } from "../../worker/objects.ts";
import { answerWithNotice } from "./answer-rows.ts";
import { isHeardIn } from "../../protocol/access.ts";
import type { EdgeToken } from "../agent-directory/rpc-gate.ts";
import { AgentLink } from "./agent-link.ts";
import { bringIn } from "./attachments.ts";
import { agentCommandOf, needsNoModel } from "./command.ts";
import { titleOf } from "./envelope.ts";
import { GrowingAnswer } from "./growing-answer.ts";
import { readInbound, readTurnMessages } from "./inbox.ts";
import type { Pace } from "./pace.ts";
import { reportChecklist } from "./report.ts";
import { type IoEffect, readLastTurn, readOutcome } from "./rows.ts";
import { isTaskSession, type SessionContext } from "./session-context.ts";
import { behaviourIn } from "./settings.ts";
import { readSettings } from "./settings-rows.ts";
import { putOffSpending, readSpending, settleSpending, spentBy } from "./spending.ts";
import { messagesOfTurn } from "./turn-messages.ts";
import { type ActiveRun, startRun } from "./turn-run.ts";
import type { RunRef, Turn, TurnRef } from "./turn-state.ts";
import { turnScreen } from "./turn-screen.ts";
import type { TurnStore } from "./turn-store.ts";

export class TurnKeeper {
  readonly #session: SessionContext;
  readonly #turns: TurnStore;
  #run: ActiveRun | null = null;
  #agent: AgentLink | null = null;
  /** By which the turn that was granted last calls the edge; in memory only. */
  #edgeToken: (RunRef & EdgeToken) | null = null;
  #steering = Promise.resolve();
  #hasSettled = false;
  /** What is shown of the turn that waits or runs. */
  #answer: GrowingAnswer | null = null;
  /** Previews of what was shown before, that may still be under way. */
  #shownBefore: Promise<unknown> = Promise.resolve();
  #shownTurn: TurnId | null = null;
  readonly #pace: Pace;
  readonly #kick: () => void;
  readonly #bornAt: number;

  /** `kick` is called when a row was written that is to be sent. */
  constructor(session: SessionContext, turns: TurnStore, pace: Pace, kick: () => void, now: number) {
    this.#bornAt = now;
    this.#session = session;
    this.#turns = turns;
    this.#pace = pace;
    this.#kick = kick;
  }

  /** Resolves when no preview is under way. Never rejects. */
  async settled(): Promise<void> {
    await Promise.all([this.#shownBefore, this.#answer?.settled()]);
  }

  /** Whether this instance reads the stream of the current turn. */
  get isReading(): boolean {
    const { turn } = this.#turns.state;
    return turn !== null && this.#run?.turnId === turn.turnId && this.#run.fence === turn.fence;
  }

  /**
   * Once per instance: gives the lane of the last turn back, and stops what was stopped, in case an instance died
   * between the end of a turn and these calls. Doing them twice does no harm.
   */
  settleLast(now: number): void {
    if (this.#hasSettled) return;
    this.#hasSettled = true;
    const last = readLastTurn(this.#session.sql);
    // Later the lease is over, and an abort would only start a runtime session anew.
    if (!last || last.endedAt >= this.#bornAt || now - last.endedAt > TURN_BOUNDS.leaseMs) return;
    const { turnId, conversation, outcome } = last;
    this.#background("release_lane", turnId, this.#leaveLane(conversation, turnId));
    if (outcome === "stopped" && last.fence > 0) this.start([{ kind: "abort", turn: last }]);
  }

  /** Starts what a commit asked for. Never throws: what cannot be started is the same as what gets lost. */
  start(effects: readonly IoEffect[]): void {
    if (this.#shownTurn !== this.#turns.state.turn?.turnId) this.#answer?.stop();
    for (const effect of effects) {
      try {
        this.#start(effect);
      } catch (error) {
        log("error", `${effect.kind}_not_started`, { session: this.#session.key, ...errorFields(error) });
      }
    }
  }

  #start(effect: IoEffect): void {
    switch (effect.kind) {
      case "ask_lane":
        this.#showWaiting(effect.turnId);
        return this.#background(effect.kind, effect.turnId, this.#askLane(effect));
      case "release_lane":
        return this.#background(effect.kind, effect.turnId, this.#releaseLane(effect));
      case "run":
        return this.#read(effect.turn, effect.resume);
      case "steer":
        // One after the other, so that they are read in the order in which they were written.
        this.#steering = this.#steering.catch(() => {}).then(() => this.#steer(effect));
        return this.#background(effect.kind, effect.turn.turnId, this.#steering);
      case "abort":
        this.#run?.close();
        return this.#background(effect.kind, effect.turn.turnId, this.#abort(effect.turn));
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

  async #askLane({ conversation, turnId, above, needs }: Extract<IoEffect, { kind: "ask_lane" }>): Promise<void> {
    const { key, sql } = this.#session;
    const { formerChats } = readSettings(sql);
    FAIL_POINTS && (await reach("lane.asking", { session: key }));
    const spends = readSpending(sql);
    const spent = spentBy(sql, turnId);
    const origin = { ...this.#originOf(turnId), needs: needs ?? null, spends };
    const asked = this.#directory().beginTurn(conversation, turnId, key, above, formerChats, origin);
    const reply = await asked.catch((error: unknown) => {
      // A directory that a newer release wrote will not answer soon: it is asked as seldom as a busy one.
      if (errorFields(error).code === "storage_schema_newer") this.#turns.dispatch({ kind: "busy", turnId });
      throw error;
    });
    FAIL_POINTS && (await reach("lane.granted", { session: this.#session.key }));
    this.#told(spends);
    const ids = { session: this.#session.key, conversation, turn: turnId };
    if (reply.kind === "refused") {
      log("warn", "turn_refused", ids);
      this.#session.learnPolicy(reply.policy);
      this.#drop(turnId, conversation, reply.policy);
    } else if (reply.kind === "granted") {
      this.#session.learnPolicy(reply.policy);
      log("info", "turn_granted", { ...ids, fence: reply.fence });
      this.#dropUnheard(conversation, reply.policy);
      this.#edgeToken = { turnId, fence: reply.fence, token: reply.edgeToken, verbs: reply.edgeVerbs };
      const { fence, epoch, budget } = reply;
      this.#turns.dispatch({ kind: "granted", conversation, turnId, fence, epoch, budget, spent });
    } else if (reply.kind === "unpaid") {
      // Background work has its next time anyway, and nobody who waits for it.
      // Nobody is busy with it for now.
      this.#answer?.stop();
      this.#turns.dispatch({ kind: "unpaid", turnId, unpaid: reply, isFinal: isTaskSession(this.#session) });
    } else {
      log("info", "turn_waits", ids);
      this.#turns.dispatch({ kind: "busy", turnId });
    }
  }

  /** As the directory is to know it. A command is about the conversation that there is. */
  #originOf(turnId: TurnId): Pick<TurnOrigin, "title" | "isFree" | "isOpening"> {
    const { state } = this.#turns;
    const [first] = readInbound(this.#session.sql, messagesOfTurn(state).slice(0, 1));
    if (!first || state.turn?.turnId !== turnId) return { title: null, isFree: false, isOpening: false };
    const isByPerson = first.sender.isBot !== true && first.task === undefined && agentCommandOf(first) === null;
    return { title: titleOf(first), isFree: needsNoModel(first), isOpening: state.turn.fence === 0 && isByPerson };
  }

  /** Whoever wrote may not speak any more: nothing they wrote is answered. Who only moved on is asked to write again. */
  #drop(turnId: TurnId, conversation: ConversationKey, { access }: SessionPolicy): void {
    const { turn, open } = this.#turns.state;
    if (turn?.turnId !== turnId) return;
    const ids = open.filter((message) => message.conversation === conversation).map(({ id }) => id);
    this.#turns.transact(() => {
      this.#turns.advance({ kind: "stop", ids });
      const isHeard = access.kind === "admitted" || (access.kind === "group" && access.listens);
      if (!isHeard || ids.length === 0) return;
      const notice = { kind: "failed", code: "access_changed" } as const;
      answerWithNotice(this.#session.sql, turnId, ids, notice, this.#turns.rowContext(Date.now()));
    });
  }

  /** Whoever in a group was taken off the list since they wrote is not answered either. The rest has its turn anew. */
  #dropUnheard(conversation: ConversationKey, { access }: SessionPolicy): void {
    if (access.kind !== "group") return;
    const open = this.#turns.state.open.filter((message) => message.conversation === conversation);
    const waiting = open.filter(({ state }) => state === "accepted").map(({ id }) => id);
    const unheard = readInbound(this.#session.sql, waiting).filter(({ sender }) => !isHeardIn(access, sender));
    if (unheard.length === 0) return;
    log("warn", "messages_unheard", { session: this.#session.key, conversation, messages: unheard.length });
    this.#turns.dispatch({ kind: "stop", ids: unheard.map(({ id }) => id) });
  }

  async #releaseLane({ conversation, turnId, fence }: Extract<IoEffect, { kind: "release_lane" }>): Promise<void> {
    await this.#tell((spends) => this.#directory().endTurn(conversation, turnId, fence, spends));
  }

  /** Whatever the turn was granted last: the grant may have come when it was over. */
  async #leaveLane(conversation: ConversationKey, turnId: TurnId): Promise<void> {
    await this.#tell((spends) => this.#directory().leaveLane(conversation, turnId, spends));
  }

  /** Tells the directory what was used, if no other call has taken it along. Never rejects. */
  async tellSpending(): Promise<void> {
    const { sql, key } = this.#session;
    putOffSpending(sql, Date.now());
    try {
      await this.#tell((spends) => this.#directory().settleSpends(spends));
    } catch (error) {
      log("warn", "spending_not_told", { session: key, ...errorFields(error) });
    }
  }

  /** A call that takes along what was used: once it is answered, the directory has that. */
  async #tell(call: (spends: readonly TurnSpend[]) => PromiseLike<unknown>): Promise<void> {
    const spends = readSpending(this.#session.sql);
    await call(spends);
    this.#told(spends);
  }

  #told(spends: readonly TurnSpend[]): void {
    settleSpending(this.#session.sql, spends, this.#turns.state.turn?.turnId ?? null);
  }

  async #steer({ turn, id }: Extract<IoEffect, { kind: "steer" }>): Promise<void> {
    const [message] = readInbound(this.#session.sql, [id]);
    if (!message) return;
    const [whole = message] = await this.#bringIn(turn, [message]);
    const { status } = await this.link.steer(turn, whole);
    log("info", "message_steered", { session: this.#session.key, turn: turn.turnId, message: id, status });
    this.#turns.dispatch({ kind: "steered", turnId: turn.turnId, fence: turn.fence, id, status });
  }

  #bringIn({ conversation }: Turn, messages: readonly Inbound[]): Promise<readonly Inbound[]> {
    return bringIn(this.#session, messages, (name, file, signal) => this.link.store(conversation, name, file, signal));
  }

  #read(turn: Turn, resume: boolean): void {
    this.#run?.close();
    const { sql, key } = this.#session;
    const link = this.link;
    const granted = this.#edgeToken;
    const isOfTurn = granted?.turnId === turn.turnId && granted.fence === turn.fence;
    const edgeToken = isOfTurn ? granted : null;
    const messages = readTurnMessages(sql, turn.turnId);
    const [first] = messages;
    if (!first) throw new Error("a turn without messages was granted");
    const spender = { turnId: turn.turnId, conversation: turn.conversation, kind: first.task?.kind ?? "chat" } as const;
    const ids = { session: key, turn: turn.turnId, fence: turn.fence };
    log("info", resume ? "turn_resumed" : "turn_started", { ...ids, messages: messages.length });
    const run = startRun(turn, {
      ids,
      runtime: link.runtime,
      answer: this.#showTurn(turn.turnId, first),
      prepare: async () => {
        const behaviour = behaviourIn(readSettings(sql), this.#session.policy());
        return link.prepare(turn, await this.#bringIn(turn, messages), behaviour, { resume, edgeToken });
      },
      dispatch: (event) => this.#turns.dispatch(event),
      noteUsage: (usage, total) => this.#turns.noteUsage(spender, usage, total),
      noteContext: (context) => this.#turns.noteContext(context),
      noteChecklist: (hash) => {
        const ref = parseConversationKey(turn.conversation);
        if (ref.ok && spaceKind(spaceOf(ref.value)) === "owner") reportChecklist(sql, hash, Date.now());
      },
      renew: async () => {
        const { conversation, turnId, fence } = turn;
        const spends = readSpending(sql);
        const reply = await this.#directory().renewTurn(conversation, turnId, fence, spends);
        this.#told(spends);
        return reply.kind !== "lost";
      },
    });
    this.#run = run;
    void run.done
      .catch((error: unknown) => log("error", "run_broken", { ...ids, ...errorFields(error) }))
      .then(() => {
        if (this.#run === run) this.#run = null;
        this.#background("leave_runtime", turn.turnId, this.#leave(turn, "finished"));
      });
  }

  async #abort(turn: TurnRef): Promise<void> {
    await this.link.abort(turn);
    await this.#leave(turn, "stopped");
  }

  /**
   * Ends the runtime session of a turn that is over, if it is that of another release: nobody goes on there, and after a
   * rollback nobody may find a process there that was started anew with newer code.
   */
  async #leave(turn: TurnRef, end: "finished" | "stopped"): Promise<void> {
    if (turn.release === undefined || turn.release === this.#session.config().release) return;
    const outcome = readOutcome(this.#session.sql, turn.turnId);
    if (outcome !== null && (outcome === "stopped") === (end === "stopped")) await this.link.endSession(turn);
  }

  /** Shows that we are busy, from the moment on that a turn waits for its lane. */
  #showWaiting(turnId: TurnId): void {
    if (this.#shownTurn === turnId) return;
    const [first] = readInbound(this.#session.sql, messagesOfTurn(this.#turns.state).slice(0, 1));
    if (first) this.#showTurn(turnId, first);
  }

  #showTurn(turnId: TurnId, first: Inbound): GrowingAnswer {
    this.#answer?.stop();
    this.#shownBefore = this.settled();
    const isCurrent = () => this.#turns.state.turn?.turnId === turnId;
    const ports = { session: this.#session, pace: this.#pace, isCurrent, kick: this.#kick };
    const answer = new GrowingAnswer(turnScreen(ports, turnId, first));
    this.#answer = answer;
    this.#shownTurn = turnId;
    return answer;
  }

  /** The session's way to the agent. */
  get link(): AgentLink {
    this.#agent ??= new AgentLink(this.#session.config(), this.#session.ref.agent);
    return this.#agent;
  }

  #directory() {
    return agentDirectory(this.#session.env, this.#session.ref.agent, this.#session.config());
  }
}
