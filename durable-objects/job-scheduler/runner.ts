/**
 * Gets everything going that is due: orders runs from their sessions, hands what they said to chats and webhooks. Each
 * piece is I/O of its own, so that a slow one keeps no reminder waiting; what is lost with the instance is due again.
 */
import { reach } from "../../fail-points/fail-point.ts";
import { assertNever } from "../../protocol/assert.ts";
import { TURN_BOUNDS } from "../../protocol/bounds.ts";
import { JOB_BOUNDS } from "../../protocol/own-work-bounds.ts";
import { formatSessionKey, parseConversationKey, type SessionKey } from "../../protocol/session-key.ts";
import type { TaskOrder } from "../../protocol/tasks.ts";
import { errorFields, log } from "../../worker/log.ts";
import { agentDirectory, channelSession } from "../../worker/objects.ts";
import { earliest } from "../lib/earliest.ts";
import { fixSession, markHanded, nextDeliveryAt, type StoredDelivery, takeDueDeliveries } from "./deliveries.ts";
import { endDelivery, endLost, endSaid } from "./outcome.ts";
import { nextPickAt, type OpenRun, pickRuns } from "./run-picking.ts";
import { giveExpired, markRunning, orderId, readAgendaOfRuns, readRun } from "./runs.ts";
import type { SchedulerContext } from "./scheduler-context.ts";
import { sendWebhook } from "./webhook.ts";

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
      else this.#start(run.runId, () => this.#order(run, now));
    }
    const room = DELIVERIES_AT_ONCE - this.#underWay.size;
    for (const delivery of room > 0 ? takeDueDeliveries(sql, room, now) : []) {
      this.#start(delivery.id, () => this.#deliver(delivery));
    }
  }

  /** When something is due that is not under way; null: nothing is. */
  nextAt(now: number): number | null {
    const { sql } = this.#scheduler;
    return earliest(nextPickAt(readAgendaOfRuns(sql), now), nextDeliveryAt(sql));
  }

  #start(id: string, work: () => Promise<void>): void {
    if (this.#underWay.has(id)) return;
    this.#underWay.add(id);
    void work()
      .catch((error: unknown) => log("warn", "scheduler_work_failed", { what: id, ...errorFields(error) }))
      .finally(() => {
        this.#underWay.delete(id);
        this.#scheduler.stir(this.nextAt(Date.now()) ?? Date.now() + LOOK_EVERY_MS);
      });
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
      return run.conversation === mainOf(run) ? [] : giveExpired(sql, id, now);
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

  async #deliver(delivery: StoredDelivery): Promise<void> {
    const { content } = delivery;
    switch (content.kind) {
      case "announce":
        return this.#announce(delivery, content);
      case "webhook": {
        const sent = await this.#post(delivery.id, content);
        if (sent.kind === "delivered") return endDelivery(this.#scheduler, delivery, "delivered");
        log("warn", "webhook_failed", { delivery: delivery.id, attempts: delivery.attempts, why: sent.detail });
        const isOver = !sent.retry || delivery.attempts >= JOB_BOUNDS.webhookTriesMax;
        if (isOver) endDelivery(this.#scheduler, delivery, "failed");
        return;
      }
      default:
        return assertNever(content);
    }
  }

  #post(deliveryId: string, { url, event }: Extract<StoredDelivery["content"], { kind: "webhook" }>) {
    const { webhooks, publicUrl } = this.#scheduler.config();
    const send = (address: string, init: RequestInit) => fetch(address, init);
    return sendWebhook(url, event, { ...webhooks, publicUrl, deliveryId, fetchPublic: send, fetchAllowed: send });
  }

  async #announce(
    delivery: StoredDelivery,
    { to, what }: Extract<StoredDelivery["content"], { kind: "announce" }>,
  ): Promise<void> {
    const { sql, env, config, agent } = this.#scheduler;
    const { id, phase, attempts } = delivery;
    const session =
      delivery.session ?? (to === "owner" ? await agentDirectory(env, agent(), config()).ownerChat() : to);
    if (delivery.session === null) fixSession(sql, id, session);
    const chat = channelSession(env, session, config());
    if (phase === "pending") {
      FAIL_POINTS && (await reach("delivery.handing", { session }));
      await chat.announce({ id, ...what });
      FAIL_POINTS && (await reach("delivery.handed", { session }));
      markHanded(sql, id, Date.now());
      log("info", "announcement_handed", { delivery: id, session });
      return;
    }
    const state = await chat.announcementState(id);
    if (state === "delivered") return endDelivery(this.#scheduler, delivery, "delivered");
    const isOver = state === "failed" || state === "unknown" || attempts >= STATE_LOOKS_MAX;
    if (isOver) endDelivery(this.#scheduler, delivery, "failed");
  }
}

/** Looks at what became of something: over a day at the longest pause; a chat tries for 12 hours. */
const STATE_LOOKS_MAX = 300;

/** The session in which a job's runs are turns. */
function taskSession(agent: string, jobId: string): SessionKey {
  return formatSessionKey({ agent, channel: "job", chatKind: "direct", chatId: jobId });
}

/** The owner's own conversation, if the run is one in it. */
function mainOf({ conversation }: OpenRun) {
  const ref = parseConversationKey(conversation);
  return ref.ok && ref.value.kind === "main" ? conversation : null;
}
