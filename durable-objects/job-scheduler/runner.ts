/**
 * Gets everything going that is due: orders runs from their sessions, hands what they said to chats and webhooks. Each
 * piece is I/O of its own, so that a slow one keeps no reminder waiting; what is lost with the instance is due again.
 */
import { reach } from "../../fail-points/fail-point.ts";
import { TURN_BOUNDS } from "../../protocol/bounds.ts";
import type { TaskOrder } from "../../protocol/tasks.ts";
import { errorFields, log } from "../../worker/log.ts";
import { channelSession } from "../../worker/objects.ts";
import { earliest } from "../lib/earliest.ts";
import { deliver } from "./deliverer.ts";
import { nextDeliveryAt, takeDueDeliveries } from "./deliveries.ts";
import { endLost, endSaid } from "./outcome.ts";
import { nextPickAt, type OpenRun, pickRuns } from "./run-picking.ts";
import { giveExpired, markRunning, readExpired, readAgendaOfRuns, readRun } from "./runs.ts";
import { orderId } from "./run-plan.ts";
import type { SchedulerContext } from "./scheduler-context.ts";
import { taskSession } from "./task-session.ts";

/** A session that has an order is given it again after this: it may have been forgotten. */
const LOOK_EVERY_MS = 300_000;
/** One that could not be told is told again after this. */
const ORDER_RETRY_MS = 5_000;
/** Beyond its own time a run may take this: it waits for its lane, or for an agent that cannot be reached. */
const LOST_AFTER_MS = TURN_BOUNDS.jobTurnMaxMs;
/** Deliveries that are under way at a time. */
const DELIVERIES_AT_ONCE = 20;

export class Runner {
  readonly #scheduler: SchedulerContext;
  /** Runs and deliveries whose I/O is under way. */
  readonly #underWay = new Set<string>();

  constructor(scheduler: SchedulerContext) {
    this.#scheduler = scheduler;
  }

  /** Starts whatever is due. Never throws for I/O. */
  kick(now: number): void {
    const { sql } = this.#scheduler;
    for (const run of pickRuns(readAgendaOfRuns(sql), now)) {
      if (run.plan.work.kind === "say") endSaid(this.#scheduler, run, run.plan.work.text, now);
      else if (!this.#start(`run ${run.runId}`, () => this.#order(run, now))) {
        // The alarm must come again: this instance may die with the work that is under way.
        markRunning(sql, run.runId, now + ORDER_RETRY_MS, now);
      }
    }
    const isUnderWay = (id: string) => this.#underWay.has(deliveryName(id));
    const limit = this.#room();
    for (const delivery of limit > 0 ? takeDueDeliveries(sql, { limit, isUnderWay }, now) : []) {
      this.#start(deliveryName(delivery.id), () => deliver(this.#scheduler, delivery));
    }
  }

  /** When something is due that is not under way; null: nothing is. */
  nextAt(now: number): number | null {
    const { sql } = this.#scheduler;
    // Without room the end of what is under way comes first.
    const deliveryAt = this.#room() > 0 ? nextDeliveryAt(sql) : null;
    return earliest(nextPickAt(readAgendaOfRuns(sql), now), deliveryAt);
  }

  #room(): number {
    return DELIVERIES_AT_ONCE - this.#underWay.size;
  }

  /** False: it is under way already. */
  #start(id: string, work: () => Promise<void>): boolean {
    if (this.#underWay.has(id)) return false;
    this.#underWay.add(id);
    void work()
      .catch((error: unknown) => log("warn", "scheduler_work_failed", { what: id, ...errorFields(error) }))
      .finally(() => {
        this.#underWay.delete(id);
        // What became due meanwhile waited for this.
        this.#scheduler.stir(Date.now());
      });
    return true;
  }

  async #order(run: OpenRun, now: number): Promise<void> {
    const { sql, env, config, agent, transact } = this.#scheduler;
    const { work } = run.plan;
    if (work.kind !== "ask") return;
    if (run.phase === "running" && now - (run.startedAt ?? now) > work.timeoutMs + LOST_AFTER_MS) {
      return endLost(this.#scheduler, run, now);
    }
    const id = orderId(run);
    const expired = transact(() => {
      markRunning(sql, run.runId, now + ORDER_RETRY_MS, now);
      // The session keeps the order that it had first.
      if (run.phase === "waiting") giveExpired(sql, id, now);
      return readExpired(sql, id);
    });
    const { runId: _run, jobId, kind, conversation, plan } = run;
    const { kind: _ask, ...asked } = work;
    const order: TaskOrder = { id, kind, name: plan.name, conversation, ...asked, expired };
    const session = taskSession(agent(), jobId);
    FAIL_POINTS && (await reach("run.ordering", { session }));
    await channelSession(env, session, config()).runTask(order);
    FAIL_POINTS && (await reach("run.ordered", { session }));
    const current = readRun(sql, run.runId);
    // It may be over already.
    if (current?.phase === "running" && current.attempt === run.attempt) {
      markRunning(sql, run.runId, Date.now() + LOOK_EVERY_MS, now);
    }
    log("info", "run_ordered", { run: run.runId, session, attempt: run.attempt });
  }
}

/** Runs and deliveries can have the same id. */
function deliveryName(id: string): string {
  return `delivery ${id}`;
}
