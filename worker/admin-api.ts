/** What the owner can ask of a deployment: `/admin/api/*`, behind the admin token. Never a secret, never a text. */
import { Hono } from "hono";
import { isSessionKey } from "../protocol/session-key.ts";
import { type Config, readConfig } from "./config.ts";
import { agentDirectory, channelSession } from "./objects.ts";

/** The only agent of this version; its id is a parameter everywhere else. */
const AGENT = "main";
/** Rows of a ledger that are returned unless told otherwise. */
const LEDGER_DEFAULT = 50;

/** Builds the admin API's routes. */
export function createAdminApi() {
  const api = new Hono<{ Bindings: Env }>();

  api.get("/status", (c) => c.json(describe(readConfig(c.env))));

  api.get("/sessions", async (c) => {
    const sessions = await agentDirectory(c.env, AGENT, readConfig(c.env)).listSessions();
    return c.json({ sessions });
  });

  api.get("/sessions/:key/ledger", async (c) => {
    const key = c.req.param("key");
    const limit = Number(c.req.query("limit") ?? LEDGER_DEFAULT);
    if (!isSessionKey(key)) return c.json({ error: "malformed_session_key" }, 400);
    if (!Number.isSafeInteger(limit) || limit < 1) return c.json({ error: "malformed_limit" }, 400);
    return c.json(await channelSession(c.env, key, readConfig(c.env)).ledger(limit));
  });

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
