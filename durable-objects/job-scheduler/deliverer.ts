/** Hands to chats, webhooks and sessions of jobs what `deliveries.ts` keeps for them, and asks what became of it. */
import { reach } from "../../fail-points/fail-point.ts";
import { assertNever } from "../../protocol/assert.ts";
import { JOB_BOUNDS } from "../../protocol/own-work-bounds.ts";
import type { SessionKey } from "../../protocol/session-key.ts";
import { log } from "../../worker/log.ts";
import { agentDirectory, channelSession } from "../../worker/objects.ts";
import { type DeliveryContent, dropDelivery, fixSession, markHanded, type StoredDelivery } from "./deliveries.ts";
import { readJob } from "./job-rows.ts";
import { endDelivery } from "./outcome.ts";
import { hasOpenRun } from "./runs.ts";
import type { SchedulerContext } from "./scheduler-context.ts";
import { taskSession } from "./task-session.ts";
import { sendWebhook } from "./webhook.ts";
import { webhookWays } from "./webhook-network.ts";

/** Looks at what became of something: over a day at the longest pause; a chat tries for 12 hours. */
const STATE_LOOKS_MAX = 300;

type ContentOf<Kind extends DeliveryContent["kind"]> = Extract<DeliveryContent, { kind: Kind }>;

/** One try. Throws what the other side throws: it is due again then. */
export async function deliver(scheduler: SchedulerContext, delivery: StoredDelivery): Promise<void> {
  const { content } = delivery;
  switch (content.kind) {
    case "announce":
    case "notice":
      if (delivery.phase === "handed") return look(scheduler, delivery, delivery.session);
      if (delivery.attempts <= JOB_BOUNDS.deliveryTriesMax) return hand(scheduler, delivery, content);
      return endDelivery(scheduler, delivery, "failed", Date.now());
    case "webhook":
      return post(scheduler, delivery, content);
    case "forget":
      return forget(scheduler, delivery.id, content.jobId);
    default:
      return assertNever(content);
  }
}

async function hand(
  scheduler: SchedulerContext,
  { id, session: known }: StoredDelivery,
  content: ContentOf<"announce" | "notice">,
): Promise<void> {
  const { sql, env, config, agent } = scheduler;
  const to = content.kind === "notice" ? "owner" : content.to;
  const session = known ?? (to === "owner" ? await agentDirectory(env, agent(), config()).ownerChat() : to);
  if (known === null) fixSession(sql, id, session);
  const chat = channelSession(env, session, config());
  FAIL_POINTS && (await reach("delivery.handing", { session }));
  if (content.kind === "notice") await chat.announceNotice(id, content.notice);
  else await chat.announce({ id, ...content.what });
  FAIL_POINTS && (await reach("delivery.handed", { session }));
  markHanded(sql, id, Date.now());
  log("info", "announcement_handed", { delivery: id, session });
}

async function look(scheduler: SchedulerContext, delivery: StoredDelivery, session: SessionKey | null): Promise<void> {
  const { env, config } = scheduler;
  const state = session ? await channelSession(env, session, config()).announcementState(delivery.id) : "unknown";
  switch (state) {
    case "delivered":
    case "in_doubt":
      return endDelivery(scheduler, delivery, state, Date.now());
    case "failed":
    case "unknown":
      return endDelivery(scheduler, delivery, "failed", Date.now());
    case "pending":
      if (delivery.attempts >= STATE_LOOKS_MAX) endDelivery(scheduler, delivery, "failed", Date.now());
      return;
    default:
      return assertNever(state);
  }
}

async function post(
  scheduler: SchedulerContext,
  delivery: StoredDelivery,
  { url, event }: ContentOf<"webhook">,
): Promise<void> {
  const { webhooks, publicUrl } = scheduler.config();
  const { id: deliveryId, attempts } = delivery;
  const context = { ...webhooks, publicUrl, deliveryId, ...webhookWays(scheduler.env) };
  const sent = await sendWebhook(url, event, context);
  if (sent.kind === "delivered") return endDelivery(scheduler, delivery, "delivered", Date.now());
  log("warn", "webhook_failed", { delivery: deliveryId, attempts, why: sent.detail });
  const isOver = !sent.retry || attempts >= JOB_BOUNDS.webhookTriesMax;
  if (isOver) endDelivery(scheduler, delivery, "failed", Date.now());
}

/** All that the session of a job keeps goes with the job, unless it is there again or still at work. */
async function forget({ sql, env, config, agent }: SchedulerContext, id: string, jobId: string): Promise<void> {
  if (!readJob(sql, jobId) && !hasOpenRun(sql, jobId)) {
    await channelSession(env, taskSession(agent(), jobId), config()).forget();
  }
  dropDelivery(sql, id);
}
