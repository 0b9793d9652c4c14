/** The way of a webhook: verify, parse, store; 2xx only after the store. One function for all channels. */
import { assertNever } from "../protocol/assert.ts";
import type { ChannelId } from "../protocol/session-key.ts";
import { type Intake, type RejectReason, webhookChannel } from "./channels/registry.ts";
import { readConfig } from "./config.ts";
import { storeIntake, type StoredIntake } from "./handover.ts";
import { errorFields, log } from "./log.ts";
import { suggestionsFor } from "./suggestions.ts";
import { readWebhookBody } from "./webhook-body.ts";

/** Answers one webhook. Throws `ConfigError`; a failed store is a 503, so that the platform sends it again. */
export async function receiveWebhook(
  request: Request,
  env: Env,
  channelId: Exclude<ChannelId, "web" | "job">,
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
      return done(intake.body);
    case "messages":
    case "happenings":
      return store(intake, env, channel);
    case "suggest":
      return Response.json(intake.body(await suggestionsFor(intake, env, readConfig(env))));
    default:
      return assertNever(intake);
  }
}

function done(body: unknown): Response {
  return body === undefined ? new Response(null, { status: 200 }) : Response.json(body);
}

async function store(intake: StoredIntake, env: Env, channel: ChannelId): Promise<Response> {
  try {
    const isTaken = await storeIntake(intake, env);
    return done(isTaken ? intake.answers?.taken : intake.answers?.refused);
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
