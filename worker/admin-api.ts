/** What the owner can ask of a deployment: `/admin/api/*`, behind the admin token. Never a secret, never a text. */
import { Hono } from "hono";
import { type Config, readConfig } from "./config.ts";
import { createLedgerApi } from "./ledger-api.ts";
import { agentDirectory } from "./objects.ts";
import { createTelegramAdmin } from "./telegram-admin.ts";

/** The only agent of this version; its id is a parameter everywhere else. */
const AGENT = "main";

/** Builds the admin API's routes. */
export function createAdminApi() {
  const api = new Hono<{ Bindings: Env }>();

  api.get("/status", async (c) => {
    const config = readConfig(c.env);
    const deadLetters = await agentDirectory(c.env, AGENT, config).countDeadLetters();
    return c.json({ ...describe(config), deadLetters });
  });

  api.get("/sessions", async (c) => {
    const sessions = await agentDirectory(c.env, AGENT, readConfig(c.env)).listSessions();
    return c.json({ sessions });
  });

  api.route("/", createLedgerApi(AGENT));
  api.route("/telegram", createTelegramAdmin());

  api.notFound((c) => c.json({ error: "not_found" }, 404));
  return api;
}

function describe({ deployment, release, access, telegram, runtime, models }: Config) {
  const missing = (variables: string) => `off: ${variables} not set`;
  return {
    deployment,
    release,
    channels: {
      telegram: telegram ? "on" : missing("TELEGRAM_BOT_TOKEN or TELEGRAM_WEBHOOK_SECRET is"),
      web: "on",
    },
    access: { dm: access.dm, group: access.group, owner: access.owner },
    runtime: { endpoint: runtime.endpoint, arn: runtime.arn, region: runtime.region },
    model: models.model,
    modelKeys: Object.keys(models.grants),
  };
}
