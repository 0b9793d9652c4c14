/**
 * Gets everything going that is due: orders runs from their sessions, hands what they said to chats and webhooks. Each
 * piece is I/O of its own, so that a slow one keeps no reminder waiting; what is lost with the instance is due again.
 */
import { reach } from "../../fail-points/fail-point.ts";
import { TURN_BOUNDS } from "../../protocol/bounds.ts";
import { StorageError } from "../../protocol/errors.ts";
import type { SessionKey } from "../../protocol/session-key.ts";
import type { TaskOrder } from "../../protocol/tasks.ts";
import { within } from "../../worker/agentcore/deadline.ts";
import { errorFields, log } from "../../worker/log.ts";
import { agentDirectory, channelSession } from "../../worker/objects.ts";
import { earliest } from "../lib/earliest.ts";
import { isForOthers } from "./audience.ts";
import { deliver } from "./deliverer.ts";
import { type DeliveryWay, nextDeliveryAt, takeDueDeliveries } from "./deliveries.ts";
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
/**
 * Beyond its own time a run may take this: it waits for its lane, or for an agent that cannot be reached. Only time counts
 * in which this was awake: a session that slept as well could not speak.
 */
const LOST_AFTER_MS = TURN_BOUNDS.jobTurnMaxMs;
/** Pieces of work that are under way at a time; runs have their own bound. */
const AT_ONCE = { session: 20, webhook: 5, run: Infinity } as const;
/** One that takes longer counts as failed, and is due again: everything here can be done twice. */
const WORK_MAX_MS = 15_000;
/** While there is no room the alarm comes so often: the instance may die with what is under way. */
const ROOM_LOOK_MS = 5_000;
const WAYS: readonly DeliveryWay[] = ["session", "webhook"];

export class Runner {
  readonly #scheduler: SchedulerContext;
  /** Runs and deliveries whose I/O is under way. */
  readonly #underWay = new Map<string, keyof typeof AT_ONCE>();

  constructor(scheduler: SchedulerContext) {
    this.#scheduler = scheduler;
  }

  /** Starts whatever is due. Never throws for I/O. */
  kick(now: number): void {
    const { sql } = this.#scheduler;
    for (const run of pickRuns(readAgendaOfRuns(sql), now)) {
      if (run.plan.work.kind === "say") endSaid(this.#scheduler, run, run.plan.work.text, now);
      else if (!this.#start(`run ${run.runId}`, "run", () => this.#order(run, now))) {
        // The alarm must come again: this instance may die with the work that is under way.
        markRunning(sql, run.runId, now + ORDER_RETRY_MS, now);
      }
    }
    const isUnderWay = (id: string) => this.#underWay.has(deliveryName(id));
    for (const way of WAYS) {
      const limit = this.#room(way);
      for (const delivery of limit > 0 ? takeDueDeliveries(sql, { way, limit, isUnderWay }, now) : []) {
        this.#start(deliveryName(delivery.id), way, () => deliver(this.#scheduler, delivery));
      }
    }
  }

  /** When something is due that is not under way; null: nothing is. */
  nextAt(now: number): number | null {
    const { sql } = this.#scheduler;
    const deliveriesAt = WAYS.map((way) => {
      const at = nextDeliveryAt(sql, way);
      return at === null || this.#room(way) > 0 ? at : Math.max(at, now + ROOM_LOOK_MS);
    });
    return earliest(nextPickAt(readAgendaOfRuns(sql), now), ...deliveriesAt);
  }

  #room(way: DeliveryWay): number {
    return AT_ONCE[way] - [...this.#underWay.values()].filter((other) => other === way).length;
  }

  /** False: it is under way already. */
  #start(id: string, way: keyof typeof AT_ONCE, work: () => Promise<void>): boolean {
    if (this.#underWay.has(id)) return false;
    this.#underWay.set(id, way);
    void within(WORK_MAX_MS, work(), () => new StorageError("storage_unavailable", "no answer in time"))
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
    if (run.phase === "running" && run.watchedMs > work.timeoutMs + LOST_AFTER_MS) {
      return endLost(this.#scheduler, run, now);
    }
    const id = orderId(run);
    const expired = transact(() => {
      markRunning(sql, run.runId, now + ORDER_RETRY_MS, now);
      // The session keeps the order that it had first.
      if (run.phase === "waiting") giveExpired(sql, id, now);
      return readExpired(sql, id);
    });
    const isOwners = (chat: SessionKey) => agentDirectory(env, agent(), config()).isOwnersChat(chat);
    const audience = (await isForOthers(run.plan, isOwners)) ? ({ isForOthers: true } as const) : {};
    const { runId: _run, jobId, kind, conversation, plan } = run;
    const { kind: _ask, ...asked } = work;
    const order: TaskOrder = { id, kind, name: plan.name, conversation, ...asked, ...audience, expired };
    const session = taskSession(agent(), jobId);
    FAIL_POINTS && (await reach("run.ordering", { session }));
    const receipt = await channelSession(env, session, config()).runTask(order);
    FAIL_POINTS && (await reach("run.ordered", { session }));
    log("info", "run_ordered", { run: run.runId, session, attempt: run.attempt, receipt });
    const current = readRun(sql, run.runId);
    // What came of it may have been told already.
    if (current?.phase !== "running" || current.attempt !== run.attempt) return;
    const at = Date.now();
    // The session has told all that it knew: nothing is to be waited for.
    if (receipt === "over") return endLost(this.#scheduler, current, at);
    markRunning(sql, run.runId, at + LOOK_EVERY_MS, at);
  }
}

/** Runs and deliveries can have the same id. */
function deliveryName(id: string): string {
  return `delivery ${id}`;
}
