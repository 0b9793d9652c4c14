/**
 * worker/ is the stateless edge: it lets webhooks and clients in and hands them to the Durable Objects.
 *
 * This file: the entry that workerd loads.
 */
import { createApp } from "./app.ts";

export { AgentDirectory } from "../durable-objects/agent-directory/object.ts";
export { ChannelSession } from "../durable-objects/channel-session/object.ts";

const app = createApp();

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),
} satisfies ExportedHandler<Env>;
