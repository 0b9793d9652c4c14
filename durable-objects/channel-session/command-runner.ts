/** Carries out `/stop` and `/new`, which reach beyond the session: the lane, and perhaps another session's turn. */
import { errorFields, log } from "../../worker/log.ts";
import { agentDirectory, channelSession } from "../../worker/objects.ts";
import { enqueueText } from "./answer-rows.ts";
import { type EdgeCommand, edgeCommandOf } from "./command.ts";
import { markInbound, type OpenCommand, readOpenCommand, rewriteCommandAsPrompt } from "./inbox.ts";
import { type Notice, renderNotice } from "./notice.ts";
import type { SessionContext } from "./session-context.ts";
import type { TurnStore } from "./turn-store.ts";

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
    const { key, ref, env } = this.#session;
    const config = this.#session.config();
    const directory = agentDirectory(env, ref.agent, config);
    const command = edgeCommandOf(open.inbound);
    // Stopped before it is revoked: if we die in between, the next try still finds who holds the lane.
    const holder = await directory.laneHolder(open.conversation);
    if (holder && holder.session !== key) await channelSession(env, holder.session, config).stopTurn(holder.turnId);
    await directory.revokeTurn(open.conversation);
    if (command?.kind === "new") await directory.startEpoch(open.conversation);
    log("info", "command_run", { session: key, message: open.inbound.id, command: command?.kind });
    this.#turns.transact(() => this.#finish(open, command, holder !== null));
  }

  #finish({ inbound, conversation, before }: OpenCommand, command: EdgeCommand | null, wasHeld: boolean): void {
    const { sql } = this.#session;
    const now = Date.now();
    const wasRunning = wasHeld || this.#turns.state.turn !== null;
    this.#turns.advance({ kind: "stop", ids: before });
    if (command?.kind === "new" && command.rest !== "") {
      const { command: _command, ...prompt } = inbound;
      rewriteCommandAsPrompt(sql, inbound.id, { ...prompt, text: command.rest });
      this.#turns.advance({ kind: "message", id: inbound.id, conversation });
      return;
    }
    const notice: Notice =
      command?.kind === "new" ? { kind: "new_conversation" } : { kind: "stopped", running: wasRunning };
    markInbound(sql, [inbound.id], { state: "answered" }, now);
    enqueueText(sql, null, [inbound.id], renderNotice(notice), this.#turns.rowContext(now));
  }
}
