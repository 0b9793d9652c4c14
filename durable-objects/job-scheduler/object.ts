/**
 * JobScheduler: one object per agent. What is to be done without anybody asking for it: jobs, heartbeats, hooks. A thin
 * shell: when something is due is decided by pure modules, and each run is a turn of the session of its job.
 */
import { DurableObject } from "cloudflare:workers";
import { migrate } from "../lib/migrate.ts";
import { openScheduler, type SchedulerContext } from "./scheduler-context.ts";
import { MIGRATIONS } from "./schema.ts";

export class JobScheduler extends DurableObject<Env> {
  readonly #scheduler: SchedulerContext;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, MIGRATIONS);
    this.#scheduler = openScheduler(ctx, env);
  }
}
