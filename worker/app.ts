/** The routes. Who may use which, and what each answers, is the contract in README ("Routes"). */
import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { ConfigError } from "../protocol/errors.ts";
import type { ChannelId } from "../protocol/session-key.ts";
import { answerAgentCall } from "./agent-rpc.ts";
import { createAdminApi } from "./admin-api.ts";
import { bears, requireAdmin } from "./admin-token.ts";
import { WEB_SESSION } from "./channels/registry.ts";
import { readConfig } from "./config.ts";
import { createHooks } from "./hooks/routes.ts";
import { errorFields, log } from "./log.ts";
import { channelSession } from "./objects.ts";
import { VariableReader } from "./variables.ts";
import { receiveWebhook } from "./webhook.ts";

type WebhookChannel = Exclude<ChannelId, "web" | "job">;

const WEBHOOKS: readonly { readonly path: string; readonly channel: WebhookChannel }[] = [
  { path: "/telegram/webhook", channel: "telegram" },
  { path: "/discord/interactions", channel: "discord" },
  { path: "/slack/events", channel: "slack" },
  { path: "/slack/commands", channel: "slack" },
  { path: "/slack/interactivity", channel: "slack" },
  { path: "/whatsapp/webhook", channel: "whatsapp" },
];

/** The only agent of this version; its id is a parameter everywhere else. */
const AGENT = "main";

/** Builds the app; it holds no state, so one serves all requests of an isolate. */
export function createApp() {
  const app = new Hono<{ Bindings: Env }>();
  // Before the headers: the answer to an upgrade comes from the object and cannot be changed.
  app.get("/web/socket", requireAdmin, async (c) => {
    if (c.req.header("upgrade")?.toLowerCase() !== "websocket") return c.json({ error: "upgrade_required" }, 426);
    return channelSession(c.env, WEB_SESSION, readConfig(c.env)).fetch(c.req.raw);
  });
  app.use(secureHeaders());

  // Until the console page is there: somebody who opens the address in a browser should learn what it is.
  app.get("/", (c) => c.text('agent-claw is running. Talk to it: npm run chat -- "hello", or write to your bot.\n'));
  app.get("/healthz", (c) => {
    const { deployment, release } = readConfig(c.env);
    // No secrets: they tell whoever deploys, before any token is sent, whether this address leads to the deployment.
    return c.json({ status: "ok", deployment, release });
  });
  for (const { path, channel } of WEBHOOKS) {
    app.post(path, (c) => receiveWebhook(c.req.raw, c.env, channel));
  }
  app.get("/whatsapp/webhook", (c) => c.json({ error: "channel_not_configured" }, 503));
  app.route("/hooks", createHooks(AGENT));

  app.post("/agent/rpc", (c) => answerAgentCall(c, AGENT));

  app.use("/admin/api/*", requireAdmin);
  app.route("/admin/api", createAdminApi());

  app.notFound((c) => c.json({ error: "not_found" }, 404));
  app.onError(async (error, c) => {
    const { method, path } = c.req;
    log("error", "request_failed", { method, path, ...errorFields(error) });
    if (!(error instanceof ConfigError)) return c.json({ error: "unavailable" }, 503);
    // Only the owner is told what is wrong. The token is read by itself, because the settings as a whole cannot be.
    const token = new VariableReader(c.env).optional("ADMIN_TOKEN");
    const isOwner = token !== null && (await bears(c.req.raw, token));
    return c.json({ error: error.code, ...(isOwner && { message: error.message }) }, 503);
  });
  return app;
}
