/** Tells `JobScheduler` what came of background work, until it has it, and ends the runtime session that was made for it. */
import { reach } from "../../fail-points/fail-point.ts";
import type { TaskOutcome } from "../../protocol/tasks.ts";
import { parseConversationKey } from "../../protocol/session-key.ts";
import { errorFields, log } from "../../worker/log.ts";
import { jobScheduler } from "../../worker/objects.ts";
import type { AgentLink } from "./agent-link.ts";
import { dropOutcome, takeDueOutcome } from "./outcomes.ts";
import { readLastRelease } from "./rows.ts";
import type { SessionContext } from "./session-context.ts";

export class OutcomeTeller {
  readonly #session: SessionContext;
  readonly #link: () => AgentLink;
  #isRunning = false;

  constructor(session: SessionContext, link: () => AgentLink) {
    this.#session = session;
    this.#link = link;
  }

  /** Tells all that is due. Never rejects; a second call while one runs does nothing. */
  async send(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    const { key } = this.#session;
    try {
      for (let due = this.#next(); due; due = this.#next()) await this.#tell(due);
    } catch (error) {
      log("warn", "outcome_failed", { session: key, ...errorFields(error) });
    } finally {
      this.#isRunning = false;
    }
  }

  #next(): TaskOutcome | null {
    return takeDueOutcome(this.#session.sql, Date.now());
  }

  async #tell(outcome: TaskOutcome): Promise<void> {
    const { sql, env, ref, key, config } = this.#session;
    FAIL_POINTS && (await reach("outcome.telling", { session: key }));
    await jobScheduler(env, ref.agent, config()).runEnded(outcome);
    FAIL_POINTS && (await reach("outcome.told", { session: key }));
    dropOutcome(sql, outcome.id, Date.now());
    log("info", "task_told", { session: key, message: outcome.id, outcome: outcome.kind });
    await this.#endRuntimeSession(outcome);
  }

  /** Nobody goes on with the conversation of a run: what still waits for it would only cost. */
  async #endRuntimeSession({ conversation }: TaskOutcome): Promise<void> {
    const ref = parseConversationKey(conversation);
    if (!ref.ok || ref.value.kind !== "job") return;
    const release = readLastRelease(this.#session.sql, conversation);
    await this.#link()
      .endSession({ conversation, ...(release !== null && { release }) })
      .catch((error: unknown) => log("warn", "runtime_not_stopped", { conversation, ...errorFields(error) }));
  }
}
