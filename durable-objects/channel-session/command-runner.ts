/** Carries out the commands that reach beyond the session: to the lane, another session's turn, or the directory. */
import { assertNever } from "../../protocol/assert.ts";
import { ACCESS_BOUNDS } from "../../protocol/bounds.ts";
import { StorageError } from "../../protocol/errors.ts";
import type { Inbound } from "../../protocol/inbound.ts";
import type { ConversationKey } from "../../protocol/session-key.ts";
import { textsFor } from "../../protocol/texts/language.ts";
import { within } from "../../worker/agentcore/deadline.ts";
import { errorFields, log } from "../../worker/log.ts";
import { agentDirectory, channelSession, jobScheduler } from "../../worker/objects.ts";
import { roleOf } from "./admission.ts";
import { answerWithNotice, enqueueText } from "./answer-rows.ts";
import { type EdgeCommand, edgeCommandOf } from "./command.ts";
import { hasAttempt } from "./command-attempt.ts";
import { answerBudget } from "./command-budget.ts";
import { answerConfig } from "./command-config.ts";
import { answerCron } from "./command-cron.ts";
import { answerHeartbeat } from "./command-heartbeat.ts";
import { type Errand, relearnPolicy } from "./command-errand.ts";
import { answerName } from "./command-name.ts";
import { answerLink } from "./command-link.ts";
import { answerPair } from "./command-pair.ts";
import { answerAtOnce, type FactsOfOthers, statusCard } from "./command-reply.ts";
import type { Said } from "./command-said.ts";
import { arrivalOf, markInbound, type OpenCommand, readOpenCommand, rewriteCommandAsPrompt } from "./inbox.ts";
import type { Notice } from "./notice.ts";
import type { SessionContext } from "./session-context.ts";
import type { TurnStore } from "./turn-store.ts";

type Stopping = Extract<EdgeCommand, { kind: "stop" | "new" }>;

export class CommandRunner {
  readonly #session: SessionContext;
  readonly #turns: TurnStore;
  #isRunning = false;

  constructor(session: SessionContext, turns: TurnStore) {
    this.#session = session;
    this.#turns = turns;
  }

  /** Carries out all open commands in order. Never rejects; every part can be repeated after a crash. */
  async run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      for (let open = this.#next(); open; open = this.#next()) await this.#carryOut(open);
    } catch (error) {
      log("warn", "command_failed", { session: this.#session.key, ...errorFields(error) });
    } finally {
      this.#isRunning = false;
    }
  }

  #next(): OpenCommand | null {
    return readOpenCommand(this.#session.sql);
  }

  async #carryOut(open: OpenCommand): Promise<void> {
    const { inbound, conversation } = open;
    const command = edgeCommandOf(inbound);
    switch (command?.kind) {
      case "stop":
      case "new":
        await this.#stop(open, command);
        break;
      case "pair":
        this.#answer(open, (await this.#refuse(open)) ?? (await answerPair(command, this.#errand(open))));
        break;
      case "status":
        this.#answer(open, statusCard(this.#session, this.#turns, open, await this.#factsOf(open), Date.now()));
        break;
      case "name": {
        const refusal = command.to === "" ? null : await this.#refuseInGroup(open);
        this.#answer(open, refusal ?? (await answerName(command.to, conversation, this.#errand(open))));
        break;
      }
      case "link":
        this.#answer(open, await answerLink(command, this.#errand(open)));
        break;
      case "budget": {
        const refusal = command.what === "own" ? null : await this.#refuse(open);
        this.#answer(open, refusal ?? (await answerBudget(command, conversation, this.#errand(open))));
        break;
      }
      case "config":
        this.#answer(open, (await this.#refuse(open)) ?? (await answerConfig(command.request, this.#errand(open))));
        break;
      case "cron":
        this.#answer(open, (await this.#refuse(open)) ?? (await answerCron(command.request, this.#errand(open))));
        break;
      case "heartbeat":
        this.#answer(open, (await this.#refuse(open)) ?? (await answerHeartbeat(command.request, this.#errand(open))));
        break;
      case "start":
      case "help":
      case "commands":
      case "whoami":
      case "model":
      case "setting":
        // Another release has left it here: this one needs nothing beyond the session for it.
        this.#turns.transact(() =>
          answerAtOnce(this.#session, this.#turns, { inbound, command, conversation }, Date.now()),
        );
        break;
      case "agent":
        // Another release took it for a command of the edge's.
        this.#turns.transact(() => this.#handOn(inbound, conversation));
        break;
      case undefined:
        this.#turns.transact(() => this.#handToAgent(open, inbound.text));
        break;
      default:
        return assertNever(command);
    }
    log("info", "command_run", { session: this.#session.key, message: inbound.id, command: command?.kind });
  }

  /**
   * The owner's commands, once more: it was taken in by what was known then, perhaps long ago. Null: they may; so may
   * who has begun it, lest nobody learns what became of it.
   */
  async #refuse(open: OpenCommand): Promise<Said | null> {
    const { sql, policy } = this.#session;
    const errand = this.#errand(open);
    if (hasAttempt(sql, errand.id)) return null;
    await relearnPolicy(errand);
    if (roleOf(open.inbound.sender, policy()) === "owner") return null;
    return { text: textsFor(errand.language).commands.ownerOnly };
  }

  /** What others know for the card. Null: they do not say, or whoever asks is not told; it is shown without. */
  async #factsOf({ inbound, conversation }: OpenCommand): Promise<FactsOfOthers> {
    const { env, ref, key, config, policy } = this.#session;
    const inTime = async <T>(asked: Promise<T>, step: string): Promise<T | null> => {
      const late = () => new StorageError("storage_unavailable", "the object does not answer");
      return await within(ACCESS_BOUNDS.policyAnswerMs, asked, late).catch((error: unknown) => {
        log("warn", step, { session: key, message: inbound.id, ...errorFields(error) });
        return null;
      });
    };
    const isOwners = inbound.chat.kind === "direct" && roleOf(inbound.sender, policy()) === "owner";
    const [about, jobs] = await Promise.all([
      inTime(this.#directory().describeConversation(conversation), "conversation_unknown"),
      isOwners ? inTime(jobScheduler(env, ref.agent, config()).schedulerStatus(), "jobs_unknown") : null,
    ]);
    return { about, jobs };
  }

  /** In a direct chat everybody decides, elsewhere the owner. */
  async #refuseInGroup(open: OpenCommand): Promise<Said | null> {
    return open.inbound.chat.kind === "direct" ? null : this.#refuse(open);
  }

  #errand({ inbound }: OpenCommand): Errand {
    const session = this.#session;
    return {
      session,
      directory: this.#directory(),
      id: inbound.id,
      sender: inbound.sender,
      language: session.languageOf(inbound.sender),
      now: Date.now(),
    };
  }

  /** The answer and the end of the command are one commit: it is said once. */
  #answer({ inbound }: OpenCommand, { text, buttons }: Said): void {
    const now = Date.now();
    this.#turns.transact(() => {
      markInbound(this.#session.sql, [inbound.id], { state: "answered" }, now);
      enqueueText(this.#session.sql, null, [inbound.id], text, this.#turns.rowContext(now), buttons);
    });
  }

  async #stop(open: OpenCommand, command: Stopping): Promise<void> {
    const { key, env } = this.#session;
    const directory = this.#directory();
    // Stopped before it is revoked: if we die in between, the next try still finds who holds the lane.
    const holder = await directory.laneHolder(open.conversation);
    if (holder && holder.session !== key) {
      await channelSession(env, holder.session, this.#session.config()).stopTurn(holder.turnId);
    }
    await directory.revokeTurn(open.conversation);
    if (command.kind === "new") await directory.startEpoch(open.conversation);
    this.#turns.transact(() => this.#finishStop(open, command, holder !== null));
  }

  #finishStop(open: OpenCommand, command: Stopping, wasHeld: boolean): void {
    const { inbound, before } = open;
    const wasRunning = wasHeld || this.#turns.state.turn !== null;
    this.#turns.advance({ kind: "stop", ids: before });
    if (command.kind === "new" && command.rest !== "") return this.#handToAgent(open, command.rest);
    // "Stop" without a slash was meant for us only if there was something to stop.
    const isWord = command.kind === "stop" && !inbound.text.trimStart().startsWith("/");
    if (isWord && !wasRunning) return this.#handToAgent(open, inbound.text);
    const now = Date.now();
    const notice: Notice =
      command.kind === "new" ? { kind: "new_conversation" } : { kind: "stopped", running: wasRunning };
    markInbound(this.#session.sql, [inbound.id], { state: "answered" }, now);
    answerWithNotice(this.#session.sql, null, [inbound.id], notice, this.#turns.rowContext(now));
  }

  /** What was a command becomes a message for the agent. */
  #handToAgent({ inbound, conversation }: OpenCommand, text: string): void {
    const { command: _command, ...prompt } = inbound;
    this.#handOn({ ...prompt, text }, conversation);
  }

  #handOn(prompt: Inbound, conversation: ConversationKey): void {
    rewriteCommandAsPrompt(this.#session.sql, prompt.id, prompt);
    this.#turns.advance(arrivalOf(prompt, conversation));
  }

  #directory() {
    return agentDirectory(this.#session.env, this.#session.ref.agent, this.#session.config());
  }
}
