/**
 * JobScheduler: one object per agent. What is to be done without anybody asking for it: jobs, heartbeats, hooks. A thin
 * shell: when something is due is decided by pure modules, and each run is a turn of the session of its job.
 */
import { DurableObject } from "cloudflare:workers";
import type { ConversationKey } from "../../protocol/session-key.ts";
import type { TaskOutcome } from "../../protocol/tasks.ts";
import { errorFields, log } from "../../worker/log.ts";
import { agentDirectory } from "../../worker/objects.ts";
import { migrate } from "../lib/migrate.ts";
import { takeOutcome } from "./outcome.ts";
import { Runner } from "./runner.ts";
import { openScheduler, type SchedulerContext } from "./scheduler-context.ts";
import { MIGRATIONS } from "./schema.ts";

export class JobScheduler extends DurableObject<Env> {
  readonly #scheduler: SchedulerContext;
  readonly #runner: Runner;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, MIGRATIONS);
    this.#scheduler = openScheduler(ctx, env);
    this.#runner = new Runner(this.#scheduler);
  }

  /** Takes what a session says of a run that it was ordered. Saying it again changes nothing. */
  runEnded(outcome: TaskOutcome): void {
    const removed = takeOutcome(this.#scheduler, outcome, Date.now());
    if (removed.length > 0) this.ctx.waitUntil(this.#dropLanes(removed));
  }

  /** Does whatever is due, and is set for what is due next. */
  override alarm(): void {
    const now = Date.now();
    this.#runner.kick(now);
    const nextAt = this.#runner.nextAt(now);
    if (nextAt !== null) this.#scheduler.stir(nextAt);
  }

  /** Best effort: what is left is a row. */
  async #dropLanes(conversations: readonly ConversationKey[]): Promise<void> {
    const { env, agent, config } = this.#scheduler;
    try {
      await agentDirectory(env, agent(), config()).dropLanes(conversations);
    } catch (error) {
      log("warn", "lanes_not_dropped", errorFields(error));
    }
  }
}
