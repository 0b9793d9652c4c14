/**
 * worker/ is the stateless edge: it lets webhooks and clients in and hands them to the Durable Objects.
 *
 * This file: the entry that workerd loads.
 */
import { AgentDirectory as Directory } from "../durable-objects/agent-directory/object.ts";
import { MIGRATIONS as DIRECTORY_MIGRATIONS } from "../durable-objects/agent-directory/schema.ts";
import { ChannelSession as Session } from "../durable-objects/channel-session/object.ts";
import { MIGRATIONS as SESSION_MIGRATIONS } from "../durable-objects/channel-session/schema.ts";
import { DiscordGateway as Gateway } from "../durable-objects/discord-gateway/object.ts";
import { MIGRATIONS as GATEWAY_MIGRATIONS } from "../durable-objects/discord-gateway/schema.ts";
import { JobScheduler as Scheduler } from "../durable-objects/job-scheduler/object.ts";
import { MIGRATIONS as SCHEDULER_MIGRATIONS } from "../durable-objects/job-scheduler/schema.ts";
import { refuseNewer } from "../durable-objects/lib/refuse-newer.ts";
import { createApp } from "./app.ts";
import { onTick } from "./scheduled.ts";

export class AgentDirectory extends refuseNewer(Directory, DIRECTORY_MIGRATIONS) {}
export class ChannelSession extends refuseNewer(Session, SESSION_MIGRATIONS) {}
export class JobScheduler extends refuseNewer(Scheduler, SCHEDULER_MIGRATIONS) {}
export class DiscordGateway extends refuseNewer(Gateway, GATEWAY_MIGRATIONS) {}

const app = createApp();

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),
  scheduled: ({ scheduledTime }, env) => onTick(env, scheduledTime),
} satisfies ExportedHandler<Env>;
