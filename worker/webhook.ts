/** The way of a webhook: verify, parse, store; 2xx only after the store. One function for all channels. */
import { reach } from "../fail-points/fail-point.ts";
import { assertNever } from "../protocol/assert.ts";
import type { AcceptReceipt, Happening, Inbound } from "../protocol/inbound.ts";
import type { ChannelId } from "../protocol/session-key.ts";
import type { ChannelSession } from "../durable-objects/channel-session/object.ts";
import { type Intake, type RejectReason, webhookChannel } from "./channels/registry.ts";
import { readConfig } from "./config.ts";
import { isWorthWaking } from "./doorstep.ts";
import { errorFields, log } from "./log.ts";
import { channelSession } from "./objects.ts";
import { readWebhookBody } from "./webhook-body.ts";

/** Answers one webhook. Throws `ConfigError`; a failed store is a 503, so that the platform sends it again. */
export async function receiveWebhook(
  request: Request,
  env: Env,
  channelId: Exclude<ChannelId, "web">,
): Promise<Response> {
  const channel = webhookChannel(channelId, readConfig(env));
  if (!channel) return Response.json({ error: "channel_not_configured" }, { status: 503 });
  const body = await readWebhookBody(request);
  if (!body.ok) {
    log("info", "webhook_unreadable", { channel: channelId, why: body.error });
    return Response.json({ error: body.error }, { status: body.error === "too_large" ? 413 : 400 });
  }
  const received = await channel.receive({ headers: request.headers, body: body.value });
  if (!received.ok) {
    log("warn", "webhook_rejected", { channel: channelId, ...received.error });
    return toHttp(received.error);
  }
  return take(received.value, env, channelId);
}

async function take(intake: Intake, env: Env, channel: ChannelId): Promise<Response> {
  switch (intake.kind) {
    case "reply":
      return Response.json(intake.body);
    case "ignore":
      log("info", "webhook_ignored", { channel, why: intake.why });
      return new Response(null, { status: 200 });
    case "messages":
      return store(intake.messages, (message, session) => session.accept(message), env, channel);
    case "happenings":
      return store(intake.happenings, (happening, session) => session.hear(happening), env, channel);
    default:
      return assertNever(intake);
  }
}

async function store<Item extends Inbound | Happening>(
  items: readonly Item[],
  hand: (item: Item, session: DurableObjectStub<ChannelSession>) => Promise<AcceptReceipt>,
  env: Env,
  channel: ChannelId,
): Promise<Response> {
  const config = readConfig(env);
  try {
    for (const item of items) {
      const { session } = item;
      FAIL_POINTS && (await reach("webhook.verified", { session }));
      if (!(await isWorthWaking(item, env, config))) {
        log("info", "stranger_not_heard", { session });
        continue;
      }
      await hand(item, channelSession(env, session, config));
      FAIL_POINTS && (await reach("webhook.stored", { session }));
    }
    return new Response(null, { status: 200 });
  } catch (error) {
    log("error", "webhook_not_stored", { channel, ...errorFields(error) });
    return Response.json({ error: "not_stored" }, { status: 503 });
  }
}

/** What the caller learns of a rejection: the status, and nothing else. */
function toHttp(reason: RejectReason): Response {
  switch (reason.kind) {
    case "unauthentic":
      return new Response(null, { status: 401 });
    case "malformed":
      return Response.json({ error: "malformed" }, { status: 400 });
    case "unavailable":
      return Response.json({ error: "unavailable" }, { status: 503 });
    default:
      return assertNever(reason);
  }
}
