/** Guards what only the owner may do: the admin API and the web socket. */
import { createMiddleware } from "hono/factory";
import { secretsMatch } from "../protocol/constant-time.ts";
import { readConfig } from "./config.ts";

/** Longest token that is compared at all; a longer one is wrong. */
const TOKEN_MAX = 1_024;

const BEARER = /^bearer +(\S+)$/i;

/** Lets a request through if it bears `ADMIN_TOKEN`; 401 if not, 503 if none is set. */
export const requireAdmin = createMiddleware<{ Bindings: Env }>(async (c, next) => {
  const { adminToken } = readConfig(c.env);
  if (adminToken === null) return c.json({ error: "admin_token_not_set" }, 503);
  const given = BEARER.exec(c.req.header("authorization") ?? "")?.[1];
  if (given === undefined || given.length > TOKEN_MAX || !(await secretsMatch(given, adminToken))) {
    return c.json({ error: "unauthorized" }, 401, { "www-authenticate": "Bearer" });
  }
  return next();
});
